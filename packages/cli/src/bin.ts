#!/usr/bin/env node
/** The `nuthatch` command. */
import { runCli } from './cli.js';
import { deferOptimisation } from './defer-optimisation.js';

const args = process.argv.slice(2);
if (args[0] === 'generate' && !args.includes('--watch')) deferOptimisation();

runCli(args).then((exitCode) => {
  process.exitCode = exitCode;
});
