/** Arguments, exit codes and printing; what a verb does is in commands/, loaded when it is asked for. */
import { DatabaseError } from '@nuthatch/model';
import { Command, CommanderError } from 'commander';
import type { GenerateArguments } from './commands/generate.js';
import type { InitArguments } from './commands/init.js';
import type { CheckArguments } from './commands/migrate/check.js';
import type { MigrateArguments } from './commands/migrate/migrate-arguments.js';
import type { NewArguments } from './commands/migrate/new.js';
import type { RunArguments } from './commands/migrate/run.js';
import type { SquashArguments } from './commands/migrate/squash.js';
import { addCopyVerbs } from './copy-verbs.js';
import { addDirectoryVerbs } from './directory-verbs.js';
import { CONSOLE, type Output } from './output.js';
import { VERSION } from './version.js';

const GENERATED = 'built module of the generated code (default: looked for beside it and where tsconfig builds to)';

/** The verbs of `nuthatch migrate`. */
function addMigrate(program: Command, output: Output, root: string, exit: (code: number) => void): void {
  const migrate = program.command('migrate').description('migrations: write them, run them, check them');
  const run = async (options: MigrateArguments, work: () => Promise<number>): Promise<void> => {
    try {
      exit(await work());
    } catch (error) {
      if (!options.json || !DatabaseError.is(error)) throw error;
      const { code, message, facts } = error;
      output.out(JSON.stringify({ error: { code, message, facts } }, undefined, 2));
      exit(1);
    }
  };
  const verb = (name: string, description: string): Command =>
    migrate
      .command(name)
      .description(description)
      .option('--config <file>', 'configuration file (default: nuthatch.config.ts, .js or .json)')
      .option('--data <directory>', 'directory of the database (default: `data` of the configuration)')
      .option('--json', 'print the result as JSON');

  /** One that reads a database. */
  const reading = (name: string, description: string): Command =>
    verb(name, description)
      .option('--generated <module>', GENERATED)
      .option('--key-file <file>', 'key of an encrypted database: 32 bytes, or 64 hexadecimal digits');

  reading('status', 'the migrations, and which of them the documents of a database wait for').action(
    async (options: MigrateArguments) => {
      const { runStatus } = await import('./commands/migrate/status.js');
      await run(options, () => runStatus(options, output, root));
    },
  );
  for (const [direction, description] of [
    ['up', "bring all documents to today's classes, or to the state after one migration"],
    ['down', 'take the last migration back, or all behind one; 0 takes all back'],
  ] as const) {
    reading(`${direction} [migration]`, description)
      .option('--key-id <id>', 'with --key-file: name of the key that new files get')
      .option('--compressed', 'store new files compressed')
      .option('--dry-run', 'write nothing; show documents before and after')
      .option('--backup <directory>', 'where the database is copied to first (default: beside it)')
      .option('--no-backup', 'make no copy')
      .action(async (target: string | undefined, options: RunArguments) => {
        const { runMigrate } = await import('./commands/migrate/run.js');
        await run(options, () => runMigrate(direction, target, options, output, root));
      });
  }
  verb('new [name]', 'write the migration that the changed classes need')
    .option('--rename <old:new>', 'a field that goes on under another name, or Class.old:new; repeatable', collect)
    .option('--database', 'write one that sees the whole database')
    .option('--dry-run', 'write nothing; say what would be written')
    .action(async (name: string | undefined, options: NewArguments) => {
      const { runNew } = await import('./commands/migrate/new.js');
      await run(options, () => runNew(name, options, output, root));
    });
  reading(
    'check',
    'exit 1 when a migration is missing, incomplete or leads nowhere, or when documents do not go through',
  )
    .option('--sample <count>', 'try so many documents of each stored class (default: all)')
    .action(async (options: CheckArguments) => {
      const { runCheck } = await import('./commands/migrate/check.js');
      await run(options, () => runCheck(options, output, root));
    });
  verb('squash <first> <last>', 'make one migration of several that follow each other')
    .option('--dry-run', 'write nothing; say what would be written')
    .action(async (first: string, last: string, options: SquashArguments) => {
      const { runSquash } = await import('./commands/migrate/squash.js');
      await run(options, () => runSquash(first, last, options, output, root));
    });
}

/** Gathers an option that is given several times. */
function collect(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value];
}

/** Runs one command line; answers the exit code: 0 done, 1 refused or out of date, 2 wrong usage. Never throws. */
export async function runCli(
  args: readonly string[],
  output: Output = CONSOLE,
  root: string = process.cwd(),
): Promise<number> {
  let exitCode = 0;
  const program = new Command('nuthatch')
    .description('Typed repositories from decorated classes, and care for the databases they open.')
    .version(VERSION)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => output.out(text.trimEnd()),
      writeErr: (text) => output.err(text.trimEnd()),
    });

  program
    .command('generate')
    .description('write repositories, codecs and validators for the document classes')
    .option('--watch', 'generate again whenever a source changes')
    .option('--check', 'write nothing; exit 1 when something would change')
    .option('--dry-run', 'write nothing; say what would change')
    .option('--json', 'print the result as JSON')
    .option('--force', 'overwrite generated files that were edited by hand')
    .option('--rename <old:new>', 'a field that goes on under another name, or Class.old:new; repeatable', collect)
    .option('--data <directory>', 'a database to take figures from (default: `data` of the configuration)')
    .option('--config <file>', 'configuration file (default: nuthatch.config.ts, .js or .json)')
    .action(async (options: GenerateArguments) => {
      const { runGenerate } = await import('./commands/generate.js');
      exitCode = await runGenerate(options, output, root);
    });

  program
    .command('init')
    .description('write nuthatch.config.ts and a first schema; nothing that exists is touched')
    .option('--schemas <folder>', 'folder of the document classes', 'schemas')
    .option('--output <folder>', 'folder of the generated code', 'generated')
    .action(async (options: InitArguments) => {
      const { runInit } = await import('./commands/init.js');
      exitCode = await runInit(options, output, root);
    });

  addDirectoryVerbs(program, output, root, (code) => {
    exitCode = code;
  });
  addCopyVerbs(program, output, root, (code) => {
    exitCode = code;
  });
  addMigrate(program, output, root, (code) => {
    exitCode = code;
  });

  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    // Commander throws for --help and --version too, with exit code 0; it has printed what there is to say.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    output.err(DatabaseError.is(error) ? error.message : String((error as Error).stack ?? error));
    return 1;
  }
}
