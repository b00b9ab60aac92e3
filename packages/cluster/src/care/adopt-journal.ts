/** Lets a node go on from the journal as it is, after its directory and the journal came to be two histories. */
import { readdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { DatabaseError } from '@nuthatch/model';
import { NodeFileSystem, type SharedJournal } from '@nuthatch/runtime/cluster';
import type { JournalEngine } from '../engine/journal-engine.js';
import { NodeCopy } from '../node/node-copy.js';
import { requirePath } from './copy-status.js';
import { withWholeJournal } from './with-journal.js';

export interface AdoptReport {
  /** Absolute; a copy of the journal now. */
  readonly directory: string;
  /** The name that the former copy has now; undefined: an interrupted call had given it one. */
  readonly aside: string | undefined;
  /** Frame and transaction that the new copy begins with; a node that opens it catches up. */
  readonly position: number;
  readonly seq: number;
}

/**
 * The journal as it is counts: the directory of a node is renamed, never deleted, and a new copy is made in its place, of
 * the newest image. What the former copy alone holds, `compareCopy` lists, under its new name too.
 *
 * A crash leaves the directory under one of the two names, or a half-made copy, `‹directory›.joining`; the same call goes
 * on. I/O: the bytes of the image.
 *
 * @throws DatabaseError `DATABASE_LOCKED` while a node has the directory; `DIRECTORY_UNUSABLE` when it is no copy of this
 *   journal; `JOURNAL_NOT_FOUND`, `JOURNAL_UNFINISHED`, `JOURNAL_UNREACHABLE`, `JOURNAL_DAMAGED`, `INVALID_OPTION`.
 */
export function adoptJournal(journal: SharedJournal, directory: string): Promise<AdoptReport> {
  return withWholeJournal(journal, ({ engine, uuid }) => adoptInto(engine, uuid, requirePath(directory)));
}

/** As `adoptJournal`, over a journal that is open. */
export async function adoptInto(engine: JournalEngine, uuid: string, directory: string): Promise<AdoptReport> {
  const fileSystem = new NodeFileSystem();
  const place = { directory, fileSystem };
  const { description } = engine;
  let aside: string | undefined;
  if ((await fileSystem.stat(directory)) === undefined) await requireAside(directory);
  else {
    const mark = await NodeCopy.markOf(place);
    if (mark?.uuid !== uuid) {
      const is = mark === undefined ? 'is not the copy of a node' : `is a copy of another journal than ${description}`;
      throw new DatabaseError('DIRECTORY_UNUSABLE', `${directory} ${is}`, { directory });
    }
    aside = await NodeCopy.setAside(place, uuid);
  }
  const { mark } = await NodeCopy.prepare(place, { uuid, engine, description });
  return { directory, aside, position: mark.place.position, seq: mark.place.seq };
}

/** A name that was misspelt must not become a new copy. */
async function requireAside(directory: string): Promise<void> {
  const names = await readdir(dirname(directory)).catch((): string[] => []);
  if (names.some((name) => name.startsWith(`${basename(directory)}.aside-`))) return;
  throw new DatabaseError('DIRECTORY_UNUSABLE', `${directory} does not exist`, { directory });
}
