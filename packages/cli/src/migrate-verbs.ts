import type { Command } from 'commander';
import type { CheckArguments } from './commands/migrate/check.js';
import type { MigrateArguments } from './commands/migrate/migrate-arguments.js';
import type { NewArguments } from './commands/migrate/new.js';
import type { RunArguments } from './commands/migrate/run.js';
import type { SquashArguments } from './commands/migrate/squash.js';
import { collect, type VerbContext } from './verb.js';

const GENERATED = 'built module of the generated code (default: looked for beside it and where tsconfig builds to)';

/** The verbs of `nuthatch migrate`. */
export function addMigrateVerbs({ program, output, root, run }: VerbContext): void {
  const migrate = program.command('migrate').description('migrations: write them, run them, check them');
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
    ['down', 'undo the last migration, or all after the given one; 0 undoes all'],
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
    .option('--rename <old:new>', 'a renamed field, or Class.old:new; repeatable', collect)
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
    .option('--sample <count>', 'try this many documents of each stored class (default: all)')
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
