/** The verbs that copy to, load from and look into external databases. */
import type { Command } from 'commander';
import type { CopyArguments } from './commands/copy.js';
import type { ImportModelArguments } from './commands/import-model.js';
import type { LoadArguments } from './commands/load.js';
import type { VerbContext } from './verb.js';

export function addCopyVerbs({ program, output, root, run }: VerbContext): void {
  const verb = (name: string, description: string): Command =>
    program
      .command(name)
      .description(description)
      .option('--url-env <variable>', 'environment variable with the URL; it is never printed', 'DATABASE_URL')
      .option('--file <file>', 'file of a SQLite database, or of comma-separated text')
      .option('--schema <name>', 'schema of the tables')
      .option('--prefix <text>', 'put before the name of every table')
      .option('--json', 'print the result as JSON')
      .option('--config <file>', 'configuration file (default: nuthatch.config.ts, .js or .json)')
      .option('--generated <module>', 'the built generated code (default: looked for)');

  verb(
    'copy <target> <directory>',
    'copy a database to postgres, mysql, mariadb, sqlite or cassandra, or a collection to csv',
  )
    .option('--collections <name...>', 'only these collections')
    .option('--ddl', 'print the statements that make the tables, and do nothing')
    .option('--dry-run', 'compare the tables that are there; write nothing')
    .option('--replace', 'replace rows that another database wrote')
    .option('--verify <how>', 'checksum, count or none', 'checksum')
    .action(async (target: string, directory: string, options: CopyArguments) => {
      const { runCopy } = await import('./commands/copy.js');
      await run(options, () => runCopy(target, directory, options, output, root));
    });
  verb('load <source> <directory>', 'load the rows of an external database, or of csv, into a database nobody has open')
    .option('--collections <name...>', 'only these collections')
    .option('--table <name>', 'a table that Nuthatch did not write, for the one collection that is named')
    .option('--map <field=column...>', 'with --table or csv: fields whose column has another name')
    .option('--delimiter <character>', 'separator of the cells of csv (default: a comma)')
    .option('--conflict <policy>', 'what to do with keys that exist: fail, skip or overwrite', 'fail')
    .option('--rejected <file>', 'one JSON line for each row that is not loaded')
    .action(async (source: string, directory: string, options: LoadArguments) => {
      const { runLoad } = await import('./commands/load.js');
      await run(options, () => runLoad(source, directory, options, output, root));
    });
  verb('import-model <source>', 'write a decorated class for a table')
    .requiredOption('--table <name>', 'the table')
    .option('--class <name>', 'name of the class (default: made of the name of the table)')
    .option('--output <file>', 'write to this new file instead of standard output')
    .action(async (source: string, options: ImportModelArguments) => {
      const { runImportModel } = await import('./commands/import-model.js');
      await run(options, () => runImportModel(source, options, output, root));
    });
}
