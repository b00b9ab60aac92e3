/**
 * How processes that share a directory ask each other to let them write: each touches a file of its own, and the file
 * system tells the others. A hint, which may be lost: no call waits for it, and none fails by it.
 */
import { randomUUID } from 'node:crypto';
import { type FSWatcher, watch } from 'node:fs';
import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import type { JournalFiles } from './journal-files.js';

export class TurnRequests {
  readonly #files: JournalFiles;
  readonly #name = randomUUID();
  #watcher: FSWatcher | undefined;
  /** Called when another process asks. */
  onRequest: (() => void) | undefined;

  constructor(files: JournalFiles) {
    this.#files = files;
  }

  /** Hears of others from now on. Where the system has no more watches, this process hears of none. */
  begin(): void {
    if (this.#watcher !== undefined) return;
    try {
      this.#watcher = watch(this.#files.turns, { persistent: false }, (_, name) => {
        if (name !== this.#name) this.onRequest?.();
      });
      this.#watcher.on('error', () => this.#watcher?.close());
    } catch {
      // Then it writes in turn with the others by its own rules.
    }
  }

  request(): void {
    const path = join(this.#files.turns, this.#name);
    const now = new Date();
    fs.utimes(path, now, now)
      .catch(() => fs.writeFile(path, ''))
      .catch(() => undefined);
  }

  async end(): Promise<void> {
    this.#watcher?.close();
    await fs.rm(join(this.#files.turns, this.#name), { force: true }).catch(() => undefined);
  }
}
