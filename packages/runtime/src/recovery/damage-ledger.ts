/**
 * The damage of the pages: refuses at the first entry, or keeps book of it when salvage is asked for.
 */
import { DatabaseError } from '@nuthatch/model';
import { pageName } from '../journal/journal-format.js';
import type { Hole } from '../journal/manifest.js';
import type { RecoveryMode } from './page-list.js';
import type { LostRange } from './recovery-target.js';

/** Where a hole ends that reaches to the end of its page, whatever that is. */
export const END_OF_PAGE = Number.MAX_SAFE_INTEGER;

/** One stretch that is wrong. */
export interface Damage {
  readonly page: number;
  readonly offset: number;
  readonly endOffset: number;
  /** How much of it there is, or was; for the report. */
  readonly lostBytes: number;
  readonly reason: string;
}

export class DamageLedger {
  readonly #directory: string;
  readonly #mode: RecoveryMode;
  readonly #holes: Hole[];
  readonly #lost: LostRange[] = [];

  /** @param known holes that an earlier salvage has accepted. */
  constructor(directory: string, mode: RecoveryMode, known: readonly Hole[]) {
    this.#directory = directory;
    this.#mode = mode;
    this.#holes = [...known];
  }

  /** Known holes and new ones. */
  get holes(): readonly Hole[] {
    return this.#holes;
  }

  /** The damage that was met for the first time. */
  get lost(): readonly LostRange[] {
    return this.#lost;
  }

  /** The hole that begins at `offset`. O(holes). */
  holeAt(page: number, offset: number): Hole | undefined {
    return this.#holes.find((hole) => hole.page === page && hole.offset === offset);
  }

  /** All holes of a page. O(holes). */
  holesOf(page: number): readonly Hole[] {
    return this.#holes.filter((hole) => hole.page === page);
  }

  /** @throws DatabaseError `JOURNAL_DAMAGED` with file and offset, unless salvage is asked for. */
  refuse(page: number, offset: number, reason: string, cause?: DatabaseError): void {
    if (this.#mode === 'salvage') return;
    const file = this.#fileOf(page);
    const facts = { ...cause?.facts, file, offset, reason };
    throw new DatabaseError('JOURNAL_DAMAGED', `${file} at ${offset}: ${reason}`, facts, cause ? { cause } : {});
  }

  /** Notes a hole that is no loss of its own. */
  accept(hole: Hole): void {
    if (this.holeAt(hole.page, hole.offset) === undefined) this.#holes.push(hole);
  }

  /** Refuses like `refuse`, or notes the damage as a hole and as lost. */
  note(damage: Damage): void {
    const { page, offset, endOffset, lostBytes, reason } = damage;
    this.refuse(page, offset, reason);
    this.#holes.push({ page, offset, endOffset });
    this.#lost.push({ file: this.#fileOf(page), offset, byteCount: lostBytes, reason });
  }

  #fileOf(page: number): string {
    return `${this.#directory}/${pageName(page)}`;
  }
}
