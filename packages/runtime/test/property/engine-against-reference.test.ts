/**
 * The engine against a Map and loops: random writes, transactions that throw, compaction under way, reopening at random points; every index
 * and query compared. NUTHATCH_ENGINE_OPERATIONS says how many operations.
 */
import { DatabaseError } from '@nuthatch/model';
import fc from 'fast-check';
import type { DatabaseOptions } from '../../src/database/database-options.js';
import type { Change } from '../../src/feed/change.js';
import { MemoryFileSystem } from '../../src/file-system/memory-file-system.js';
import { repeats } from '../support/long-run.js';
import { openPlayers, type PlayerDatabase } from '../support/open-players.js';
import type { PlayerTransaction } from '../support/player-definition.js';
import { CLUBS, EMAILS, IDS, NICKS, type Step, step } from './player-arbitraries.js';
import { type Operation, type PlainPlayer, ReferencePlayers } from './reference-players.js';

/** Steps are few to many, a hundred on average. */
const STEPS_PER_RUN = 100;
const OPERATION_COUNT = repeats('NUTHATCH_ENGINE_OPERATIONS', 20_000);
/** A step is about one and a half operations. */
const RUN_COUNT = Math.ceil(OPERATION_COUNT / (STEPS_PER_RUN * 1.5) / 2);
const steps = fc.array(step, { maxLength: STEPS_PER_RUN * 2, size: 'max' });

class Thrown extends TypeError {}

jest.setTimeout(3_600_000);

describe('the engine against a plain reference', () => {
  it('gives the same answers in memory', async () => {
    await fc.assert(
      fc.asyncProperty(steps, (made) => follow(made, () => ({ memory: true }))),
      { numRuns: RUN_COUNT },
    );
  });

  it('gives the same answers over a journal that is reopened at random points', async () => {
    await fc.assert(
      fc.asyncProperty(steps, (made) => {
        const fileSystem = new MemoryFileSystem();
        return follow(made, () => ({ directory: '/data', fileSystem, pageBytes: 4096, durability: 'os' }));
      }),
      { numRuns: RUN_COUNT },
    );
  });
});

describe('the engine with a cache of a few documents', () => {
  const cached = { cacheBytes: 1_000 };
  it('gives the same answers in memory', async () => {
    await fc.assert(
      fc.asyncProperty(steps, (made) => follow(made, () => ({ memory: true, ...cached }))),
      { numRuns: Math.ceil(RUN_COUNT / 3) },
    );
  });

  it('gives the same answers over a journal that is reopened at random points', async () => {
    await fc.assert(
      fc.asyncProperty(steps, (made) => {
        const fileSystem = new MemoryFileSystem();
        return follow(made, () => ({ directory: '/data', fileSystem, pageBytes: 4096, durability: 'os', ...cached }));
      }),
      { numRuns: Math.ceil(RUN_COUNT / 3) },
    );
  });
});

/** What listeners to changes know: it must come to the same. */
class Mirror {
  readonly documents = new Map<unknown, object>();
  watched: readonly object[] = [];
  readonly #isWhole: boolean;
  /** A document is one object as long as nobody writes to it. */
  readonly #isSame: boolean;

  /**
   * @param isWhole it reads every document now; else those that an opening left as bytes stay so.
   * @param isSame a document is one object until the next write to it.
   */
  constructor(db: PlayerDatabase, isWhole: boolean, isSame: boolean) {
    this.#isWhole = isWhole;
    this.#isSame = isSame;
    if (isWhole) this.complete(db);
    db.player.subscribe((change) => this.take(change));
    db.player
      .find({ clubs: 'fcb' })
      .orderBy('age', 'desc')
      .limit(3)
      .watch((rows) => {
        this.watched = rows;
      });
  }

  /** Takes in what it does not know yet. */
  complete(db: PlayerDatabase): void {
    for (const held of db.player.all()) if (!this.documents.has(held.id)) this.documents.set(held.id, held);
  }

