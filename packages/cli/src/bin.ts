#!/usr/bin/env node
/** The `nuthatch` command. */
import { runCli } from './cli.js';

runCli(process.argv.slice(2)).then((exitCode) => {
  process.exitCode = exitCode;
});
