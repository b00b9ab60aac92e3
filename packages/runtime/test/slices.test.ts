/**
 * No work of the engine's own holds the event loop for more than 5 ms: each kind of it ends its slice when the clock says
 * so. The clock is the test's: every look at it costs `lookMs`, so what is counted does not depend on the machine.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseOptions } from '../src/database/database-options.js';
import { openDatabase } from '../src/database/open-database.js';
import { measureBy } from '../src/time/real-time.js';
import {
  type PlayerDatabase,
  player,
  type Repositories,
  type TransactionRepositories,
} from './support/open-players.js';
import { playerDefinition } from './support/player-definition.js';

const DOCUMENTS = 8_000;
const MAX_MS = 5;
/** A turn of the loop goes on with what waited for a timer, for a file and for the turn: a slice each at most. */
const SLICES_OF_A_TURN = 3;
/** Documents between two looks at the clock, at most: about a millisecond of the slowest work on them. */
const MAX_PER_LOOK = 256;

/** Documents encoded and decoded since it was set to 0. */
let touchedCount = 0;
const { codec } = playerDefinition;
const countingDefinition: typeof playerDefinition = {
  ...playerDefinition,
  codec: {
    encode: (document, writer) => {
      touchedCount++;
      codec.encode(document, writer);
    },
    decode: (reader) => {
      touchedCount++;
      return codec.decode(reader);
    },
  },
};

