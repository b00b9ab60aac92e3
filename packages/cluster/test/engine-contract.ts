/** What every engine has to do: see engine/journal-engine.ts. */
import { FRAME_FIELD, FRAME_HEADER_BYTES, PLAIN_CODEC } from '@nuthatch/runtime/cluster';
import type { JournalEngine } from '../src/engine/journal-engine.js';

/** One journal, and engines over it. */
export interface EnginePlace {
  /** It removes so many frames at a time. Default: each by itself. */
  readonly truncates?: number;
  /** It compares what a frame follows. */
  readonly isComparing?: boolean;
  /** Another engine over the same journal. */
  make(): JournalEngine;
}

const UUID = '0123456789abcdef0123456789abcdef';
const bytesOf = (text: string, length = 20): Uint8Array => new Uint8Array(Buffer.from(text.padEnd(length, '.')));
const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString().replaceAll('.', '');

const [ZEROS, ONES] = [new Uint8Array(16), new Uint8Array(16).fill(1)];

function frameOf(position: number, previousChain: Uint8Array): Uint8Array {
  const header = { pageNumber: 0, firstSeq: position, transactionCount: 1, frameId: position, syncedSeq: 0, epoch: 1 };
  const body = new Uint8Array(FRAME_HEADER_BYTES + 8);
  return (PLAIN_CODEC.encode(body, { ...header, previousChain, timeMs: 0, crcSeed: 0 }) as Uint8Array).slice();
}

function chainOf(frame: Uint8Array): Uint8Array {
  return frame.slice(FRAME_FIELD.chain, FRAME_FIELD.chain + 16);
}