  take(change: Change): void {
    if (this.#isWhole || this.documents.has(change.key)) {
      const known = this.documents.get(change.key);
      if (this.#isSame) expect(known).toBe(change.before);
      else expect(known).toEqual(change.before);
    }
    if (change.after === undefined) this.documents.delete(change.key);
    else this.documents.set(change.key, change.after);
  }
}

async function follow(made: readonly Step[], options: () => DatabaseOptions): Promise<void> {
  let db = await openPlayers(options());
  const isSame = options().cacheBytes === undefined;
  let mirror = new Mirror(db, true, isSame);
  const reference = new ReferencePlayers();
  // Not waited for: writes go on meanwhile, and closing waits.
  const compactions: Promise<unknown>[] = [];
  for (const one of made) {
    if (one.kind === 'single') await single(db, reference, one.operation);
    else if (one.kind === 'transaction') await transaction(db, reference, one.operations, one.doesThrow);
    else if (one.kind === 'compare') compare(db, reference, mirror);
    else if (options().memory === true) continue;
    else if (one.kind === 'compact') compactions.push(db.compact());
    else {
      await db.close();
      db = await openPlayers(options());
      mirror = new Mirror(db, made.length % 2 === 0, isSame);
    }
  }
  compare(db, reference, mirror);
  await db.close();
  await Promise.all(compactions);
}

async function single(db: PlayerDatabase, reference: ReferencePlayers, operation: Operation): Promise<void> {
  if (operation.kind === 'swapEmails') return transaction(db, reference, [operation], false);
  const expected = reference.run([operation], false, false);
  expect(await outcome(() => applyTo(db.player as unknown as PlayerTransaction, operation))).toBe(expected);
}

async function transaction(
  db: PlayerDatabase,
  reference: ReferencePlayers,
  operations: readonly Operation[],
  doesThrow: boolean,
): Promise<void> {
  const expected = reference.run(operations, true, doesThrow);
  const actual = await outcome(() =>
    db.transaction((tx) => {
      for (const operation of operations) applyTo(tx.player, operation);
      if (doesThrow) throw new Thrown();
    }),
  );
  expect(actual).toBe(expected);
}

async function outcome(work: () => unknown): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof Thrown) return 'thrown';
    if (DatabaseError.is(error)) return error.code;
    throw error;
  }
}

/** A Repository has the same names and gives promises. */
function applyTo(players: PlayerTransaction, operation: Operation): unknown {
  switch (operation.kind) {
    case 'insert':
    case 'upsert':
    case 'insertIfAbsent':
      return players[operation.kind](operation.player);
    case 'insertMany':
      return players.insertMany(operation.players);
    case 'update':
      return players.update(
        operation.id,
        operation.patch,
        operation.ifRevision === undefined ? {} : { ifRevision: operation.ifRevision },
      );
    case 'delete':
      return players.delete(operation.id);
    case 'deleteMany':
      return players.deleteMany({ age: { gte: operation.age } });
    case 'updateMany':
      return players.updateMany({ clubs: operation.club }, operation.patch);
    default: {
      const a = players.get(operation.a);
      const b = players.get(operation.b);
      if (a === undefined || b === undefined) return undefined;
      players.update(a.id, { email: b.email });
      return players.update(b.id, { email: a.email });
    }
  }
}

function compare(db: PlayerDatabase, reference: ReferencePlayers, mirror: Mirror): void {
  const { player: players } = db;
  const all = reference.all();
  expect(players.size).toBe(all.length);
  for (const id of IDS) {
    expect(players.get(id)?.id).toBe(reference.get(id)?.player.id);
    expect(players.revision(id)).toBe(reference.get(id)?.revision);
  }
  for (const held of players.all()) {
    const { id, email, clubs, age, name, nick } = held;
    expect({ id, email, clubs, age: age + 0, name, nick }).toEqual({
      ...reference.get(id)?.player,
      age: (reference.get(id)?.player.age as number) + 0,
    });
  }
  for (const email of EMAILS) expect(players.findByEmail(email)?.id).toBe(all.find((held) => held.email === email)?.id);
  for (const nick of NICKS)
    expect(players.findByNick(nick)?.id).toBe(
      nick === 'nobody' ? undefined : all.find((held) => held.nick === nick)?.id,
    );
  compareTags(db, all);
  compareRanges(db, all);
  mirror.complete(db);
  expect([...mirror.documents.values()].sort(byId)).toEqual(players.all().all().sort(byId));
  expect(mirror.watched).toEqual(players.find({ clubs: 'fcb' }).orderBy('age', 'desc').limit(3).all());
}

