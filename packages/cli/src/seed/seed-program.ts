/** A seed that is a program: what it starts has to be done, and durable, before it counts as seeded. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { runCodeOf } from '../code-of-the-project.js';
import { importModule } from '../import-module.js';
import { type SeededDatabase, seedFailed } from './seed-documents.js';
import type { SeedFile } from './seed-files.js';

/**
 * Calls the function that the program exports by default with the open database.
 *
 * @throws DatabaseError `SEED_FAILED`, also when a promise that the program does not await is rejected.
 */
export async function runSeedProgram(db: SeededDatabase, file: SeedFile, tsconfig: string | undefined): Promise<void> {
  const work = await loadProgram(file, tsconfig);
  const rejections = new Rejections();
  try {
    await runCodeOf(file.name, () => Promise.race([work(db), rejections.first]));
    // A program may not have awaited its writes; what is noted as seeded must be durable.
    await db.flush();
    // Node tells of rejections that nobody awaits at the end of a turn.
    await Promise.race([nextTurn(), rejections.first]);
  } catch (error) {
    throw seedFailed(file, '', error);
  } finally {
    rejections.stop();
  }
}

type Program = (db: unknown) => unknown;

async function loadProgram(file: SeedFile, tsconfig: string | undefined): Promise<Program> {
  let work: unknown;
  try {
    const module = (await importModule(file.path, tsconfig)) as { default?: unknown };
    // Of a CommonJS module the default is all that it exports.
    work = (module.default as { readonly default?: unknown } | undefined)?.default ?? module.default;
  } catch (error) {
    throw seedFailed(file, '', error);
  }
  if (typeof work === 'function') return work as Program;
  throw seedFailed(file, '', 'it exports no function by default, such as `export default async (db) => { … }`');
}

/** Rejected promises that nobody handles, while a program runs. */
class Rejections {
  /** Rejects with the first of them. */
  readonly first: Promise<never>;
  readonly #listener: (reason: unknown) => void;

  constructor() {
    let reject: (reason: unknown) => void;
    this.first = new Promise<never>((_, refuse) => {
      reject = refuse;
    });
    // It is itself one that nobody may be waiting for.
    this.first.catch(() => undefined);
    this.#listener = (reason) => reject(reason);
    process.on('unhandledRejection', this.#listener);
  }

  stop(): void {
    process.off('unhandledRejection', this.#listener);
  }
}
