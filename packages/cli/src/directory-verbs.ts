/** The verbs for a database directory: none of them needs the project's code or configuration. */
import type { Command } from 'commander';
import type { DirectoryArguments } from './commands/directory-arguments.js';
import type { DumpArguments } from './commands/dump.js';
import type { ImportArguments } from './commands/import.js';
import type { InspectArguments } from './commands/inspect.js';
import type { RestoreArguments } from './commands/restore.js';
import type { VerbContext } from './verb.js';

export function addDirectoryVerbs({ program, output, root, run }: VerbContext): void {
  const progress = ['--progress', 'show progress on standard error, also without a terminal'] as const;
  const verb = (name: string, description: string, isWriting: boolean = false): Command => {
    const command = program
      .command(name)
      .description(description)
      .option('--json', 'print the result as JSON')
      .option('--key-file <file>', 'key of an encrypted database: 32 bytes, or 64 hexadecimal digits');
    if (!isWriting) return command;
    return command
      .option('--key-id <id>', 'with --key-file: name of the key that new files get')
      .option('--compressed', 'store new files compressed');
  };

  verb('verify <directory>', 'read every byte of a database; exit 1 when it is damaged')
    .option(...progress)
    .action(async (directory: string, options: DirectoryArguments) => {
      const { runVerify } = await import('./commands/verify.js');
      await run(options, () => runVerify(directory, options, output, root));
    });
  verb('inspect <directory>', 'pages, snapshots, models and counts of a database')
    .option('--frames', 'list the frames after the snapshot')
    .option('--commands', 'list the transactions, with the commands behind them')
    .action(async (directory: string, options: InspectArguments) => {
      const { runInspect } = await import('./commands/inspect.js');
      await run(options, () => runInspect(directory, options, output, root));
    });
  verb('dump <directory>', 'all documents as lines of JSON')
    .alias('export')
    .option('--collection <name...>', 'only these collections')
    .option('--output <file>', 'write to this new file instead of standard output')
    .option(...progress)
    .action(async (directory: string, options: DumpArguments) => {
      const { runDump } = await import('./commands/dump.js');
      await run(options, () => runDump(directory, options, output, root));
    });
  verb('import <directory>', 'make a database of the lines of a dump', true)
    .option('--input <file>', 'read this file instead of standard input')
    .option(...progress)
    .action(async (directory: string, options: ImportArguments) => {
      const { runImport } = await import('./commands/import.js');
      await run(options, () => runImport(directory, options, output, root));
    });
  verb('backup <directory> <destination>', 'copy a database, also one in use; again: only what is new').action(
    async (directory: string, destination: string, options: DirectoryArguments) => {
      const { runBackup } = await import('./commands/backup.js');
      await run(options, () => runBackup(directory, destination, options, output, root));
    },
  );
  verb('restore <from> <to>', 'a new directory with an earlier state, of a directory or a streamed backup', true)
    .option('--at <seq or time>', 'the last transaction to hold, or a time such as 2026-01-31T12:00:00Z')
    .action(async (from: string, to: string, options: RestoreArguments) => {
      const { runRestore } = await import('./commands/restore.js');
      await run(options, () => runRestore(from, to, options, output, root));
    });
  verb('repair <directory> <destination>', 'salvage a damaged database; exit 1 when anything was lost', true).action(
    async (directory: string, destination: string, options: DirectoryArguments) => {
      const { runRepair } = await import('./commands/repair.js');
      await run(options, () => runRepair(directory, destination, options, output, root));
    },
  );
  verb('compact <directory>', 'write a new snapshot and drop old pages of a database nobody has open', true).action(
    async (directory: string, options: DirectoryArguments) => {
      const { runCompact } = await import('./commands/compact.js');
      await run(options, () => runCompact(directory, options, output, root));
    },
  );
}
