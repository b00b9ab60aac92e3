/**
 * What was seeded, in `seeds.json` of the database's directory: it goes where the directory goes, and no backup or restore
 * takes it for data. A seed that is run once too often replaces its own documents, so a record that is lost does no harm
 * beyond that.
 *
 *   { "version": 1, "seeds": { "seeds/player.json": { "hash": sha256, "timeMs": epoch ms } } }
 */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE = 'seeds.json';
const VERSION = 1;

interface SeededFile {
  readonly hash: string;
  readonly timeMs: number;
}

export class SeedRecord {
  readonly #path: string;
  #seeds: Readonly<Record<string, SeededFile>>;

  /** @param directory of the database. A record that cannot be read counts for none. */
  constructor(directory: string) {
    this.#path = join(directory, FILE);
    this.#seeds = this.#read();
  }

  /** When this very seed was run; undefined: never, or it has changed since. */
  timeOf(name: string, hash: string): number | undefined {
    const seeded = Object.hasOwn(this.#seeds, name) ? this.#seeds[name] : undefined;
    return seeded?.hash === hash ? seeded.timeMs : undefined;
  }

  /** To be called once its documents are durable. A crash before it leaves a seed that runs again. */
  note(name: string, hash: string): void {
    this.#write({ ...this.#seeds, [name]: { hash, timeMs: Date.now() } });
  }

  /** To be called before documents are deleted: a crash between must not leave a record of what is gone. */
  forget(): void {
    if (existsSync(this.#path)) this.#write({});
  }

  #read(): Readonly<Record<string, SeededFile>> {
    if (!existsSync(this.#path)) return {};
    try {
      const { version, seeds } = JSON.parse(readFileSync(this.#path, 'utf8')) as {
        readonly version?: number;
        readonly seeds?: Readonly<Record<string, SeededFile>>;
      };
      return version === VERSION && typeof seeds === 'object' && seeds !== null ? seeds : {};
    } catch (error) {
      if (error instanceof SyntaxError) return {};
      throw error;
    }
  }

  #write(seeds: Readonly<Record<string, SeededFile>>): void {
    this.#seeds = seeds;
    const begun = `${this.#path}.tmp`;
    const file = openSync(begun, 'w', 0o600);
    try {
      writeFileSync(file, `${JSON.stringify({ version: VERSION, seeds }, undefined, 2)}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(begun, this.#path);
  }
}
