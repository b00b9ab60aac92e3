/** What must be one transaction and cannot be one says so before it begins. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../src/database/open-database.js';
import {
  type PlayerDatabase,
  player,
  type Repositories,
  type TransactionRepositories,
} from './support/open-players.js';
import { playerDefinition } from './support/player-definition.js';

const COUNT = 6_000;
const LOOKED_AT_MOST = 64;

let encodedCount = 0;
let mergedCount = 0;
const counting: typeof playerDefinition = {
  ...playerDefinition,
  codec: {
    encode: (document, writer) => {
      encodedCount++;
      playerDefinition.codec.encode(document, writer);
    },
    decode: (reader) => playerDefinition.codec.decode(reader),
  },
  merge: (document, patch, given) => {
    mergedCount++;
    return playerDefinition.merge(document, patch, given);
  },
};

let directory: string;
let db: PlayerDatabase;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'nuthatch-'));
  const options = { directory, durability: 'os', maxFrameBytes: 100_000 } as const;
  db = await openDatabase<Repositories, TransactionRepositories>([counting], options);
  for (let from = 0; from < COUNT; from += 500)
    await db.player.insertMany(
      Array.from({ length: 500 }, (_, index) => player(`p${from + index}`, { clubs: ['all', `c${index % 3}`] })),
    );
  encodedCount = 0;
  mergedCount = 0;
});
afterEach(async () => {
  await db.close();
  rmSync(directory, { recursive: true });
});

it.each([
  ['renameTag', () => db.player.renameTag('clubs', 'all', 'every')],
  ['updateMany', () => db.player.updateMany({ clubs: 'all' }, { name: 'the same' })],
  ['renameTag in a transaction', () => db.transaction((tx) => tx.player.renameTag('clubs', 'all', 'every'))],
  ['updateMany in a transaction', () => db.transaction((tx) => tx.player.updateMany({}, { age: 3 }))],
] as const)('%s of too many is refused at once, and nothing has changed', async (_, write) => {
  const seq = db.seq;
  await expect(write()).rejects.toMatchObject({
    code: 'TRANSACTION_TOO_LARGE',
    facts: { documentCount: COUNT, maxFrameBytes: 100_000 },
  });
  expect(encodedCount).toBeLessThanOrEqual(LOOKED_AT_MOST);
  expect(mergedCount).toBeLessThanOrEqual(LOOKED_AT_MOST);
  expect(db.seq).toBe(seq);
  expect(db.player.findByClubs('all').count()).toBe(COUNT);
  expect(db.player.findByAge(30).count()).toBe(COUNT);
});

it('counts the bytes that are written: an update that makes documents small is one transaction', async () => {
  for (let from = 0; from < 1_100; from += 100)
    await db.player.insertMany(
      Array.from({ length: 100 }, (_, index) =>
        player(`big${from + index}`, { email: `${from + index}`, clubs: ['big'], name: 'x'.repeat(300) }),
      ),
    );
  expect(await db.player.updateMany({ clubs: 'big' }, { name: 'y' })).toBe(1_100);
});

it('takes any amount in memory', async () => {
  const memory = await openDatabase<Repositories, TransactionRepositories>([counting], {
    memory: true,
    maxFrameBytes: 4096,
  });
  await memory.player.insertMany(Array.from({ length: COUNT }, (_, index) => player(`p${index}`, { clubs: ['all'] })));
  expect(await memory.player.renameTag('clubs', 'all', 'every')).toBe(COUNT);
  await memory.close();
});
