/**
 * Mutated messages of every kind, sent to a server that is open for it: files, releases, leases and histories too. It ends
 * connections with a code, or answers; it never fails, changes nothing that is not granted, and sends no byte of it.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { DatabaseError } from '@nuthatch/model';
import { syncPortOf } from '@nuthatch/runtime/sync';
import { anyValueBytes } from '../src/documents/any-value.js';
import { encodeMessage } from '../src/protocol/encode-message.js';
import type { Message } from '../src/protocol/messages.js';
import { SAMPLES } from './sample-messages.js';
import { DirectTransport } from './support/direct-transport.js';
import { randomOf } from './support/random.js';
import { RawClient } from './support/raw-client.js';
import { part } from './support/sync-parts.js';
import { PlayerServer, player } from './support/sync-players.js';

const seed = Number(process.env['NUTHATCH_SEED'] ?? Date.now() % 2 ** 31);
const MESSAGE_COUNT = Number(process.env['NUTHATCH_FUZZED_MESSAGES'] ?? 20_000);
/** Messages over one connection at most. */
const ROUND_COUNT = 40;
const SECRET = 'zq7secret';
const RIGHTS = { read: { clubs: 'own' }, write: ({ after }: { after?: object }) => isOwn(after), hidden: ['nick'] };

function isOwn(document: object | undefined): boolean {
  return (document as { readonly clubs?: readonly string[] } | undefined)?.clubs?.includes('own') === true;
}

