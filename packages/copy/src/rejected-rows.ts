/** The report of rows that were not loaded: one JSON object per line. */
import { type FileHandle, open } from 'node:fs/promises';
import { DatabaseError } from '@nuthatch/model';
import type { RejectedRow } from './load-options.js';

export class RejectedRows {
  readonly #file: FileHandle | undefined;

  private constructor(file: FileHandle | undefined) {
    this.#file = file;
  }

  /** Empties or makes the file; without a path nothing is kept. @throws DatabaseError `INVALID_OPTION`. */
  static async open(path: string | undefined): Promise<RejectedRows> {
    if (path === undefined) return new RejectedRows(undefined);
    try {
      return new RejectedRows(await open(path, 'w'));
    } catch (cause) {
      const what = `\`rejectedFile\` ${path} cannot be written`;
      throw new DatabaseError('INVALID_OPTION', what, { option: 'rejectedFile' }, { cause });
    }
  }

  get isOpen(): boolean {
    return this.#file !== undefined;
  }

  async add(row: RejectedRow): Promise<void> {
    await this.#file?.appendFile(`${JSON.stringify(row)}\n`);
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }
}
