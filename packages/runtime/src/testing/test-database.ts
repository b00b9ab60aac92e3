/**
 * Databases for tests: in memory, with a clock, ids and random numbers of their own, and as many copies as there are tests.
 *
 * A copy shares the documents, which are frozen, and has entries and indexes of its own: it is made by copying their
 * columns, without looking at a document. Nothing of it holds a timer or a handle: a test that forgets to close it ends.
 */
import { DatabaseError } from '@nuthatch/model';
import {
  assembleDatabase,
  type PreparedParts,
  partsOf,
  prepareParts,
  tieCollections,
} from '../database/assemble-database.js';
import type { Database } from '../database/database.js';
import { type DatabaseOptions, isOptionOfOpening } from '../database/database-options.js';
import type { OpenedJournal } from '../database/open-journal.js';
import { otherCopyHint } from '../definition/other-copies.js';
import { showValue } from '../definition/show-value.js';
import { optionsObject } from '../definition/unknown-option.js';
import { isRecord } from '../document/brands.js';
import { TransientJournal } from '../journal/transient-journal.js';
import { clockedDefinition } from './clocked-definition.js';
import { loadDocuments } from './load-documents.js';
import { SeededRandom } from './seeded-random.js';
import { TestClock } from './test-clock.js';
import { TestEnvironment } from './test-environment.js';

type AnyDatabase = Database<unknown>;

/** What the repository of a collection inserts. */
type InputOf<R> = R extends { insertMany(inputs: Iterable<infer Input>): unknown } ? Input : never;

/** Documents by collection: `{ player: [{ … }], club: [{ … }] }`. */
export type SeedDocuments<D> = {
  readonly [Name in keyof D as InputOf<D[Name]> extends never ? never : Name]?: Iterable<InputOf<D[Name]>>;
};

export interface TestDatabaseOptions<D> {
  /** Documents by collection, or a function that writes what it wants; it is awaited. */
  readonly seed?: SeedDocuments<D> | ((db: TestDatabase<D>) => unknown);
  /** Where the clock stands at the beginning: a date or epoch milliseconds. Default 2025-01-01T00:00:00Z. */
  readonly now?: Date | number;
  /** Decides generated ids and random numbers. Default 1. */
  readonly randomSeed?: number;
}

/** What a test's database has besides. A collection of one of these names has the name for itself: use the functions. */
export interface TestMembers<D> extends Disposable {
  /** The clock of the data. */
  readonly clock: TestClock;
  /** A database of its own with the documents, revisions, sequences and time of this one. O(documents), without looking at any. */
  fork(): TestDatabase<D>;
}

export type TestDatabase<D> = D & Omit<TestMembers<D>, keyof D>;

/** What is known of the databases of one `openDatabase`. */
const known = new WeakMap<object, PreparedParts>();
const environments = new WeakMap<object, TestEnvironment>();

const OPTIONS = ['seed', 'now', 'randomSeed'];
const FIRST_TIME_MS = Date.UTC(2025, 0, 1);
const FIRST_SEED = 1;

/**
 * A database in memory for one test, or to be forked for many.
 *
 * @param open the generated `openDatabase`, or a function that calls it: it is called once with `{ memory: true }`, to learn
 *   the classes and options from the database, and not again.
 * @throws DatabaseError `INVALID_OPTION`; what the seed throws, with the database closed.
 */
export async function createTestDatabase<D extends AsyncDisposable>(
  open: (options: DatabaseOptions & { readonly memory: true }) => Promise<D>,
  options?: TestDatabaseOptions<D>,
): Promise<TestDatabase<D>> {
  refuseOptionsOfOpening(options);
  const { seed, now = FIRST_TIME_MS, randomSeed = FIRST_SEED } = optionsObject(options, 'createTestDatabase', OPTIONS);
  if (!Number.isSafeInteger(randomSeed))
    throw refusal('randomSeed', `\`randomSeed\` must be a whole number, found ${showValue(randomSeed)}`);
  if (seed !== undefined && typeof seed !== 'function' && !hasNames(seed))
    throw refusal('seed', `\`seed\` must be documents by collection, or a function, found ${showSeed(seed)}`);
  const environment = new TestEnvironment(new TestClock(now), new SeededRandom(randomSeed));
  const { definitions, options: resolved, viewDefinitions } = await partsKnownOf(open);
  const database = makeDatabase<D>({ definitions, options: resolved, viewDefinitions }, environment);
  try {
    if (typeof seed === 'function') await seed(database);
    else if (seed !== undefined) await loadDocuments(database, seed as Readonly<Record<string, Iterable<object>>>);
  } catch (error) {
    await (database as unknown as AnyDatabase).close();
    throw error;
  }
  return database;
}

/**
 * A database of its own with the documents, revisions, expiries, sequences and time of a test's database, from which it
 * goes on: what is written to one is not seen in the other. Live indexes, queries that are watched, subscriptions and the
 * history of changes stay with the first. About half a millisecond; the first write to a collection of either then copies its
 * entries and indexes, 0.2 ms for 1,000 documents.
 *
 * @throws DatabaseError `INVALID_OPTION` when it is no database of `createTestDatabase`, `INVALID_QUERY` inside a transaction,
 *   `DATABASE_CLOSED`.
 */
