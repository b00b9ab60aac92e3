/**
 * One transaction while its function runs: the writes so far, each with its undo.
 *
 * Writes are applied to memory at once; this object only remembers them. `unwindTo` takes the newest ones back, in
 * reverse order, so a statement that fails half way leaves nothing behind and the transaction can go on.
 */
import { DatabaseError } from '@nuthatch/model';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import type { ChangeOrigin, Effect, SequenceEffect } from './effect.js';
import type { WriteRecord, WriteTarget } from './write-record.js';

/** A command's name and arguments, journaled beside its effects. */
export interface CommandTrail {
  readonly name: string;
  readonly argumentsJson: string;
}

const NO_EFFECTS: readonly Effect[] = [];
const NO_RECORDS: readonly WriteRecord[] = [];

export class Transaction {
  #records: WriteRecord[] | undefined;
  origin: ChangeOrigin = 'live';
  command: CommandTrail | undefined;
  #sequences: Map<CollectionDefinition, SequenceEffect> | undefined;
  #extraEffects: readonly Effect[] = NO_EFFECTS;
  #deferring: Set<WriteTarget> | undefined;
  #hasMemoryOnly = false;
  #hasJournaled = false;
  #isEnded = false;
  /** Set when a call that joined this transaction failed: the whole must then fail with this error. */
  #doom: { readonly error: unknown } | undefined;

  /** @param isDeferring unique values may collide until the end, so that two documents can swap them. */
  constructor(readonly isDeferring: boolean) {}

  /** The writes so far, in order. */
  get records(): readonly WriteRecord[] {
    return this.#records ?? NO_RECORDS;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  get doom(): { readonly error: unknown } | undefined {
    return this.#doom;
  }

  /** True when it wrote nothing that a journal keeps. */
  get isMemoryOnly(): boolean {
    return !this.#hasJournaled;
  }

  get hasMemoryOnly(): boolean {
    return this.#hasMemoryOnly;
  }

  /** Notes a write that is already applied. O(1). */
  add(record: WriteRecord): void {
    // Most transactions write once: a literal is of exact size, an array that is pushed to keeps room for 16 more.
    if (this.#records === undefined) this.#records = [record];
    else this.#records.push(record);
    if (record.target.isMemoryOnly) this.#hasMemoryOnly = true;
    else this.#hasJournaled = true;
  }

  /** Notes that numbers up to `value` are used up. */
  noteSequence(target: WriteTarget, definition: CollectionDefinition, value: number): void {
    if (target.isMemoryOnly) return;
    this.#hasJournaled = true;
    this.#sequences ??= new Map();
    this.#sequences.set(definition, { kind: 'sequence', definition, value });
  }

  /** Notes effects for the journal that change nothing in memory and are announced to nobody. */
  noteEffects(effects: readonly Effect[]): void {
    this.#hasJournaled = true;
    this.#extraEffects = [...this.#extraEffects, ...effects];
  }

  /** Notes that a unique value has two holders for now; the target is asked again at the end. */
  defer(target: WriteTarget): void {
    this.#deferring ??= new Set();
    this.#deferring.add(target);
  }

  /** @throws DatabaseError `DUPLICATE_KEY` when a unique value still has two holders. */
  checkDeferred(): void {
    if (this.#deferring !== undefined) for (const target of this.#deferring) target.checkDeferred();
  }

  /** A point to unwind to: the count of writes so far. */
  mark(): number {
    return this.records.length;
  }

  /** Takes back every write after `mark`, newest first. */
  unwindTo(mark: number): void {
    const records = this.#records;
    if (records === undefined) return;
    for (let index = records.length - 1; index >= mark; index--) {
      const record = records[index] as WriteRecord;
      record.target.revert(record);
    }
    records.length = mark;
  }

  /** Marks the transaction as one that must fail: a joined call failed and its caller cannot have seen it. */
  condemn(error: unknown): void {
    this.#doom ??= { error };
  }

  end(): void {
    this.#isEnded = true;
  }

  /** @throws DatabaseError `TRANSACTION_ENDED` when its function has returned. */
  requireRunning(): void {
    if (this.#isEnded) {
      throw new DatabaseError(
        'TRANSACTION_ENDED',
        'a write was tried through a transaction whose function has already returned',
      );
    }
  }

  /** What the journal gets: effects in order of writing, those of memory-only collections left out. */
  effects(): readonly Effect[] {
    const { records } = this;
    const writes = (
      this.#hasMemoryOnly ? records.filter((record) => !record.target.isMemoryOnly) : records
    ) as readonly Effect[];
    if (this.#sequences === undefined && this.#extraEffects.length === 0) return writes;
    return [...(this.#sequences?.values() ?? []), ...this.#extraEffects, ...writes];
  }
}
