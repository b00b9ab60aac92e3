/**
 * The transactions that a restore to an earlier point leaves out, so that nobody takes the result for complete.
 *
 * Times of older versions could go back: what stands after the first later time is left out although some of it is
 * of an earlier one. `earlierCount` says of how many transactions that holds.
 */
import { DatabaseError } from '@nuthatch/model';
import type { FileSystem } from '../file-system/file-system.js';
import type { Manifest } from '../journal/manifest.js';
import type { PageCodecs } from '../journal/page-codecs.js';
import { JournalReader } from '../recovery/journal-reader.js';
import { storedDefinition } from '../recovery/stored-definition.js';
import { StoredDocuments } from '../recovery/stored-documents.js';

export interface LeftOut {
  readonly transactionCount: number;
  /** The first transaction that is left out, and the last that can be read. */
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** Their earliest and latest wall clock, in milliseconds since 1970. */
  readonly earliestTime: number;
  readonly latestTime: number;
  /** So many are not later than the time that was asked for; 0 where a seq was asked for. */
  readonly earlierCount: number;
}

export interface LeftOutInput {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  readonly codecs: PageCodecs;
  readonly manifest: Manifest;
  /** The last transaction that is restored. */
  readonly lastSeq: number;
  readonly atTime: number | undefined;
}

/** Reads what stands after the point, up to its end or to damage; undefined: nothing. I/O: the pages after the point. */
export async function findLeftOut(input: LeftOutInput): Promise<LeftOut | undefined> {
  const { fileSystem, directory, codecs, manifest, lastSeq, atTime = Number.NEGATIVE_INFINITY } = input;
  const documents = new StoredDocuments([], { define: storedDefinition });
  const reader = new JournalReader(fileSystem, directory, manifest.uuid, documents, codecs);
  let found: LeftOut | undefined;
  try {
    for await (const { seq, timeMs } of reader.read(manifest.pages, lastSeq, Number.MAX_SAFE_INTEGER)) {
      const before = found ?? { ...NONE, firstSeq: seq };
      found = {
        firstSeq: before.firstSeq,
        lastSeq: seq,
        transactionCount: before.transactionCount + 1,
        earliestTime: Math.min(before.earliestTime, timeMs),
        latestTime: Math.max(before.latestTime, timeMs),
        earlierCount: before.earlierCount + (timeMs <= atTime ? 1 : 0),
      };
    }
  } catch (error) {
    // A torn tail or damage: what stands after the point does not hinder the restore.
    if (!DatabaseError.is(error)) throw error;
  }
  return found;
}

const NONE = {
  transactionCount: 0,
  earliestTime: Number.POSITIVE_INFINITY,
  latestTime: Number.NEGATIVE_INFINITY,
  earlierCount: 0,
};
