/** What every transport must do: whole messages, in order, each at most once, until it is closed. */
import type { Transport } from '../../src/transport/transport.js';

export interface TransportPair {
  readonly left: Transport;
  readonly right: Transport;
  /** Takes the connection away from under both. */
  cut(): void;
  dispose(): Promise<void>;
}

interface Heard {
  readonly messages: Uint8Array[];
  readonly closed: string[];
}

function hear(transport: Transport): Heard {
  const heard: Heard = { messages: [], closed: [] };
  transport.listen({
    message: (data) => void heard.messages.push(data),
    closed: (reason) => void heard.closed.push(reason),
  });
  return heard;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

export function transportContract(name: string, open: () => Promise<TransportPair>): void {
  describe(`transport over ${name}`, () => {
    let pair: TransportPair;
    beforeEach(async () => {
      pair = await open();
    });
    afterEach(() => pair.dispose());

    it('carries messages both ways, whole and in order, empty ones and long ones too', async () => {
      const left = hear(pair.left);
      const right = hear(pair.right);
      const sizes = [0, 1, 2, 1000, 70_000, 0, 900_000, 3];
      for (const size of sizes) {
        pair.left.send(new Uint8Array(size).fill(size % 251));
        pair.right.send(new Uint8Array(size).fill(7));
      }
      await until(() => left.messages.length === sizes.length && right.messages.length === sizes.length);
      expect(right.messages.map(({ length }) => length)).toEqual(sizes);
      expect(right.messages.every((data, index) => data.every((byte) => byte === (sizes[index] as number) % 251))).toBe(
        true,
      );
      expect(left.messages.map(({ length }) => length)).toEqual(sizes);
    });

    it('keeps what comes before anybody listens', async () => {
      pair.left.send(Uint8Array.of(1));
      pair.left.send(Uint8Array.of(2));
      await new Promise((resolve) => setTimeout(resolve, 30));
      const right = hear(pair.right);
      await until(() => right.messages.length === 2);
      expect(right.messages.map(([byte]) => byte)).toEqual([1, 2]);
    });

    it('sends a part of a buffer as that part, and leaves the buffer to its owner', async () => {
      const right = hear(pair.right);
      const buffer = Uint8Array.of(1, 2, 3, 4, 5);
      pair.left.send(buffer.subarray(1, 4));
      await until(() => right.messages.length === 1);
      expect([...(right.messages[0] as Uint8Array)]).toEqual([2, 3, 4]);
      expect([...buffer]).toEqual([1, 2, 3, 4, 5]);
    });

    it('tells both sides once that it was closed, and delivers what was sent before', async () => {
      const left = hear(pair.left);
      const right = hear(pair.right);
      pair.left.send(Uint8Array.of(9));
      pair.left.close('done');
      pair.left.close('again');
      await until(() => right.closed.length === 1);
      await new Promise((resolve) => setTimeout(resolve, 30));
      expect(left.closed).toEqual(['done']);
      expect(right.closed).toEqual(['done']);
      expect(right.messages.map(([byte]) => byte)).toEqual([9]);
    });

    it('drops what is sent after it was closed', async () => {
      const right = hear(pair.right);
      pair.left.close('done');
      pair.left.send(Uint8Array.of(1));
      await until(() => right.closed.length === 1);
      pair.right.send(Uint8Array.of(1));
      expect(right.messages).toEqual([]);
    });

    it('tells both sides when the connection is cut', async () => {
      const left = hear(pair.left);
      const right = hear(pair.right);
      pair.cut();
      await until(() => left.closed.length === 1 && right.closed.length === 1);
      expect([left.closed.length, right.closed.length]).toEqual([1, 1]);
    });

    it('tells who listens late that it is closed already', async () => {
      pair.left.close('early');
      await new Promise((resolve) => setTimeout(resolve, 30));
      expect(hear(pair.right).closed).toEqual(['early']);
    });
  });
}
