/**
 * Databases that this process has open with `shared: true`: every opener of the same directory gets the same handle.
 *
 * For hot reload: a development server runs the module that opens the database again, in the process that has it
 * open. The book is kept on `globalThis`, so that it outlives a reloaded copy of this package too. Openings are
 * counted; the last `close()` closes.
 */
import { DatabaseError } from '@nuthatch/model';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import type { ViewDefinition } from '../definition/view-definition.js';
import type { SharedJournal } from './shared-journal.js';

interface Shareable {
  readonly state: string;
  flush(): Promise<void>;
  close(): Promise<void>;
}

interface Share {
  /** The list of collections; see identityOf. */
  readonly identity: string;
  /** Of the journal that the database shares with other nodes; undefined: none. */
  readonly journal?: string | undefined;
  readonly opening: Promise<Shareable>;
  database: Shareable | undefined;
  openerCount: number;
  /** Set once the last opener has closed. */
  closing: Promise<void> | undefined;
}

/** Never change the name: copies of this package of any version look here. */
const BOOK = Symbol.for('nuthatch.shared-databases.1');

function book(): Map<string, Share> {
  const holder = globalThis as { [BOOK]?: Map<string, Share> };
  holder[BOOK] ??= new Map();
  return holder[BOOK];
}

const objectIds = new WeakMap<object, number>();
let objectCount = 0;

function idOf(object: object): number {
  let id = objectIds.get(object);
  if (id === undefined) {
    id = ++objectCount;
    objectIds.set(object, id);
  }
  return id;
}

/** Names a directory in the book: another file system's directory of the same path is another one. */
export function shareKey(directory: string, fileSystem: object | undefined): string {
  if (fileSystem === undefined) return directory;
  return `${idOf(fileSystem)}:${directory}`;
}

/** What is open under a key: two openers that say the same get the same handle. */
export interface SharedIdentity {
  /** See `identityOf`. */
  readonly collections: string;
  readonly journal: SharedJournal | undefined;
}

/** Equal for equal collections and views: the same models, generated from the same declarations. O(collections). */
export function identityOf(
  definitions: readonly CollectionDefinition[],
  views: readonly ViewDefinition[] = [],
): string {
  const parts = definitions.map(({ model, fingerprint, declarationFingerprint }) => [
    model.collection,
    fingerprint,
    declarationFingerprint,
  ]);
  for (const { model, view, declarationFingerprint } of views)
    parts.push([model.collection, JSON.stringify(view), declarationFingerprint]);
  return JSON.stringify(parts.sort(([left], [right]) => (left! < right! ? -1 : 1)));
}

/**
 * The handle that is open already, or the one that `open` makes. A failed one is closed and opened again.
 *
 * @throws DatabaseError `DATABASE_LOCKED` when this process has the directory open with other collections or another
 *   journal; what `open` throws.
 */
export async function openShared<T extends Shareable>(
  key: string,
  { collections, journal }: SharedIdentity,
  open: () => Promise<T>,
): Promise<T> {
  const journalId = journal && (journal.identity ?? `object ${idOf(journal)}`);
  for (;;) {
    const known = book().get(key);
    if (known === undefined) return makeShare(key, { identity: collections, journal: journalId }, open);
    if (known.closing !== undefined) {
      await settled(known.closing);
      continue;
    }
    if (known.identity !== collections) throw openOtherwise(key, 'with other collections');
    if (known.journal !== journalId) throw openOtherwise(key, otherJournal(known.journal));
    const database = await known.opening;
    // Its directory may be gone, and another one have the name: it then fails.
    if (database.state === 'open') await settled(database.flush());
    // Meanwhile it may have been closed: look again.
    if (book().get(key) !== known || known.closing !== undefined) continue;
    if (database.state === 'failed') {
      known.openerCount = 1;
      await settled(database.close());
      continue;
    }
    known.openerCount++;
    return database as T;
  }
}

/**
 * Counts one opener less.
 *
 * @returns how to close: true, others have it open still, so do not; false, `close` at once. A database that is not
 *   shared is always to be closed.
 */
export function isKeptOpen(database: Shareable): boolean {
  const share = shareOf(database);
  if (share === undefined || share.closing !== undefined) return false;
  share.openerCount--;
  return share.openerCount > 0;
}

/** The database is closing: another opener waits until it is done. */
export function noteClosing(database: Shareable, closing: Promise<void>): void {
  for (const [key, share] of book()) {
    if (share.database !== database) continue;
    share.closing = closing;
    void settled(closing).then(() => book().delete(key));
  }
}

async function makeShare<T extends Shareable>(
  key: string,
  openedAs: Pick<Share, 'identity' | 'journal'>,
  open: () => Promise<T>,
): Promise<T> {
  const opening = open();
  const share: Share = { ...openedAs, opening, database: undefined, openerCount: 1, closing: undefined };
  book().set(key, share);
  try {
    const database = await opening;
    share.database = database;
    return database;
  } catch (error) {
    book().delete(key);
    throw error;
  }
}

function shareOf(database: Shareable): Share | undefined {
  for (const share of book().values()) if (share.database === database) return share;
  return undefined;
}

/** Waits for the end, whatever it is: the opener that began it gets the error. */
async function settled(work: Promise<unknown>): Promise<void> {
  await Promise.allSettled([work]);
}

function openOtherwise(directory: string, difference: string): DatabaseError {
  const what = `this process, pid ${process.pid}, has ${directory} open ${difference}; close it first, or restart`;
  return new DatabaseError('DATABASE_LOCKED', what, { directory, pid: process.pid });
}

function otherJournal(journal: string | undefined): string {
  return journal === undefined ? 'without a shared journal' : 'as a node of another journal';
}
