/** Shared by all verbs of `nuthatch cluster`: the flags that name a journal, and its parts in words. */
import type { Command } from 'commander';
import type { JournalArguments } from '../../cluster/named-journal.js';
import { CONFIG_FLAG, JSON_FLAG } from '../../flags.js';
import type { VerbOptions, VerbRegistry } from '../../verb.js';
import { bytesText, counted } from '../directory-arguments.js';

export interface ClusterArguments extends JournalArguments, VerbOptions {}

/** A verb of `nuthatch cluster`. */
export function clusterVerb({ program }: VerbRegistry, usage: string, description: string): Command {
  const cluster =
    program.commands.find((command) => command.name() === 'cluster') ??
    program
      .command('cluster')
      .description('journals that several nodes share: look at them, care for them, move in and out');
  return cluster
    .command(usage)
    .description(description)
    .option('--journal <name>', 'name of the journal (default: `journal` of the configuration)')
    .option(
      '--url-env <variable>',
      'environment variable with the URL of the engine; it is never printed',
      'DATABASE_URL',
    )
    .option('--schema <name>', 'schema of the tables, in PostgreSQL')
    .option(...JSON_FLAG)
    .option(...CONFIG_FLAG);
}

export const UNSAFE_FLAG = ['--unsafe', 'accept an engine that may lose acknowledged writes'] as const;

/** The newest image in words. */
export function imageText(image: {
  readonly position: number;
  readonly seq: number;
  readonly byteCount: number;
}): string {
  return `at frame ${image.position} (seq ${image.seq}), ${bytesText(image.byteCount)}`;
}

interface Frames {
  readonly oldest: number;
  readonly frameCount: number;
  readonly frameBytes: number;
}

/** The frames that are kept, in words. */
export function framesText({ oldest, frameCount, frameBytes }: Frames, head: number): string {
  if (frameCount === 0) return 'no frames are kept';
  return `frames ${oldest} to ${head} are kept: ${counted(frameCount, 'frame')}, ${bytesText(frameBytes)}`;
}