it(`${MESSAGE_COUNT} mutated messages leak nothing and break nothing (seed ${seed})`, async () => {
  const random = randomOf(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const server = await PlayerServer.open({
    policy: () => ({
      player: RIGHTS as never,
      machine: { read: { site: 'own' }, write: true },
      part: { read: { materials: 'own' }, write: false },
    }),
  });
  const { db, sync } = server;
  const secretBytes = Buffer.from(`${SECRET} file ${randomUUID()}`);
  const photo = await db.blobs.put(secretBytes);
  await db.player.insertMany([
    player('p0', { clubs: ['own'], nick: `${SECRET} nick` }),
    player('p1', { clubs: ['own'] }),
    player('p2', { clubs: ['other'], name: `${SECRET} name`, email: `${SECRET}@x.io` }),
  ]);
  await db.machine.insertMany([{ id: randomUUID(), serial: `${SECRET} serial`, site: 'other', photo }]);
  await db.part.insertMany([part('a', { materials: ['other'], number: `${SECRET} part` })]);
  await db.part.release('a');
  const forbidden = (): unknown => [
    db.player.get('p2'),
    db.player.get('p0')?.nick,
    db.part.get('a'),
    db.part.history('a'),
  ];
  const before = JSON.stringify(forbidden());
  const leaks: string[] = [];
  const connect = (): DirectTransport => {
    const [own, other] = DirectTransport.pair();
    other.onSend = (data) => {
      if (Buffer.from(data).includes(SECRET)) leaks.push(Buffer.from(data).toString('latin1').slice(0, 200));
    };
    sync.serveTransport(other);
    return own;
  };
  const { identity, historyId } = syncPortOf(db);
  const known = {
    ...{ uuid: Buffer.from(identity.uuid, 'hex'), incarnation: identity.incarnation },
    ...{ history: Buffer.from(historyId, 'hex'), cursor: Number(db.seq) },
  };
  const hash = createHash('sha256').update(secretBytes).digest();
  const ownBytes = randomBytes(300);
  const ownHash = createHash('sha256').update(ownBytes).digest();
  const conditions = [
    undefined,
    { clubs: 'own' },
    { clubs: 'other' },
    { email: `x@x.io` },
    { nick: 'a' },
    { $keys: ['p2', 'a'] },
  ];
  const messagesOf = (client: RawClient): readonly Message[] => [
    ...SAMPLES,
    ...conditions.flatMap((condition, shapeId): Message[] =>
      ['player', 'machine', 'part', 'city'].map((collection) => ({
        ...{ kind: 'sub', shapeId: shapeId * 4 + 9, collection, condition: anyValueBytes(condition), held: undefined },
      })),
    ),
    { kind: 'credit', byteCount: 1 << 20 },
    ...['p0', 'p1', 'p2', 'new'].flatMap((id): Message[] => [
      { kind: 'push', number: 1, settledUpTo: 0, effects: [client.put(id, { base: 1 }, { clubs: ['own'] })] },
      { kind: 'push', number: 1, settledUpTo: 0, effects: [client.put(id, {}, { clubs: ['own'] })] },
      { kind: 'checkOut', request: 1, collection: 'player', untilMs: Date.now() + 60_000, keys: [id] },
      { kind: 'breakLease', request: 2, collection: 'player', key: id },
    ]),
    ...(['release', 'revise', 'delete'] as const).map((kind): Message => {
      const place = { modelId: client.outgoing.idOf('part'), key: 'a', base: 1, after: 0, fence: 0 };
      return { kind: 'push', number: 1, settledUpTo: 0, effects: [{ kind, ...place, baseDigest: new Uint8Array(0) }] };
    }),
    ...[hash, ownHash].flatMap((each): Message[] => [
      { kind: 'blobHave', request: 3, hash: each, byteCount: 300 },
      { kind: 'blobPart', request: 4, hash: each, offset: 0, isLast: true, part: ownBytes },
      { kind: 'blobGet', request: 5, hash: each, offset: 0, byteCount: 1_000 },
    ]),
    { kind: 'leases', request: 6, collection: 'player' },
    { kind: 'range', request: 7, collection: 'player', count: 10 },
    { kind: 'token', token: 'liar' },
  ];
  let sentCount = 0;
  let openCount = 0;
  for (let round = 0; sentCount < MESSAGE_COUNT; round++) {
    const client = new RawClient({ db, connect } as never);
    client.hello({ known: random() < 0.3 ? known : undefined, ...(random() < 0.1 && { lastAnswered: 3 }) });
    const templates = messagesOf(client);
    for (let count = 0; count < ROUND_COUNT && client.closedReason === undefined; count++) {
      const message = pick(templates);
      const mutated =
        random() < 0.5 ? mutatedBytes(encodeMessage(message), random) : crossed(message, pick(templates), random);
      client.sendBytes(mutated);
      sentCount++;
      if (random() < 0.5) await new Promise((resolve) => setImmediate(resolve));
    }
    await new Promise((resolve) => setImmediate(resolve));
    if (client.of('welcome').length > 0) openCount++;
    client.close();
    if (round % 50 === 0) sync.reevaluate();
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(leaks).toEqual([]);
  expect(JSON.stringify(forbidden())).toBe(before);
  // Whatever was sent: it is the sender's fault, and said so.
  const faults = server.errors.filter((error) => !DatabaseError.is(error, 'PROTOCOL_VIOLATION'));
  expect(faults.map((error) => (error instanceof Error ? error.stack : String(error)))).toEqual([]);
  expect(openCount).toBeGreaterThan(0);
  const honest = await server.replica({ player: { clubs: 'own' } });
  await honest.connection.synced();
  expect(honest.player.has('p0')).toBe(true);
  await honest.close();
  await server.close();
});

/** Some bytes changed, cut off, or added. */
function mutatedBytes(data: Uint8Array, random: () => number): Uint8Array {
  const bytes = Buffer.from(data);
  const kind = random();
  if (kind < 0.6) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
  else if (kind < 0.8) return bytes.subarray(0, 1 + Math.floor(random() * bytes.length));
  else return Buffer.concat([bytes, randomBytes(1 + Math.floor(random() * 8))]);
  return bytes;
}

/** A field of another message in the place of one of this, where both have it; or the message as it is. */
function crossed(message: Message, other: Message, random: () => number): Uint8Array {
  const shared = Object.keys(message).filter((name) => name !== 'kind' && name in other);
  const name = shared[Math.floor(random() * shared.length)];
  if (name === undefined) return encodeMessage(message);
  try {
    return encodeMessage({ ...message, [name]: (other as unknown as Record<string, unknown>)[name] } as Message);
  } catch {
    // Of another type: it cannot be written.
    return encodeMessage(message);
  }
}
