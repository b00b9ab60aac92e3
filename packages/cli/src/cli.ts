/** Arguments, exit codes and printing; what a verb does is in commands/, loaded when it is asked for. */
import { Command, CommanderError } from 'commander';
import type { GenerateArguments } from './commands/generate.js';
import type { InitArguments } from './commands/init.js';
import { addCopyVerbs } from './copy-verbs.js';
import { addDirectoryVerbs } from './directory-verbs.js';
import { EXIT, UsageError } from './exit-code.js';
import { addMigrateVerbs } from './migrate-verbs.js';
import { CONSOLE, type Output } from './output.js';
import { collect, type VerbContext, VerbRunner } from './verb.js';
import { VERSION } from './version.js';

/** Runs one command line; answers the exit code, as exit-code.ts lists them. Never throws. */
export async function runCli(
  args: readonly string[],
  output: Output = CONSOLE,
  root: string = process.cwd(),
): Promise<number> {
  const runner = commandLine(output, root);
  try {
    refuseOddArguments(args);
    await runner.program.parseAsync(args, { from: 'user' });
    return runner.exitCode;
  } catch (error) {
    // Commander throws for --help and --version too, with exit code 0; it has printed what there is to say.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    return runner.fail(error, args.includes('--json'));
  }
}

/** All verbs, ready to be given arguments. */
export function commandLine(output: Output, root: string): VerbRunner {
  const runner = new VerbRunner(programFor(output), output, root);
  addProjectVerbs(runner);
  addDirectoryVerbs(runner);
  addCopyVerbs(runner);
  addMigrateVerbs(runner);
  return runner;
}

function programFor(output: Output): Command {
  return new Command('nuthatch')
    .description('Typed repositories from decorated classes, and care for the databases they open.')
    .version(VERSION)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => output.out(text.trimEnd()),
      writeErr: (text) => output.err(text.trimEnd()),
    });
}

/** The verbs a project begins with. */
function addProjectVerbs({ program, output, root, run }: VerbContext): void {
  program
    .command('generate')
    .description('write repositories, codecs and validators for the document classes')
    .option('--watch', 'generate again whenever a source changes')
    .option('--check', 'write nothing; exit 1 when something would change')
    .option('--dry-run', 'write nothing; say what would change')
    .option('--json', 'print the result as JSON')
    .option('--force', 'overwrite generated files that were edited by hand')
    .option('--rename <old:new>', 'a renamed field, or Class.old:new; repeatable', collect)
    .option('--data <directory>', 'a database to take figures from (default: `data` of the configuration)')
    .option('--config <file>', 'configuration file (default: nuthatch.config.ts, .js or .json)')
    .action(async (options: GenerateArguments) => {
      const { runGenerate } = await import('./commands/generate.js');
      await run(options, () => runGenerate(options, output, root));
    });

  program
    .command('init')
    .description(
      'write what a project lacks: configuration, a first class, package.json, tsconfig.json, a first program',
    )
    .option('--schemas <folder>', 'folder of the document classes', 'schemas')
    .option('--output <folder>', 'folder of the generated code', 'generated')
    .option('--yes', 'answer yes to every question')
    .action(async (options: InitArguments) => {
      const { runInit } = await import('./commands/init.js');
      await run({}, () => runInit(options, output, root));
    });
}

/** Empty names would mean the working directory, and a NUL no path at all. */
function refuseOddArguments(args: readonly string[]): void {
  const odd = args.find((argument) => argument === '' || argument.includes('\0'));
  if (odd === undefined) return;
  const what = `an argument is ${odd === '' ? 'empty' : 'not a valid name: it holds a NUL character'}`;
  throw new UsageError('argument', what);
}
