/**
 * Tools for a database directory, for programs and for the command line: they need none of the user's code.
 *
 * All take one object: `directory` is what is read or worked on, `destination` what is made; a wrong name or type is
 * refused with `INVALID_OPTION`. `fileSystem` is the machine's own by default. Those that only read take no lock and may be used while another
 * process has the database open: they then see what was written so far.
 */
import { type BackupReport, copyDirectory } from '../checkpoint/backup.js';
import type { CompactionReport } from '../checkpoint/compaction.js';
import * as restore from '../checkpoint/restore.js';
import * as unpack from '../checkpoint/unpack-backup.js';
import { checkInput, type ShapeOf, STORAGE_SHAPE } from '../definition/checked-input.js';
import { directoryError } from '../file-system/directory-error.js';
import type { FileSystem } from '../file-system/file-system.js';
import { NodeFileSystem } from '../file-system/node-file-system.js';
import { type EncryptionOptions, type PageCodecName, PageCodecs } from '../journal/page-codecs.js';
import * as repair from '../recovery/repair.js';
import * as compaction from './compact-directory.js';
import * as dump from './dump.js';
import * as holder from './holder-of-directory.js';
import * as imports from './import-dump.js';
import * as inspect from './inspect-directory.js';
import * as read from './read-documents.js';
import * as verify from './verify-directory.js';

/** How files are stored and read that are not plain. */
export interface StorageOptions {
  /** How new files are stored. Default `plain`. */
  readonly pageCodec?: PageCodecName;
  /** Keys of encrypted files, and the one that new files get. */
  readonly encryption?: EncryptionOptions;
}

/** A tool's input; the file system may be left out. */
export type ToolInput<Input> = Omit<Input, 'fileSystem' | 'codecs'> &
  StorageOptions & { readonly fileSystem?: FileSystem };

type Tool<Input, Result> = (input: ToolInput<Input>) => Result;

/** A tool whose input is checked first, and whose errors of the file system have a code. */
function tool<Input extends { readonly fileSystem: FileSystem }, Result>(
  name: string,
  shape: ShapeOf<Input>,
  use: (input: Input) => Promise<Result>,
): Tool<Input, Promise<Result>> {
  return async (input) => {
    const prepared = prepare<Input>(name, shape, input);
    try {
      return await use(prepared);
    } catch (error) {
      throw directoryError(error, placeOf(input));
    }
  };
}

/** The same of a tool that gives one thing after the other. */
function sequence<Input extends { readonly fileSystem: FileSystem }, Item>(
  name: string,
  shape: ShapeOf<Input>,
  use: (input: Input) => AsyncGenerator<Item, void>,
): Tool<Input, AsyncGenerator<Item, void>> {
  return async function* (input) {
    const prepared = prepare<Input>(name, shape, input);
    try {
      yield* use(prepared);
    } catch (error) {
      throw directoryError(error, placeOf(input));
    }
  };
}

/** @throws DatabaseError `INVALID_OPTION`. */
function prepare<Input>(name: string, shape: ShapeOf<Input>, input: ToolInput<Input>): Input {
  checkInput(name, input, { ...shape, ...STORAGE_SHAPE });
  const { pageCodec, encryption, ...rest } = input;
  const codecs = new PageCodecs({ pageCodec, encryption });
  return { ...rest, codecs, fileSystem: input.fileSystem ?? new NodeFileSystem() } as unknown as Input;
}

function placeOf(input: object): string {
  const { directory, destination } = input as { readonly directory?: string; readonly destination?: string };
  return directory ?? destination ?? '';
}

const OF_DIRECTORY = { directory: 'path' } as const;
const BETWEEN_TWO = { directory: 'path', destination: 'path' } as const;

/** Reads and checks every byte. Changes nothing, takes no lock. See VerifyReport. */
export const verifyDirectory: (input: ToolInput<verify.VerifyInput>) => Promise<verify.VerifyReport> = tool(
  'verifyDirectory',
  { ...OF_DIRECTORY, onProgress: 'call?' },
  verify.verifyDirectory,
);

/** Pages, snapshots, frames, models with counts of documents. Changes nothing, takes no lock. */
export const inspectDirectory: (input: ToolInput<inspect.InspectInput>) => Promise<inspect.InspectReport> = tool(
  'inspectDirectory',
  OF_DIRECTORY,
  inspect.inspectDirectory,
);

/** The process that has a directory open, if any. Changes nothing, takes no lock. */
export const holderOfDirectory: (input: ToolInput<holder.HolderInput>) => Promise<holder.DirectoryHolder | undefined> =
  tool('holderOfDirectory', OF_DIRECTORY, holder.holderOfDirectory);

/** The transactions that pages still hold, with the commands behind them. Changes nothing, takes no lock. */
export const auditTrail: (
  input: ToolInput<inspect.InspectInput>,
) => AsyncGenerator<inspect.InspectedTransaction, void> = sequence('auditTrail', OF_DIRECTORY, inspect.auditTrail);

/** All documents as lines of JSON. Changes nothing, takes no lock. */
export const dumpDirectory: (input: ToolInput<dump.DumpInput>) => AsyncGenerator<string, void> = sequence(
  'dumpDirectory',
  { ...OF_DIRECTORY, collections: 'texts?', onProgress: 'call?' },
  dump.dumpDirectory,
);

/** All documents by collection. Changes nothing, takes no lock. */
export const readDocuments: (input: ToolInput<read.ReadDocumentsInput>) => Promise<read.DirectoryDocuments> = tool(
  'readDocuments',
  OF_DIRECTORY,
  read.readDocuments,
);

/** Makes a directory of the lines of a dump. */
export const importDump: (input: ToolInput<imports.ImportInput>) => Promise<imports.ImportReport> = tool(
  'importDump',
  { lines: 'lines', destination: 'path' },
  imports.importDump,
);

/** The options of a backup by tool: see `db.backup` for one of the process that has the database open. */
export interface BackupDirectoryInput {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  /** Missing, empty, or an earlier backup of the same database. */
  readonly destination: string;
}

/** Copies a directory, also one in use; a later copy to the same place brings only what is new. */
export const backupDirectory: (input: ToolInput<BackupDirectoryInput>) => Promise<BackupReport> = tool(
  'backupDirectory',
  BETWEEN_TWO,
  copyDirectory,
);

/** Makes a directory of what `db.backupTo` wrote to a stream. */
export const unpackBackup: (input: ToolInput<unpack.UnpackInput>) => Promise<unpack.UnpackReport> = tool(
  'unpackBackup',
  { stream: 'stream', destination: 'path' },
  unpack.unpackBackup,
);

/** Makes a directory with the state at a seq or time, from a backup or a directory in use. */
export const restoreDirectory: (input: ToolInput<restore.RestoreInput>) => Promise<restore.RestoreReport> = tool(
  'restoreDirectory',
  { ...BETWEEN_TWO, atSeq: 'positive?', atTime: 'time?' },
  restore.restoreDirectory,
);

/** Salvages a damaged directory into a new one. Takes the lock of both. */
export const repairDirectory: (input: ToolInput<repair.RepairInput>) => Promise<repair.RepairReport> = tool(
  'repairDirectory',
  BETWEEN_TWO,
  repair.repairDirectory,
);

/** Compacts a directory that nobody has open. Takes its lock. */
export const compactDirectory: (input: ToolInput<compaction.CompactDirectoryInput>) => Promise<CompactionReport> = tool(
  'compactDirectory',
  OF_DIRECTORY,
  compaction.compactDirectory,
);
