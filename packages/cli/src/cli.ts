/** Arguments, exit codes and printing; what a verb does is in commands/, loaded when it is asked for. */
import { DatabaseError } from '@nuthatch/model';
import { Command, CommanderError } from 'commander';
import type { GenerateArguments } from './commands/generate.js';
import type { InitArguments } from './commands/init.js';
import { CONSOLE, type Output } from './output.js';
import { VERSION } from './version.js';

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
