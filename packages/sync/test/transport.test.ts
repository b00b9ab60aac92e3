import type { AddressInfo } from 'node:net';
import { MessageChannel } from 'node:worker_threads';
import { WebSocket, WebSocketServer } from 'ws';
import { encodeMessage } from '../src/protocol/encode-message.js';
import { ChunkedTransport } from '../src/transport/chunked-transport.js';
import { type MessagePortLike, MessagePortTransport } from '../src/transport/message-port-transport.js';
import type { Transport, TransportListener } from '../src/transport/transport.js';
import { type WebSocketLike, WebSocketTransport } from '../src/transport/web-socket-transport.js';
import { type TransportPair, transportContract } from './contract/transport-contract.js';

transportContract('a WebSocket', async (): Promise<TransportPair> => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await new Promise((resolve) => server.once('listening', resolve));
  const accepted = new Promise<WebSocket>((resolve) => server.once('connection', resolve));
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const right = await accepted;
  const rightTransport = new WebSocketTransport(right as unknown as WebSocketLike, 'client');
  await new Promise((resolve) => client.once('open', resolve));
  return {
    left: new WebSocketTransport(client as unknown as WebSocketLike, 'server'),
    right: rightTransport,
    cut: () => client.terminate(),
    dispose: async () => {
      client.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
});

transportContract('a MessagePort', async (): Promise<TransportPair> => {
  const { port1, port2 } = new MessageChannel();
  return {
    left: new MessagePortTransport(port1 as unknown as MessagePortLike),
    right: new MessagePortTransport(port2 as unknown as MessagePortLike),
    cut: () => port1.close(),
    dispose: async () => port1.close(),
  };
});

/** Two ends in one turn of the event loop. */
function direct(): [Transport, Transport, number[]] {
  const lengths: number[] = [];
  const ends: { listener?: TransportListener }[] = [{}, {}];
  const end = (own: number): Transport => ({
    peer: 'direct',
    bufferedBytes: 0,
    listen: (listener) => {
      (ends[own] as { listener?: TransportListener }).listener = listener;
    },
    send: (data) => {
      lengths.push(data.length);
      ends[1 - own]?.listener?.message(data.slice());
    },
    close: () => undefined,
  });
  return [end(0), end(1), lengths];
}

describe('a message longer than the limit', () => {
  const LIMIT = 64;
  const pair = (maxJoinedBytes = 1000) => {
    const [left, right, lengths] = direct();
    const messages: Uint8Array[] = [];
    const violations: string[] = [];
    const receiver = new ChunkedTransport(right, LIMIT, maxJoinedBytes);
    receiver.listen({
      message: (data) => void messages.push(data),
      violated: (error) => void violations.push((error as Error).message),
      closed: () => undefined,
    });
    return { sender: new ChunkedTransport(left, LIMIT, maxJoinedBytes), raw: left, messages, violations, lengths };
  };

  it.each([1, 63, 64, 65, 124, 125, 126, 600])('is cut and joined: %i bytes', (length) => {
    const { sender, messages, lengths, violations } = pair();
    const data = Uint8Array.from({ length }, (_, index) => (index % 200) + 2);
    sender.send(data);
    expect(violations).toEqual([]);
    expect(messages).toEqual([data]);
    expect(lengths.every((each) => each <= LIMIT)).toBe(true);
  });

  it('is refused where it is sent when the other side could not join it', () => {
    const { sender, messages } = pair(200);
    expect(() => sender.send(new Uint8Array(201).fill(2))).toThrow(/longer than the limit of 200/);
    expect(messages).toEqual([]);
  });

  it.each<[string, (raw: Transport) => void, RegExp]>([
    ['longer than the limit', (raw) => raw.send(new Uint8Array(65).fill(2)), /found 65/],
    [
      'that comes between two chunks',
      (raw) => {
        raw.send(encodeMessage({ kind: 'chunk', isLast: false, part: new Uint8Array(62).fill(2) }));
        raw.send(encodeMessage({ kind: 'ping', nonce: 1 }));
      },
      /between the chunks/,
    ],
    [
      'cut into short chunks',
      (raw) => raw.send(encodeMessage({ kind: 'chunk', isLast: false, part: new Uint8Array(3).fill(2) })),
      /not the last/,
    ],
    [
      'that joins to more than the limit',
      (raw) => {
        const part = new Uint8Array(62).fill(2);
        for (let index = 0; index < 17; index++) raw.send(encodeMessage({ kind: 'chunk', isLast: false, part }));
      },
      /more than 1000 bytes/,
    ],
    [
      'that is a chunk again once joined',
      (raw) => raw.send(encodeMessage({ kind: 'chunk', isLast: true, part: Uint8Array.of(1, 1, 5) })),
      /out of a chunk/,
    ],
    ['that is nothing', (raw) => raw.send(new Uint8Array(0)), /never/],
  ])('%s is a violation', (what, send, text) => {
    const { raw, violations, messages } = pair();
    send(raw);
    if (what === 'that is nothing') expect(messages).toEqual([new Uint8Array(0)]);
    else expect(violations.at(-1)).toMatch(text);
  });
});
