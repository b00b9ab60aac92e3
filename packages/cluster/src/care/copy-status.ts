/** How the directory of a node and a journal are to each other. Looks, takes no lock, and changes nothing. */
import { resolve } from 'node:path';
import { DatabaseError } from '@nuthatch/model';
import { DirectoryHistory, NodeFileSystem, type SharedJournal, showValue } from '@nuthatch/runtime/cluster';
import { holderOfDirectory } from '@nuthatch/runtime/tools';
import { startOf } from '../node/frame-place.js';
import { type CopyMark, isFollowed, NodeCopy } from '../node/node-copy.js';
import { lastCommonSeq } from './common-history.js';
import { JournalFrames } from './journal-frames.js';
import { type ConnectedJournal, withJournal } from './with-journal.js';

/**
 *   current    it holds all that the journal holds
 *   behind     a node that opens it catches up
 *   outdated   it ends before the oldest frame that is kept: a node sets it aside and begins with an image
 *   diverged   it holds what the journal does not: a node refuses it with `JOURNAL_DIVERGED`
 *   foreign    it is a copy of another journal
 */
export type CopyState = 'current' | 'behind' | 'outdated' | 'diverged' | 'foreign';

export interface CopyStatus {
  /** Absolute. */
  readonly directory: string;
  readonly state: CopyState;
  /** Number of the last transaction in it. */
  readonly seq: number;
  /** The last transaction that it and the journal hold alike; undefined: nothing that both keep can tell. */
  readonly commonSeq: number | undefined;
  /** How many transactions the journal has behind those that both hold; undefined with `commonSeq`. */
  readonly behindCount: number | undefined;
  /** How many transactions it has that the journal has not, or has others in their place; undefined with `commonSeq`. */
  readonly lostCount: number | undefined;
  /** The process that has it open. */
  readonly pid: number | undefined;
}

/**
 * The state of a node's directory, which may be in use: then it is that of a moment ago. I/O: the end of the directory,
 * and the frames that came since its mark.
 *
 * @throws DatabaseError `DIRECTORY_UNUSABLE` for what is no copy, and as `journalStatus`.
 */
export function copyStatus(journal: SharedJournal, directory: string): Promise<CopyStatus> {
  return withJournal(journal, async (found) => {
    const path = requirePath(directory);
    const { mark, history } = await readCopy(path);
    const holder = await holderOfDirectory({ directory: path });
    const pid = holder?.isAlive === true ? holder.pid : undefined;
    const place = { directory: path, seq: history.lastSeq, pid };
    const unknown = { commonSeq: undefined, behindCount: undefined, lostCount: undefined };
    if (mark.uuid !== found.uuid) return { ...place, ...unknown, state: 'foreign' };
    const { commonSeq, headSeq } = await compareCopyWith(found, mark, history);
    if (commonSeq === undefined) {
      // A node goes by the positions of frames: a journal that was made of another copy begins them anew.
      const isOutdated =
        headSeq >= history.lastSeq &&
        history.lastSeq < (await oldestSeq(found)) &&
        !(await isFollowed(found.engine, mark.place.position));
      return { ...place, ...unknown, state: isOutdated ? 'outdated' : 'diverged' };
    }
    const lostCount = history.lastSeq - commonSeq;
    const behindCount = headSeq - commonSeq;
    const state = lostCount > 0 ? 'diverged' : behindCount > 0 ? 'behind' : 'current';
    return { ...place, state, commonSeq, behindCount, lostCount };
  });
}

/** A directory as its node left it. */
export interface ReadCopy {
  readonly mark: CopyMark;
  readonly history: DirectoryHistory;
}

/** @throws DatabaseError `DIRECTORY_UNUSABLE` when it is not the directory of a node. */
export async function readCopy(directory: string): Promise<ReadCopy> {
  const fileSystem = new NodeFileSystem();
  const mark = await NodeCopy.markOf({ directory, fileSystem });
  if (mark !== undefined) return { mark, history: await DirectoryHistory.of(fileSystem, directory) };
  const isThere = (await fileSystem.stat(directory)) !== undefined;
  const what = isThere ? 'is not the copy of a node' : 'does not exist';
  throw new DatabaseError('DIRECTORY_UNUSABLE', `${directory} ${what}`, { directory });
}

export interface CopyAndJournal {
  /** As of `lastCommonSeq`. */
  readonly commonSeq: number | undefined;
  readonly headPosition: number;
  readonly headSeq: number;
}

/** Compares a copy with the journal that it is of, as it is now. */
export async function compareCopyWith(
  { engine, uuid }: ConnectedJournal,
  mark: CopyMark,
  copy: DirectoryHistory,
): Promise<CopyAndJournal> {
  const image = await engine.newestImage();
  const position = await engine.head();
  const head = (await new JournalFrames(engine, uuid).headPlace(position, image)) ?? startOf(uuid);
  const commonSeq = await lastCommonSeq({ copy, mark, engine, head, image });
  return { commonSeq, headPosition: position, headSeq: head.seq };
}

/** The seq before the oldest frame that is kept. */
async function oldestSeq({ engine, uuid }: ConnectedJournal): Promise<number> {
  const oldest = await new JournalFrames(engine, uuid).oldest();
  return oldest?.seq ?? (await engine.newestImage())?.seq ?? 0;
}

/** @throws DatabaseError `INVALID_OPTION`. */
export function requirePath(directory: unknown): string {
  if (typeof directory === 'string' && directory !== '' && !directory.includes('\0')) return resolve(directory);
  const what = `\`directory\` must be a path, found ${showValue(directory)}`;
  throw new DatabaseError('INVALID_OPTION', what, { option: 'directory' });
}