export function describeEngine(name: string, newPlace: () => EnginePlace): void {
  describe(`${name} as a journal`, () => {
    let place: EnginePlace;
    const made: JournalEngine[] = [];
    const opened = async (): Promise<JournalEngine> => {
      const engine = place.make();
      made.push(engine);
      await engine.open(UUID);
      return engine;
    };

    beforeEach(() => {
      place = newPlace();
    });
    afterEach(async () => {
      await Promise.all(made.splice(0).map((engine) => engine.close()));
    });

    it('tells others of a node that waits for its turn, and not the node itself, if it can', async () => {
      const [waiting, other] = [await opened(), await opened()];
      if (waiting.requestTurn === undefined) return;
      for (const engine of [waiting, other]) await engine.read(0, 1);
      const heard: string[] = [];
      waiting.onTurnRequest = () => heard.push('itself');
      const told = new Promise<void>((resolve) => {
        other.onTurnRequest = resolve;
      });
      waiting.requestTurn();
      await told;
      await waiting.head();
      expect(heard).toEqual([]);
    });

    it('is made once, by whoever comes first', async () => {
      const engines = [place.make(), place.make(), place.make()];
      made.push(...engines);
      const found = await Promise.all(
        engines.map((engine, index) => engine.open(UUID.replace('0', String(index + 1)))),
      );
      expect(new Set(found.map(({ uuid }) => uuid)).size).toBe(1);
      expect(found.map(({ head }) => head)).toEqual([0, 0, 0]);
    });

    it('is found when it is there, and not made by looking', async () => {
      const looking = place.make();
      made.push(looking);
      expect(await looking.find()).toBeUndefined();
      expect(await looking.find()).toBeUndefined();
      const engine = await opened();
      expect(await looking.find()).toEqual({ uuid: UUID, head: 0, isUnfinished: false });
      await engine.append(1, bytesOf('one'));
      expect(await looking.find()).toEqual({ uuid: UUID, head: 1, isUnfinished: false });
      expect(await looking.begin('f'.repeat(32))).toEqual({ uuid: UUID, head: 1, isUnfinished: false });
    });

    it('is refused to nodes from its beginning until it is finished', async () => {
      const [maker, node] = [place.make(), place.make()];
      made.push(maker, node);
      const unfinished = { uuid: UUID, head: 0, isUnfinished: true };
      expect(await maker.begin(UUID)).toEqual(unfinished);
      await expect(node.open('f'.repeat(32))).rejects.toMatchObject({ code: 'JOURNAL_UNFINISHED' });
      expect(await node.find()).toEqual(unfinished);
      expect(await node.begin('f'.repeat(32))).toEqual(unfinished);
      async function* chunks(): AsyncGenerator<Uint8Array, void> {
        yield bytesOf('image');
      }
      expect(
        await maker.storeImage({ position: 0, seq: 6, chain: 'ab'.repeat(16), models: [] }, chunks()),
      ).toMatchObject({ position: 0, seq: 6 });
      await maker.finish();
      await maker.finish();
      expect(await node.open('f'.repeat(32))).toEqual({ uuid: UUID, head: 0 });
      expect(await node.newestImage()).toMatchObject({ position: 0, seq: 6 });
      expect(await node.append(1, bytesOf('one'))).toBe('won');
    });

    it('takes a frame right behind its head, and no other', async () => {
      const engine = await opened();
      expect(await engine.append(1, bytesOf('one'))).toBe('won');
      expect(await engine.append(1, bytesOf('other'))).toBe('lost');
      expect(await engine.append(3, bytesOf('three'))).toBe('lost');
      expect(await engine.append(2, bytesOf('two'))).toBe('won');
      expect(await engine.head()).toBe(2);
      const read = await engine.read(0, 2 ** 20);
      expect(read.map(({ position, bytes }) => [position, textOf(bytes)])).toEqual([
        [1, 'one'],
        [2, 'two'],
      ]);
      expect(await engine.read(2, 2 ** 20)).toEqual([]);
    });

    it('compares what a frame follows, or knows nothing of it', async () => {
      const engine = await opened();
      const [first, other, behindFirst] = [frameOf(1, ZEROS), frameOf(1, ONES), frameOf(2, ZEROS)];
      expect(await engine.append(1, first)).toBe('won');
      const answer = await engine.append(2, frameOf(2, chainOf(other)));
      expect(answer).toBe(place.isComparing === true ? 'lost' : 'won');
      if (answer === 'won') return;
      expect(await engine.head()).toBe(1);
      expect(await engine.append(2, behindFirst)).toBe('lost');
      expect(await engine.append(2, frameOf(2, chainOf(first)))).toBe('won');
    });

    it('lets one of many win each position', async () => {
      const engines = await Promise.all([opened(), opened(), opened(), opened()]);
      const won: [number, string][] = [];
      for (let position = 1; position <= 20; position++)
        await Promise.all(
          engines.map(async (engine, index) => {
            const text = `p${position}by${index}`;
            if ((await engine.append(position, bytesOf(text))) === 'won') won.push([position, text]);
          }),
        );
      expect(won.map(([position]) => position)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
      const read = await engines[0]!.read(0, 2 ** 20);
      expect(read.map(({ position, bytes }) => [position, textOf(bytes)])).toEqual(won);
    });

    it('gives bytes back as they were, in parts as large as asked', async () => {
      const engine = await opened();
      const frames = [new Uint8Array(0), Uint8Array.from({ length: 300_000 }, (_, index) => (index * 7) & 255)];
      frames[0] = Uint8Array.of(0, 255, 128, 92, 39);
      for (const [index, bytes] of frames.entries()) expect(await engine.append(index + 1, bytes)).toBe('won');
      for (let index = 2; index < 6; index++) await engine.append(index + 1, bytesOf(`f${index}`, 1_000));
      const all = await engine.read(0, 2 ** 20);
      expect(all.map(({ position }) => position)).toEqual([1, 2, 3, 4, 5, 6]);
      for (const [index, bytes] of frames.entries()) expect(all[index]!.bytes).toEqual(bytes);
      expect((await engine.read(1, 1)).map(({ position }) => position)).toEqual([2]);
      expect((await engine.read(2, 2_500)).map(({ position }) => position)).toEqual([3, 4]);
    });

    it('wakes those that wait, and those that have enough of it', async () => {
      const [writer, waiter] = [await opened(), await opened()];
      const abort = new AbortController();
      await waiter.read(0, 1);
      const woken = waiter.wait(0, abort.signal);
      await writer.append(1, bytesOf('one'));
      await woken;
      const given = waiter.wait(1, abort.signal);
      abort.abort();
      await given;
      await waiter.wait(1, AbortSignal.abort());
    });

    it('keeps images whole, the two newest, and one at a time', async () => {
      const engine = await opened();
      const bytes = Uint8Array.from({ length: 2_500_000 }, (_, index) => (index * 31) & 255);
      async function* chunks(): AsyncGenerator<Uint8Array, void> {
        for (let at = 0; at < bytes.length; at += 70_000) yield bytes.subarray(at, at + 70_000);
      }
      async function* broken(): AsyncGenerator<Uint8Array, void> {
        yield bytes;
        throw new Error('the disk is gone');
      }
      const placeAt = (position: number) => ({ position, seq: position * 2, chain: 'ab'.repeat(16), models: [] });
      expect(await engine.newestImage()).toBeUndefined();
      await expect(engine.storeImage(placeAt(1), broken())).rejects.toThrow('the disk is gone');
      expect(await engine.newestImage()).toBeUndefined();
      const entries: unknown[] = [];
      for (const position of [1, 2, 3]) entries.push(await engine.storeImage(placeAt(position), chunks()));
      expect(entries[2]).toMatchObject({ position: 3, seq: 6, byteCount: bytes.length });
      expect(await engine.storeImage(placeAt(2), chunks())).toBeUndefined();
      const newest = (await engine.newestImage())!;
      expect(newest).toEqual(entries[2]);
      const read: Uint8Array[] = [];
      for await (const part of engine.imageParts(newest)) read.push(part);
      expect(Buffer.concat(read).equals(bytes)).toBe(true);
      const oldest = entries[0] as typeof newest;
      await expect(async () => {
        for await (const part of engine.imageParts(oldest)) void part;
      }).rejects.toThrow();
    });

    it('keeps parts of blobs until they are dropped', async () => {
      const [engine, other] = [await opened(), await opened()];
      const part = Uint8Array.from({ length: 256 * 1024 + 4 }, (_, index) => (index * 13) & 255);
      const id = '6f1d0a52-0a51-4b1e-9a59-2f6ef0a1b0c3';
      for (let number = 0; number < 3; number++) await engine.storeBlobPart(id, number, part.subarray(number));
      // Sent again when the answer was lost.
      await engine.storeBlobPart(id, 1, part.subarray(1));
      await engine.storeBlobPart('other', 0, Uint8Array.of(0, 255));
      for (let number = 0; number < 3; number++) expect(await other.blobPart(id, number)).toEqual(part.slice(number));
      expect(await other.blobPart(id, 3)).toBeUndefined();
      expect(await other.blobPart('nobody', 0)).toBeUndefined();
      await other.dropBlob(id);
      await engine.dropBlob(id);
      for (let number = 0; number < 3; number++) expect(await engine.blobPart(id, number)).toBeUndefined();
      expect(await engine.blobPart('other', 0)).toEqual(Uint8Array.of(0, 255));
      // Images and frames have nothing to do with them.
      expect(await engine.newestImage()).toBeUndefined();
      expect(await engine.head()).toBe(0);
    });

    it('removes frames that the newest image covers, and no other', async () => {
      const engine = await opened();
      async function* chunks(): AsyncGenerator<Uint8Array, void> {
        yield bytesOf('image');
      }
      const step = place.truncates ?? 1;
      const count = 5 * step;
      for (let position = 1; position <= count; position++) await engine.append(position, bytesOf(`f${position}`, 100));
      const all = { upTo: count, retentionMs: 0, retentionBytes: 0 };
      await engine.truncate(all);
      expect((await engine.usage()).frameCount).toBe(count);
      await engine.storeImage({ position: 3 * step, seq: 6, chain: 'ab'.repeat(16), models: [] }, chunks());
      await engine.truncate({ ...all, retentionMs: 3_600_000, retentionBytes: 2 ** 30 });
      // Some engines count what they write about a frame.
      const { frameBytes, bytesSinceImage, ...counts } = await engine.usage();
      expect(counts).toEqual({ oldest: 1, frameCount: count });
      expect(frameBytes).toBeGreaterThanOrEqual(100 * count);
      expect(bytesSinceImage / frameBytes).toBeCloseTo(0.4, 2);
      await engine.truncate({ ...all, retentionMs: 3_600_000, retentionBytes: frameBytes * 0.6 });
      expect(await engine.usage()).toMatchObject({ oldest: 2 * step + 1, frameCount: 3 * step });
      await engine.truncate(all);
      const left = await engine.usage();
      expect(left).toMatchObject({ oldest: 3 * step + 1, frameCount: 2 * step, bytesSinceImage: left.frameBytes });
      const read = await engine.read(0, 350);
      expect(read[0]?.position).toBe(3 * step + 1);
      // One that slept through all of it writes nowhere.
      expect(await engine.append(2, bytesOf('late'))).toBe('lost');
      expect(await engine.append(count + 1, bytesOf('next'))).toBe('won');
      expect(await engine.head()).toBe(count + 1);
      const other = await opened();
      expect(await other.head()).toBe(count + 1);
      expect(await other.append(2, bytesOf('late'))).toBe('lost');
    });

    it('refuses calls once it is closed', async () => {
      const engine = await opened();
      await engine.close();
      await engine.close();
      await expect(engine.append(1, bytesOf('one'))).rejects.toThrow();
      await expect(engine.read(0, 1)).rejects.toThrow();
    });
  });
}
