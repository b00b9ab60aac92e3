/**
 * What the last run read and wrote, by content hash: when nothing of it has changed there is nothing to do, and the
 * parser need not even be loaded. Kept in `node_modules/.cache`; losing it costs one full run.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

interface CacheRecord {
  readonly key: string;
  readonly schemas: readonly string[];
  /** Hash by absolute path, of everything read and written. */
  readonly files: Readonly<Record<string, string>>;
  readonly documentCount: number;
}

export class InputCache {
  readonly #path: string;
  readonly #key: string;

  /** @param key whatever else the result depends on: versions and options. */
  constructor(root: string, key: string) {
    this.#path = join(root, 'node_modules', '.cache', 'nuthatch', `${hashText(key).slice(0, 16)}.json`);
    this.#key = key;
  }

  /** The number of documents when the last run's inputs and outputs are all as they were; else `undefined`. */
  unchanged(schemas: readonly string[]): number | undefined {
    const record = this.#read();
    if (!record || record.key !== this.#key || record.schemas.join('\n') !== schemas.join('\n')) return undefined;
    for (const [path, hash] of Object.entries(record.files))
      if (!existsSync(path) || hashFile(path) !== hash) return undefined;
    return record.documentCount;
  }

  /** Notes a finished run: the text of everything it read and wrote. */
  store(
    schemas: readonly string[],
    texts: Iterable<readonly [path: string, text: string]>,
    documentCount: number,
  ): void {
    const hashes = Object.fromEntries(Array.from(texts, ([path, text]) => [path, hashText(text)]));
    if (!existsSync(dirname(dirname(dirname(this.#path))))) return; // no node_modules: nowhere to keep it
    mkdirSync(dirname(this.#path), { recursive: true });
    writeFileSync(
      this.#path,
      JSON.stringify({ key: this.#key, schemas, files: hashes, documentCount } satisfies CacheRecord),
    );
  }

  #read(): CacheRecord | undefined {
    if (!existsSync(this.#path)) return undefined;
    try {
      return JSON.parse(readFileSync(this.#path, 'utf8')) as CacheRecord;
    } catch (error) {
      if (error instanceof SyntaxError) return undefined; // torn by a crash: a full run writes it anew
      throw error;
    }
  }
}

function hashFile(path: string): string {
  return hashText(readFileSync(path, 'utf8'));
}

function hashText(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
