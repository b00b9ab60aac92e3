/** Shared by the verbs for external databases: the flags that name the database, the configuration and the code. */
import type { Command } from 'commander';
import type { TargetArguments } from '../external-target.js';
import { CONFIG_FLAG, JSON_FLAG } from '../flags.js';
import type { VerbOptions, VerbRegistry } from '../verb.js';

export interface TargetVerbArguments extends TargetArguments, VerbOptions {
  readonly config?: string;
  readonly generated?: string;
}

/** A verb that copies to, loads from or looks into an external database. */
export function targetVerb({ program }: VerbRegistry, usage: string, description: string): Command {
  return program
    .command(usage)
    .description(description)
    .option('--url-env <variable>', 'environment variable with the URL; it is never printed', 'DATABASE_URL')
    .option('--file <file>', 'file of a SQLite database, or of comma-separated text')
    .option('--schema <name>', 'schema of the tables')
    .option('--prefix <text>', 'put before the name of every table')
    .option(...JSON_FLAG)
    .option(...CONFIG_FLAG)
    .option('--generated <module>', 'the built generated code (default: looked for)');
}