function byId(a: object, b: object): number {
  return (a as PlainPlayer).id < (b as PlainPlayer).id ? -1 : 1;
}

function idsOf(list: Iterable<{ readonly id: string }>): readonly string[] {
  return [...list].map(({ id }) => id).sort();
}

function compareTags({ player: players }: PlayerDatabase, all: readonly PlainPlayer[]): void {
  const counts = new Map(
    CLUBS.map((club) => [club, all.filter(({ clubs }) => clubs.includes(club)).length] as const).filter(
      ([, count]) => count > 0,
    ),
  );
  expect(new Map([...players.tags('clubs')].sort())).toEqual(new Map([...counts].sort()));
  for (const club of CLUBS) {
    expect(players.findByClubs(club).count()).toBe(counts.get(club) ?? 0);
    expect(idsOf(players.findByClubs(club))).toEqual(idsOf(all.filter(({ clubs }) => clubs.includes(club))));
  }
  const [a, b, c] = CLUBS as [string, string, string];
  expect(idsOf(players.findByClubs({ any: [a, b], none: [c] }))).toEqual(
    idsOf(all.filter(({ clubs }) => (clubs.includes(a) || clubs.includes(b)) && !clubs.includes(c))),
  );
  expect(idsOf(players.findByClubs({ all: [a, b] }))).toEqual(
    idsOf(all.filter(({ clubs }) => clubs.includes(a) && clubs.includes(b))),
  );
  expect(idsOf(players.findByClubs({ none: [a] }))).toEqual(idsOf(all.filter(({ clubs }) => !clubs.includes(a))));
}

function compareRanges({ player: players }: PlayerDatabase, all: readonly PlainPlayer[]): void {
  for (const low of [-2, 0, 3, 7]) {
    const high = low + 4;
    expect(idsOf(players.findByAge({ gt: low, lte: high }))).toEqual(
      idsOf(all.filter(({ age }) => age > low && age <= high)),
    );
    expect(players.findByAge({ between: [high, low] }).all()).toEqual([]);
    expect(players.findByAge(low).count()).toBe(all.filter(({ age }) => age === low).length);
    const both = players.find({ clubs: 'bvb', age: { gte: low } });
    expect(idsOf(both)).toEqual(idsOf(all.filter(({ age, clubs }) => age >= low && clubs.includes('bvb'))));
    expect(both.count()).toBe(both.all().length);
  }
  const ascending = [...all].sort((a, b) => a.age - b.age || byId(a, b)).map(({ id }) => id);
  expect(players.all().orderBy('age').keys()).toEqual(ascending);
  expect(players.all().orderBy('age', 'desc').keys()).toEqual([...ascending].reverse());
  expect(players.all().orderBy('age').limit(3).keys()).toEqual(ascending.slice(0, 3));
  expect(
    players
      .findByClubs({ none: ['zzz'] })
      .orderBy('age')
      .limit(3)
      .keys(),
  ).toEqual(ascending.slice(0, 3));
  const paged: string[] = [];
  for (let next: string | undefined = ''; next !== undefined; ) {
    const query = players.all().orderBy('age').limit(2);
    const page: ReturnType<typeof query.page> = next === '' ? query.page() : query.after(next).page();
    paged.push(...page.items.map(({ id }) => id));
    next = page.next;
  }
  expect(paged).toEqual(ascending);
  const byNameLength = [...all].sort((a, b) => a.name.length - b.name.length || byId(a, b)).map(({ id }) => id);
  expect(players.all().orderBy('nameLength').keys()).toEqual(byNameLength);
  const ages = all.map(({ age }) => age);
  expect(players.min('age')).toBe(ages.length === 0 ? undefined : all.find(({ id }) => id === ascending[0])?.age);
  expect(players.max('age')).toBe(ages.length === 0 ? undefined : all.find(({ id }) => id === ascending.at(-1))?.age);
  expect(players.sum('age')).toBeCloseTo(
    ages.reduce((sum, age) => sum + age, 0),
    6,
  );
}
