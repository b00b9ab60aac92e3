/** Counts and samples of what a directory holds, read without the user's code: what a change of the models would meet. */

import { checkInput, STORAGE_SHAPE } from '../definition/checked-input.js';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import { withDirectoryErrors } from '../file-system/directory-error.js';
import type { FileSystem } from '../file-system/file-system.js';
import { NodeFileSystem } from '../file-system/node-file-system.js';
import { type PageCodecOptions, PageCodecs } from '../journal/page-codecs.js';
import type { StoredDocument } from '../journal/stored-document.js';
import { LastState } from '../recovery/last-state.js';
import { readDirectory } from '../recovery/read-directory.js';
import type { RecoveryTarget } from '../recovery/recovery-target.js';
import { readSteadily } from '../recovery/steady-read.js';
import type { StoreKey } from '../structures/store-key.js';

export interface CollectionCensus {
  readonly documentCount: number;
  /** Some documents, evenly spread over all; plain and frozen, as the model that wrote them has them. */
  readonly samples: readonly object[];
}

export interface CensusInput extends PageCodecOptions {
  readonly directory: string;
  /** Most samples of a collection. Default 1,000. */
  readonly sampleCount?: number;
  readonly fileSystem?: FileSystem;
}

/**
 * Reads all of a directory, which another process may have open, and changes nothing. I/O and time: as opening it; memory: all documents.
 *
 * @returns collection → what it holds.
 * @throws DatabaseError `DIRECTORY_UNUSABLE` when there is no database, `FORMAT_UNSUPPORTED`.
 */
export async function censusOfDirectory(input: CensusInput): Promise<ReadonlyMap<string, CollectionCensus>> {
  checkInput('censusOfDirectory', input, { directory: 'path', sampleCount: 'positive?', ...STORAGE_SHAPE });
  const { directory, sampleCount = 1_000, fileSystem = new NodeFileSystem() } = input;
  const place = { directory, fileSystem, codecs: new PageCodecs(input), isLocking: false };
  const { target } = await withDirectoryErrors(directory, () =>
    readSteadily(
      async () => {
        const target = new CountingTarget();
        return { target, report: await readDirectory({ ...place, target }) };
      },
      ({ report }) => [...report.lost, ...report.damagedSnapshots],
    ),
  );
  return new Map(
    Array.from(target.state.collections(), ([name, documents]) => [name, censusOf(documents, sampleCount)]),
  );
}

function censusOf(documents: ReadonlyMap<StoreKey, object>, sampleCount: number): CollectionCensus {
  const step = Math.max(1, Math.ceil(documents.size / sampleCount));
  const samples = [...documents.values()].filter((_, index) => index % step === 0);
  return { documentCount: documents.size, samples };
}

class CountingTarget implements RecoveryTarget {
  readonly state = new LastState<object>();

  put(stored: StoredDocument): void {
    this.state.put(stored, stored.document);
  }

  delete(definition: CollectionDefinition, key: StoreKey): void {
    this.state.delete(definition, key);
  }

  sequence(): void {}

  finish(): void {}
}
