#!/usr/bin/env node
/** The `nuthatch` command. */
import { runCli } from './cli.js';
import { unfinishedError } from './code-of-the-project.js';
import { keepCompiledCode } from './compile-cache.js';
import { EXIT } from './exit-code.js';
import { CONSOLE } from './output.js';
import { printFailure } from './verb.js';

/** 128 and the number of SIGPIPE, as a shell reports a program that a closed pipe ended. */
const BROKEN_PIPE_EXIT_CODE = 141;

const args = process.argv.slice(2);

// The reader of the output has closed its pipe (`nuthatch dump data | head`): what a pipe's closing means elsewhere.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(BROKEN_PIPE_EXIT_CODE);
});

// An error that nobody awaits ends the process with the same codes as an error of a verb.
process.on('uncaughtException', (error) => {
  process.exit(printFailure(error, args.includes('--json'), CONSOLE));
});

let isDone = false;

// Nobody may take a run that was cut off for one that has done its work.
process.on('exit', (exitCode) => {
  if (isDone || exitCode !== EXIT.done) return;
  process.exitCode = printFailure(unfinishedError(), args.includes('--json'), CONSOLE);
});

async function run(): Promise<void> {
  keepCompiledCode(process.cwd());
  if (args[0] === 'generate' && !args.includes('--watch')) {
    const { deferOptimisation } = await import('./defer-optimisation.js');
    deferOptimisation();
  }
  process.exitCode = await runCli(args);
  isDone = true;
}

void run();
