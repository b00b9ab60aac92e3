/** A shared journal in a directory, for `openDatabase({ journal })`: several processes of one host, no server. */
import { realpathSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { DatabaseError } from '@nuthatch/model';
import type { JoinedJournal, NodePlace, SharedJournal } from '@nuthatch/runtime/cluster';
import { ClusterJournal } from '../../cluster-journal.js';
import { aCount, type Check, JOURNAL_CHECKS, type JournalOptions, nodeOptions } from '../../journal-options.js';
import type { NodeOptions } from '../../node/node-parts.js';
import { requireOptions } from '../../option-check.js';
import { FileEngine } from './file-engine.js';

export interface FileJournalOptions extends JournalOptions {
  /** Where the journal is: on a disk of this host, made when it is missing. Not the directory of a database or a node. */
  readonly directory: string;
  /** Accepts a file system that may lose acknowledged writes. Default false. */
  readonly unsafe?: boolean;
  /** Longest time until a node sees another one's write when the file system's word of it is lost, in milliseconds. Default 200. */
  readonly pollMs?: number;
}

const CHECKS: Readonly<Record<keyof FileJournalOptions, Check>> = {
  ...JOURNAL_CHECKS,
  directory: (value) =>
    typeof value === 'string' && value !== '' && !value.includes('\0') ? undefined : 'the path of a directory',
  unsafe: (value) => (typeof value === 'boolean' ? undefined : 'true or false'),
  pollMs: aCount(1, 60_000),
};

/**
 * A journal in a directory that several processes of one host share.
 *
 * @throws DatabaseError `INVALID_OPTION`.
 */
export function fileJournal(options: FileJournalOptions): SharedJournal {
  requireOptions('fileJournal', options, CHECKS, ['directory'], []);
  const { unsafe = false, pollMs = 200 } = options;
  const directory = resolve(options.directory);
  const make = (): FileEngine => new FileEngine({ directory, isUnsafe: unsafe, pollMs });
  return new DirectoryJournal(make, directory, nodeOptions(options), options);
}

class DirectoryJournal extends ClusterJournal {
  readonly #directory: string;

  constructor(make: () => FileEngine, directory: string, options: NodeOptions, place: unknown) {
    super(make, options, ['files', directory, place]);
    this.#directory = directory;
  }

  /** @throws DatabaseError `DIRECTORY_UNUSABLE` for a copy that would lie in the journal, or the journal in it. */
  override async join(place: NodePlace): Promise<JoinedJournal> {
    const { directory } = place;
    if (directory !== undefined && (isWithin(directory, this.#directory) || isWithin(this.#directory, directory))) {
      const what = `${directory} is the node's copy, and ${this.#directory} the journal: give each a directory of its own`;
      throw new DatabaseError('DIRECTORY_UNUSABLE', what, { directory });
    }
    return super.join(place);
  }
}

function isWithin(inner: string, outer: string): boolean {
  const way = relative(realPath(outer), realPath(inner));
  return !(/^\.\.($|[\\/])/.test(way) || resolve(way) === way);
}

/** Where a path leads; the path itself where there is nothing yet. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}
