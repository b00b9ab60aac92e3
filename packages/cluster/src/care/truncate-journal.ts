/** Makes a journal short: an image of the whole database is stored in the engine, and frames that it covers go. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '@nuthatch/runtime';
import { NodeFileSystem, type SharedJournal } from '@nuthatch/runtime/cluster';
import type { ImageEntry, JournalUsage } from '../engine/journal-engine.js';
import { aCount, type Check } from '../journal-options.js';
import { toPlaceJson } from '../node/frame-place.js';
import { COPY_MARK_NAME } from '../node/node-copy.js';
import { streamed } from '../node/streamed.js';
import { requireOptions } from '../option-check.js';
import { requirePath } from './copy-status.js';
import { madeCopy } from './export-journal.js';
import { withWholeJournal } from './with-journal.js';
import { withWorkDirectory } from './work-directory.js';

export interface TruncateOptions {
  /** Frames that the image covers are kept for so long, in milliseconds. Default: as the journal says, one day. */
  readonly retentionMs?: number;
  /** How many bytes of such frames are kept at most. Default: as the journal says, 1 GiB. */
  readonly retentionBytes?: number;
}

export interface TruncateReport {
  /** The newest image; undefined: there is none, and nothing was removed. */
  readonly image: Pick<ImageEntry, 'position' | 'seq' | 'byteCount'> | undefined;
  readonly before: JournalUsage;
  readonly after: JournalUsage;
}

const CHECKS: Readonly<Record<keyof TruncateOptions, Check>> = {
  retentionMs: aCount(0, Number.MAX_SAFE_INTEGER),
  retentionBytes: aCount(0, 2 ** 50),
};

/**
 * Removes frames that the newest image covers, and that are too old or too many: what nodes with a directory do after each
 * image. Frames behind the image never go. A node that is further behind begins with the image when it is opened.
 *
 * @throws DatabaseError `INVALID_OPTION`, `JOURNAL_NOT_FOUND`, `JOURNAL_UNFINISHED`, `JOURNAL_UNREACHABLE`.
 */
export function truncateJournal(journal: SharedJournal, options: TruncateOptions = {}): Promise<TruncateReport> {
  return withWholeJournal(journal, async ({ engine }, cluster) => {
    requireOptions('truncateJournal', options, CHECKS, [], []);
    const { images } = cluster.options;
    const { retentionMs = images.retentionMs, retentionBytes = images.retentionBytes } = options;
    const image = await engine.newestImage();
    const before = await engine.usage();
    if (image === undefined) return { image, before, after: before };
    await engine.truncate({ upTo: image.position, retentionMs, retentionBytes });
    const { position, seq, byteCount } = image;
    return { image: { position, seq, byteCount }, before, after: await engine.usage() };
  });
}

/**
 * Stores an image of the journal as it is now: for journals whose nodes have no directory, and so store none. I/O: the
 * database is written to a directory of this machine, which goes again, and from there to the engine. Memory: all
 * documents as bytes.
 *
 * @param folder in which the directory is made. Default: that of the system's temporary files.
 * @returns undefined, with nothing stored, when there is an image of this very state, or a node is storing one.
 * @throws DatabaseError as `exportJournal`.
 */
export function storeImage(journal: SharedJournal, folder: string = tmpdir()): Promise<ImageEntry | undefined> {
  return withWholeJournal(journal, async ({ engine, uuid }) => {
    const place = join(requirePath(folder), `nuthatch-image-${uuid.slice(0, 8)}`);
    return withWorkDirectory(place, async (work) => {
      const directory = `${work}/copy`;
      const mark = await madeCopy(journal, directory);
      await new NodeFileSystem().remove(`${directory}/${COPY_MARK_NAME}`);
      const db = await openDatabase<object, object>([], { directory, compaction: 'manual' });
      try {
        await db.compact({ whole: true });
        const models = mark.models;
        return await engine.storeImage(
          { ...toPlaceJson(mark.place), models },
          streamed((stream) => db.backupTo(stream)),
        );
      } finally {
        await db.close();
      }
    });
  });
}
