/**
 * The command line as a whole: all verbs, wrong arguments, the exit code. The work of a verb is in its file of
 * commands/.
 */
import { Command, CommanderError } from 'commander';
import { addBackup } from './commands/backup.js';
import { addBench } from './commands/bench.js';
import { addClusterAdopt } from './commands/cluster/adopt.js';
import { addClusterDiff } from './commands/cluster/diff.js';
import { addClusterExport } from './commands/cluster/export.js';
import { addClusterImport } from './commands/cluster/import.js';
import { addClusterStatus } from './commands/cluster/status.js';
import { addClusterTruncate } from './commands/cluster/truncate.js';
import { addCompact } from './commands/compact.js';
import { addCompletion } from './commands/completion.js';
import { addCopy } from './commands/copy.js';
import { addDoctor } from './commands/doctor.js';
import { addDump } from './commands/dump.js';
import { addGenerate } from './commands/generate.js';
import { addImport } from './commands/import.js';
import { addImportModel } from './commands/import-model.js';
import { addInit } from './commands/init.js';
import { addInspect } from './commands/inspect.js';
import { addLoad } from './commands/load.js';
import { addCheck } from './commands/migrate/check.js';
import { addNew } from './commands/migrate/new.js';
import { addSquash } from './commands/migrate/squash.js';
import { addStatus } from './commands/migrate/status.js';
import { addUpAndDown } from './commands/migrate/up-and-down.js';
import { addQuery } from './commands/query.js';
import { addRepair } from './commands/repair.js';
import { addRestore } from './commands/restore.js';
import { addSchema } from './commands/schema.js';
import { addSeed } from './commands/seed.js';
import { addServe } from './commands/serve.js';
import { addStats } from './commands/stats.js';
import { addVerify } from './commands/verify.js';
import { EXIT, UsageError } from './exit-code.js';
import { CONSOLE, type Output } from './output.js';
import { CommandLine, printFailure } from './verb.js';
import { VERSION } from './version.js';

/** In the order in which `nuthatch --help` lists them. */
const VERBS = [
  addGenerate,
  addSchema,
  addInit,
  addDoctor,
  addBench,
  addVerify,
  addInspect,
  addStats,
  addQuery,
  addDump,
  addImport,
  addBackup,
  addRestore,
  addRepair,
  addCompact,
  addCopy,
  addLoad,
  addSeed,
  addServe,
  addClusterStatus,
  addClusterTruncate,
  addClusterDiff,
  addClusterAdopt,
  addClusterImport,
  addClusterExport,
  addImportModel,
  addStatus,
  addUpAndDown,
  addNew,
  addCheck,
  addSquash,
  addCompletion,
];

/** Runs one command line; answers the exit code, as exit-code.ts lists them. Never throws. */
export async function runCli(
  args: readonly string[],
  output: Output = CONSOLE,
  root: string = process.cwd(),
): Promise<number> {
  const isJson = args.includes('--json');
  const line = commandLine(output, root, isJson);
  try {
    refuseOddArguments(args);
    await line.program.parseAsync(args, { from: 'user' });
    return line.exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) return printFailure(error, isJson, output);
    // Commander throws for --help and --version too, with exit code 0; it has printed what there is to say.
    if (error.exitCode === 0) return EXIT.done;
    return isJson ? printFailure(usageErrorOf(error), isJson, output) : EXIT.usage;
  }
}

/** All verbs, ready to be given arguments. @param isJson the parser's own errors are left to who prints them as JSON. */
export function commandLine(output: Output, root: string, isJson: boolean = false): CommandLine {
  const program = new Command('nuthatch')
    .description('Typed repositories from decorated classes, and care for the databases they open.')
    .version(VERSION)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => output.out(text.trimEnd()),
      writeErr: (text) => {
        if (!isJson) output.err(text.trimEnd());
      },
    });
  const line = new CommandLine(program, output, root);
  for (const addVerb of VERBS) addVerb(line);
  return line;
}

/** A refusal of the parser, in the same form as every other refusal. */
function usageErrorOf({ code, message }: CommanderError): UsageError {
  return new UsageError('argument', code === 'commander.help' ? 'no verb is named' : message.replace(/^error: /, ''));
}

/** Empty names would mean the working directory, and a NUL no path at all. */
function refuseOddArguments(args: readonly string[]): void {
  const odd = args.find((argument) => argument === '' || argument.includes('\0'));
  if (odd === undefined) return;
  const what = `an argument is ${odd === '' ? 'empty' : 'not a valid name: it holds a NUL character'}`;
  throw new UsageError('argument', what);
}