/** Runs work under a clock that goes by looks. @returns the most documents counted in one turn of the loop, and all. */
async function inTurns(
  lookMs: number,
  counted: () => number,
  work: () => Promise<unknown>,
): Promise<{ readonly most: number; readonly sum: number }> {
  let nowMs = 0;
  const giveBack = measureBy(() => {
    nowMs += lookMs;
    return nowMs;
  });
  const first = counted();
  let last = first;
  let most = 0;
  let isDone = false;
  const look = (): void => {
    most = Math.max(most, counted() - last);
    last = counted();
  };
  const watching = (async () => {
    while (!isDone) {
      look();
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  try {
    await work();
    look();
  } finally {
    isDone = true;
    await watching;
    giveBack();
  }
  return { most, sum: last - first };
}

describe("the engine's own work", () => {
  let db: PlayerDatabase;

  const open = (options: DatabaseOptions): Promise<PlayerDatabase> =>
    openDatabase<Repositories, TransactionRepositories>([countingDefinition], { durability: 'os', ...options });

  async function filled(options: DatabaseOptions, ttlMs?: number): Promise<PlayerDatabase> {
    db = await open(options);
    const players = Array.from({ length: DOCUMENTS }, (_, index) =>
      player(`p${index}`, { clubs: ['all', `c${index % 50}`] }),
    );
    await db.player.insertMany(players, ttlMs === undefined ? {} : { ttlMs });
    return db;
  }

  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'nuthatch-'));
  });
  afterEach(async () => {
    await db.close();
    rmSync(directory, { recursive: true });
  });

  it.each([
    ['range', 'age'],
    ['unique', 'name'],
    ['tag', 'clubs'],
  ] as const)('fills a new %s index in slices', async (kind, field) => {
    await filled({ memory: true });
    let indexedCount = 0;
    const where = (): boolean => {
      indexedCount++;
      return true;
    };
    const { most, sum } = await inTurns(
      1,
      () => indexedCount,
      () => db.player.addIndex({ kind, field, name: 'new', where }),
    );
    expect(sum).toBe(DOCUMENTS);
    expect(most).toBeLessThanOrEqual(MAX_MS * MAX_PER_LOOK);
  });

  it('fills a plug-in index in slices', async () => {
    await filled({ memory: true });
    let indexedCount = 0;
    const plugin = {
      name: 'counting',
      insert: () => void indexedCount++,
      update: () => undefined,
      remove: () => undefined,
      rebuild: () => undefined,
    };
    const { most, sum } = await inTurns(
      1,
      () => indexedCount,
      () => db.player.addIndex(plugin),
    );
    expect(sum).toBe(DOCUMENTS);
    expect(most).toBeLessThanOrEqual(MAX_MS * MAX_PER_LOOK);
  });

  it.each([
    ['writes a snapshot', () => db.compact(), {}],
    ['copies a collection to the disk', () => db.setStorage('player', 'disk'), { isMemory: true }],
    ['reads changes back from the journal', () => lastChange(db), {}],
  ] as const)('%s in slices', async (_, work, { isMemory }: { readonly isMemory?: true }) => {
    await filled({ directory, historyChangeCount: 0 });
    await db.flush();
    if (isMemory) await db.setStorage('player', 'memory');
    const { most, sum } = await inTurns(1, () => touchedCount, work);
    expect(sum).toBeGreaterThanOrEqual(DOCUMENTS);
    expect(most).toBeLessThanOrEqual(SLICES_OF_A_TURN * MAX_MS * MAX_PER_LOOK);
  });

  it.each([
    ['from a snapshot', true],
    ['from pages', false],
  ])('opens %s and builds the indexes in slices', async (_, isCompacted) => {
    await filled({ directory });
    if (isCompacted) await db.compact();
    await db.close();
    const { most, sum } = await inTurns(
      1,
      () => touchedCount,
      async () => {
        db = await open({ directory });
      },
    );
    expect(sum).toBeGreaterThanOrEqual(DOCUMENTS);
    expect(most).toBeLessThanOrEqual(SLICES_OF_A_TURN * MAX_MS * MAX_PER_LOOK);
    expect(db.player.findByClubs('c7').count()).toBe(DOCUMENTS / 50);
  });

  const loops: Readonly<Record<string, (opened: PlayerDatabase) => AsyncIterable<unknown>>> = {
    'all documents': (opened) => opened.player,
    'a tag of all': (opened) => opened.player.findByClubs('all'),
    'a snapshot': (opened) => (opened.snapshot() as unknown as { player: AsyncIterable<unknown> }).player,
    'sets of tags': (opened) => opened.player.findByClubs({ any: ['all', 'c7'], none: ['c8'] }),
    'a range': (opened) => opened.player.findByAge({ gte: 0 }),
    'all in order': (opened) => opened.player.all().orderBy('age', 'desc'),
    'a tag of all in order': (opened) => opened.player.findByClubs('all').orderBy('joinedAt'),
    'what a filter leaves': (opened) => opened.player.all().filter(({ age }) => age < 0 || age > 1),
    'nothing, by a filter': (opened) => opened.player.all().filter(() => false),
    'what comes behind a page': (opened) => {
      const query = opened.player.findByClubs('all').limit(2_000);
      return opened.player.findByClubs('all').after(query.page().next as string);
    },
  };

  it.each(Object.keys(loops))('hands out %s in slices, first after an opening', async (name) => {
    await filled({ directory });
    await db.compact();
    await db.close();
    db = await open({ directory });
    const query = (loops[name] as (typeof loops)[string])(db);
    let handedOut = 0;
    const { most, sum } = await inTurns(
      1,
      () => touchedCount,
      async () => {
        for await (const document of query) if (document !== undefined) handedOut++;
      },
    );
    expect(sum).toBeGreaterThan(DOCUMENTS / 2);
    expect(most).toBeLessThanOrEqual(SLICES_OF_A_TURN * MAX_MS * MAX_PER_LOOK);
    expect(handedOut).toBe(name.startsWith('nothing') ? 0 : [...(query as unknown as Iterable<unknown>)].length);
  });

  it('keys() after an opening makes no document of bytes', async () => {
    await filled({ directory });
    await db.compact();
    await db.close();
    db = await open({ directory });
    touchedCount = 0;
    expect(db.player.all().keys()).toHaveLength(DOCUMENTS);
    expect(db.player.findByClubs('all').keys()).toHaveLength(DOCUMENTS);
    expect(touchedCount).toBe(0);
  });

  it('gives the event loop turns by the clock, also when the body of the loop works long', async () => {
    await filled({ memory: true });
    let handedOut = 0;
    const { most } = await inTurns(
      1,
      () => handedOut,
      async () => {
        for await (const document of db.player) if (document !== undefined) handedOut++;
      },
    );
    expect(handedOut).toBe(DOCUMENTS);
    expect(most).toBeLessThanOrEqual(SLICES_OF_A_TURN * MAX_MS * MAX_PER_LOOK);
  });

  it('deletes what expired in slices', async () => {
    await filled({ memory: true }, 1);
    const endMs = Date.now() + 5;
    while (Date.now() < endMs);
    const { most, sum } = await inTurns(
      0.01,
      () => DOCUMENTS - db.player.size,
      async () => {
        while (db.player.size > 0) await new Promise((resolve) => setTimeout(resolve, 1));
      },
    );
    expect(sum).toBeGreaterThan(DOCUMENTS / 2);
    // Looked at before each document.
    expect(most).toBeLessThanOrEqual((SLICES_OF_A_TURN * MAX_MS) / 0.01);
  });
});

async function lastChange(db: PlayerDatabase): Promise<void> {
  for await (const { key } of db.player.changes({ since: 0 })) if (key === `p${DOCUMENTS - 1}`) return;
}