export function fork<D extends AsyncDisposable>(database: TestDatabase<D>): TestDatabase<D> {
  const environment = environmentOf(database, 'fork');
  const from = database as unknown as AnyDatabase;
  const parts = partsOf(database)!;
  if (from.state !== 'open') throw new DatabaseError('DATABASE_CLOSED', 'the database to be forked is closed');
  if (parts.feed.isInTransaction()) {
    const what = '`fork` was called inside a transaction: the copy would have half of its writes';
    throw new DatabaseError('INVALID_QUERY', what);
  }
  return makeDatabase<D>(parts, environment.fork(), parts, Number(from.seq));
}

/** The clock of a database of `createTestDatabase`. @throws DatabaseError `INVALID_OPTION` for another. */
export function clockOf(database: object): TestClock {
  return environmentOf(database, 'clockOf').clock;
}

function environmentOf(database: object, of: string): TestEnvironment {
  const environment = environments.get(database);
  if (environment !== undefined) return environment;
  throw refusal(
    'db',
    `\`${of}\` takes a database of createTestDatabase, found ${showKind(database)}${otherCopyHint(database)}`,
  );
}

async function partsKnownOf<D extends AsyncDisposable>(
  open: (options: DatabaseOptions & { readonly memory: true }) => Promise<D>,
): Promise<PreparedParts> {
  if (typeof open !== 'function')
    throw refusal('open', `createTestDatabase takes the generated \`openDatabase\`, found ${showKind(open)}`);
  const before = known.get(open);
  if (before !== undefined) return before;
  const opened = await open({ memory: true });
  const parts = typeof opened === 'object' && opened !== null ? partsOf(opened) : undefined;
  // Whatever it is, it was opened for this call.
  await (opened as Partial<AsyncDisposable> | null | undefined)?.[Symbol.asyncDispose]?.();
  if (parts === undefined) {
    const what = `the function given to createTestDatabase opened ${showKind(opened)}, not a database of this engine`;
    throw refusal('open', `${what}${otherCopyHint(opened)}`);
  }
  if (parts.options.directory !== undefined)
    throw refusal('open', 'the function given to createTestDatabase opened a directory: hand its options on');
  known.set(open, parts);
  return parts;
}

/** @param from has the documents to begin with. */
function makeDatabase<D>(
  { definitions, options, viewDefinitions }: Pick<PreparedParts, 'definitions' | 'options' | 'viewDefinitions'>,
  environment: TestEnvironment,
  from?: PreparedParts,
  lastSeq = 0,
): TestDatabase<D> {
  const clocked = definitions.map((definition) => clockedDefinition(definition, environment.clock));
  const parts = { ...prepareParts(clocked, options, environment, viewDefinitions), definitions };
  if (from !== undefined) {
    for (const [name, collection] of parts.collections) collection.share(from.collections.get(name)!);
    for (const [name, rows] of parts.views) rows.share(from.views.get(name)!);
    parts.records.share(from.records);
    parts.releases.share(from.releases);
    parts.blobs.store.share(from.blobs.store);
  }
  const journal = new TransientJournal(environment.clock, lastSeq);
  const opened: OpenedJournal = { journal, recovery: undefined, files: undefined, marks: new Map() };
  tieCollections(parts, undefined);
  const database = assembleDatabase<unknown>(parts, opened) as unknown as TestDatabase<D>;
  environments.set(database, environment);
  addMembers(database);
  return database;
}

function addMembers<D>(database: TestDatabase<D>): void {
  const members: Record<PropertyKey, unknown> = {
    clock: clockOf(database),
    fork: () => fork(database as unknown as TestDatabase<AsyncDisposable>),
    [Symbol.dispose]: () => void (database as unknown as AnyDatabase).close(),
  };
  for (const name of Reflect.ownKeys(members))
    if (!(name in database)) Object.defineProperty(database, name, { value: members[name] });
}

/** Such an option changes what the classes are opened with: it goes to the function that opens them. */
function refuseOptionsOfOpening(options: object | undefined): void {
  const option = Object.keys(options ?? {}).find((name) => !OPTIONS.includes(name) && isOptionOfOpening(name));
  if (option === undefined) return;
  const how = `give createTestDatabase (options) => openDatabase({ ...options, ${option} })`;
  throw refusal(option, `\`${option}\` is an option of openDatabase: ${how}`);
}

function showKind(value: unknown): string {
  return typeof value === 'object' && value !== null ? 'another object' : showValue(value);
}

/** A promise, a list or a map has no names of collections: its documents would be left out without a word. */
function hasNames(value: unknown): boolean {
  return isRecord(value) && !isPromise(value);
}

function showSeed(seed: unknown): string {
  if (Array.isArray(seed)) return 'an array';
  return isPromise(seed) ? 'a promise: await it' : showKind(seed);
}

function isPromise(value: unknown): boolean {
  return typeof (value as PromiseLike<unknown> | null)?.then === 'function';
}

function refusal(option: string, what: string): DatabaseError {
  return new DatabaseError('INVALID_OPTION', what, { option });
}
