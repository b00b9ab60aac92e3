/**
 * Tools for a database directory, for programs and for the command line: they need none of the user's code.
 *
 * All take `fileSystem`, by default the machine's own. Those that only read take no lock and may be used while another
 * process has the database open: they then see what was written so far.
 */
import { type BackupReport, copyDirectory } from '../checkpoint/backup.js';
import type { CompactionReport } from '../checkpoint/compaction.js';
import * as restore from '../checkpoint/restore.js';
import * as unpack from '../checkpoint/unpack-backup.js';
import type { FileSystem } from '../file-system/file-system.js';
import { NodeFileSystem } from '../file-system/node-file-system.js';
import { type EncryptionOptions, PageCodecs } from '../journal/page-codecs.js';
import * as repair from '../recovery/repair.js';
import * as compaction from './compact-directory.js';
import * as dump from './dump.js';
import * as imports from './import-dump.js';
import * as inspect from './inspect-directory.js';
import * as read from './read-documents.js';
import * as verify from './verify-directory.js';

/** How files are stored and read that are not plain. */
export interface StorageOptions {
  /** How new files are stored. Default `plain`. */
  readonly pageCodec?: 'plain' | 'compressed';
  /** Keys of encrypted files, and the one that new files get. */
  readonly encryption?: EncryptionOptions;
}

/** A tool's input; the file system may be left out. */
export type ToolInput<Input> = Omit<Input, 'fileSystem' | 'codecs'> &
  StorageOptions & { readonly fileSystem?: FileSystem };

function tool<Input extends { readonly fileSystem: FileSystem }, Result>(
  use: (input: Input) => Result,
): (input: ToolInput<Input>) => Result {
  return ({ pageCodec, encryption, ...input }) => {
    const codecs = new PageCodecs({ pageCodec, encryption });
    return use({ ...input, codecs, fileSystem: input.fileSystem ?? new NodeFileSystem() } as unknown as Input);
  };
}

/** Reads and checks every byte. Changes nothing, takes no lock. See VerifyReport. */
export const verifyDirectory: (input: ToolInput<verify.VerifyInput>) => Promise<verify.VerifyReport> = tool(
  verify.verifyDirectory,
);

/** Pages, snapshots, frames, models with counts of documents. Changes nothing, takes no lock. */
export const inspectDirectory: (input: ToolInput<inspect.InspectInput>) => Promise<inspect.InspectReport> = tool(
  inspect.inspectDirectory,
);

/** The transactions that pages still hold, with the commands behind them. Changes nothing, takes no lock. */
export const auditTrail: (
  input: ToolInput<inspect.InspectInput>,
) => AsyncGenerator<inspect.InspectedTransaction, void> = tool(inspect.auditTrail);

/** All documents as lines of JSON. Changes nothing, takes no lock. */
export const dumpDirectory: (input: ToolInput<dump.DumpInput>) => AsyncGenerator<string, void> = tool(
  dump.dumpDirectory,
);

/** All documents by collection. Changes nothing, takes no lock. */
export const readDocuments: (input: ToolInput<read.ReadDocumentsInput>) => Promise<read.DirectoryDocuments> = tool(
  read.readDocuments,
);

/** Makes a directory of the lines of a dump. */
export const importDump: (input: ToolInput<imports.ImportInput>) => Promise<imports.ImportReport> = tool(
  imports.importDump,
);

/** What a backup by tool needs: see `db.backup` for one of the process that has the database open. */
export interface BackupDirectoryInput {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  /** Missing, empty, or an earlier backup of the same database. */
  readonly destination: string;
}

/** Copies a directory, also one in use; a later copy to the same place brings only what is new. */
export const backupDirectory: (input: ToolInput<BackupDirectoryInput>) => Promise<BackupReport> = tool(copyDirectory);

/** Makes a directory of what `db.backupTo` wrote to a stream. */
export const unpackBackup: (input: ToolInput<unpack.UnpackInput>) => Promise<unpack.UnpackReport> = tool(
  unpack.unpackBackup,
);

/** Makes a directory with the state at a seq or time, from a backup or a directory in use. */
export const restoreDirectory: (input: ToolInput<restore.RestoreInput>) => Promise<restore.RestoreReport> = tool(
  restore.restoreDirectory,
);

/** Salvages a damaged directory into a new one. Takes the lock of both. */
export const repairDirectory: (input: ToolInput<repair.RepairInput>) => Promise<repair.RepairReport> = tool(
  repair.repairDirectory,
);

/** Compacts a directory that nobody has open. Takes its lock. */
export const compactDirectory: (input: ToolInput<compaction.CompactDirectoryInput>) => Promise<CompactionReport> = tool(
  compaction.compactDirectory,
);
