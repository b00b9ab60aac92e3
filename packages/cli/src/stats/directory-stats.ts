/** Sizes and counts of a database, read from its files: what `nuthatch stats` prints. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DirectoryHolder, InspectReport } from '@nuthatch/runtime/tools';
import { tools } from '../packages.js';

type StatsInput = Parameters<typeof import('@nuthatch/runtime/tools')['inspectDirectory']>[0];

/** One collection; documents of all its models together. */
export interface CollectionFigures {
  readonly name: string;
  readonly documentCount: number;
  /** About how much memory the documents take, indexes left out. */
  readonly documentBytes: number;
  readonly indexNames: readonly string[];
  /** Models that its documents are of; more than one: `migrate up` has not run over all of them. */
  readonly modelCount: number;
}

/** The result: persistent, since scripts read it. */
export interface DirectoryStats {
  readonly directory: string;
  readonly timeMs: number;
  readonly isClosed: boolean;
  /** Null: nobody has it open, as far as the files say. */
  readonly holder: DirectoryHolder | null;
  readonly seq: number;
  readonly oldestSeq: number;
  readonly diskBytes: number;
  readonly pageCount: number;
  readonly snapshotCount: number;
  readonly snapshotBytes: number;
  readonly damageCount: number;
  /** Encrypted frames whose documents are not counted, since their key was not given. */
  readonly undecodedFrameCount: number;
  readonly collections: readonly CollectionFigures[];
}

/** Reads a directory, which may be in use. I/O: as opening it. @throws DatabaseError as `inspectDirectory`. */
export async function readStats(input: StatsInput): Promise<DirectoryStats> {
  const { holderOfDirectory, inspectDirectory } = tools();
  const report = await inspectDirectory(input);
  const { directory } = input;
  const holder = await holderOfDirectory({ directory });
  return {
    directory,
    timeMs: Date.now(),
    isClosed: report.isClosed,
    holder: holder ?? null,
    seq: report.lastSeq,
    oldestSeq: report.oldestSeq,
    diskBytes: report.diskBytes,
    pageCount: report.pages.length,
    snapshotCount: report.snapshots.length,
    snapshotBytes: report.snapshots.reduce((sum, { byteCount }) => sum + byteCount, 0),
    damageCount: report.damage.length,
    undecodedFrameCount: report.undecodedFrameCount,
    collections: collectionsOf(report),
  };
}

function collectionsOf({ models }: InspectReport): readonly CollectionFigures[] {
  const byName = new Map<string, CollectionFigures>();
  for (const { collection: name, documentCount, documentBytes, indexNames } of models) {
    // The engine's own: a class cannot have such a name.
    if (name.startsWith('$')) continue;
    const known = byName.get(name);
    byName.set(name, {
      name,
      documentCount: documentCount + (known?.documentCount ?? 0),
      documentBytes: documentBytes + (known?.documentBytes ?? 0),
      indexNames: [...new Set([...(known?.indexNames ?? []), ...indexNames])],
      modelCount: (documentCount > 0 ? 1 : 0) + (known?.modelCount ?? 0),
    });
  }
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Names, sizes and times of the files of the journal: another text once anything was written. */
export function fingerprintOf(directory: string): string {
  const names = readdirSync(directory).filter((name) => name.endsWith('.nut'));
  return names
    .map((name) => {
      const stats = statSync(join(directory, name), { throwIfNoEntry: false });
      return stats && `${name} ${stats.size} ${stats.mtimeMs}`;
    })
    .join('\n');
}
