/**
 * The inputs and outputs of the last run, by content hash: when nothing of it has changed there is nothing to do, and
 * the parser need not even be loaded. Kept in `.cache` of the nearest `node_modules`, or where the user's caches are
 * when there is none (Yarn's Plug'n'Play, a folder without packages); losing it costs one full run.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

interface CacheRecord {
  readonly key: string;
  readonly schemas: readonly string[];
  /** Hash by absolute path, of everything read and written. */
  readonly files: Readonly<Record<string, string>>;
  /** Paths that must not be there: a file would be read instead of one that was. */
  readonly absent: readonly string[];
  readonly documentCount: number;
}

/** The inputs of a run and its result. */
export interface FinishedRun {
  /** The text of everything it read and wrote. */
  readonly texts: Iterable<readonly [path: string, text: string]>;
  readonly absent: readonly string[];
  readonly documentCount: number;
}

export class InputCache {
  readonly #path: string;
  readonly #key: string;

  /** @param key whatever else the result depends on: versions and options. */
  constructor(root: string, key: string) {
    this.#path = join(cacheFolder(root), 'nuthatch', `${hashText(`${root}\n${key}`).slice(0, 16)}.json`);
    this.#key = key;
  }

  /** The number of documents when the last run's inputs and outputs are all as they were; else `undefined`. */
  unchanged(schemas: readonly string[]): number | undefined {
    const record = this.#read();
    if (!record?.absent || record.key !== this.#key || record.schemas.join('\n') !== schemas.join('\n'))
      return undefined;
    for (const [path, hash] of Object.entries(record.files))
      if (!existsSync(path) || hashFile(path) !== hash) return undefined;
    if (record.absent.some((path) => existsSync(path))) return undefined;
    return record.documentCount;
  }

  /** Notes a finished run. */
  store(schemas: readonly string[], { texts, absent, documentCount }: FinishedRun): void {
    const hashes = Object.fromEntries(Array.from(texts, ([path, text]) => [path, hashText(text)]));
    const text = JSON.stringify({
      key: this.#key,
      schemas,
      files: hashes,
      absent,
      documentCount,
    } satisfies CacheRecord);
    try {
      mkdirSync(dirname(this.#path), { recursive: true });
      writeFileSync(this.#path, text);
    } catch (error) {
      // A place that cannot be written costs the next run its time, and nothing else.
      if (!/^E(ACCES|PERM|ROFS|NOSPC|NOTDIR)$/.test((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }

  #read(): CacheRecord | undefined {
    if (!existsSync(this.#path)) return undefined;
    try {
      return JSON.parse(readFileSync(this.#path, 'utf8')) as CacheRecord;
    } catch (error) {
      if (error instanceof SyntaxError) return undefined; // torn by a crash: a full run writes it again
      throw error;
    }
  }
}

function cacheFolder(root: string): string {
  for (let folder = root; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'node_modules'))) return join(folder, 'node_modules', '.cache');
    if (folder === dirname(folder)) return process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  }
}

function hashFile(path: string): string {
  return hashText(readFileSync(path, 'utf8'));
}

function hashText(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
