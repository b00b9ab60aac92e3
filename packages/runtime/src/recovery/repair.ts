/**
 * Salvages a damaged directory into a new one. The damaged one is only read: whatever goes wrong, it is as it was.
 */
import { DatabaseError } from '@nuthatch/model';
import type { Effect } from '../commit/effect.js';
import type { FileSystem } from '../file-system/file-system.js';
import { type PageCodecs, PLAIN_CODECS } from '../journal/page-codecs.js';
import { openFileJournal } from './open-file-journal.js';
import { type DirectoryReport, KeepingTarget, readDirectory } from './read-directory.js';

const EFFECTS_PER_TRANSACTION = 500;

export interface RepairInput {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  /** Where to: must not exist, or be empty. */
  readonly destination: string;
  /** How the new files are stored, and the keys of the old ones. Default: plain, without keys. */
  readonly codecs?: PageCodecs;
}

export interface RepairReport extends DirectoryReport {
  readonly documentCount: number;
}

/**
 * Reads all that can be read and writes it as a new database: documents with revision and expiry, and sequences.
 * History is not kept: seqs begin at 1. Memory: all documents.
 *
 * @throws DatabaseError `DIRECTORY_UNUSABLE` when the destination is not empty; as `readDirectory` and `openFileJournal`.
 */
export async function repairDirectory(input: RepairInput): Promise<RepairReport> {
  const { fileSystem, directory, destination, codecs = PLAIN_CODECS } = input;
  await requireEmpty(fileSystem, destination);
  const state = new KeepingTarget();
  const report = await readDirectory({ fileSystem, directory, target: state, codecs });
  const { migrations = [] } = report.manifest;
  const opened = await openFileJournal({ directory: destination, fileSystem, definitions: [], migrations, codecs });
  await opened.recover(new KeepingTarget());
  const { journal } = opened;

  let effects: Effect[] = [];
  let documentCount = 0;
  const timeMs = Date.now();
  for (const { definition, value } of state.sequences()) effects.push({ kind: 'sequence', definition, value });
  for (const document of state.documents()) {
    effects.push({ kind: 'put', ...document });
    documentCount++;
    if (effects.length < EFFECTS_PER_TRANSACTION) continue;
    journal.append({ timeMs, effects }, 'os');
    effects = [];
    await journal.drained();
  }
  if (effects.length > 0) journal.append({ timeMs, effects }, 'os');
  await journal.close();
  return { ...report, documentCount };
}

/** A destination that holds anything is never written to. */
export async function requireEmpty(fileSystem: FileSystem, destination: string): Promise<void> {
  const stat = await fileSystem.stat(destination);
  if (!stat) return;
  const names = stat.kind === 'directory' ? await fileSystem.list(destination) : [];
  if (stat.kind === 'directory' && names.length === 0) return;
  const what = `${destination} is not an empty directory`;
  throw new DatabaseError('DIRECTORY_UNUSABLE', what, { directory: destination });
}
