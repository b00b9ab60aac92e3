/**
 * One transaction while its function runs: the writes so far, each with its undo.
 *
 * Writes are applied to memory at once; this object only remembers them. `unwindTo` takes the newest ones back, in
 * reverse order, so a statement that fails half way leaves nothing behind and the transaction can go on.
 */
import { DatabaseError } from '@nuthatch/model';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import type { ChangeOrigin, Effect, Effects, JournaledTransaction, SequenceEffect } from '../journal/effect.js';
import { JoinedCalls } from './joined-calls.js';
import { GAUGE_WRITE_COUNT, requireRoomFor, TransactionGauge } from './transaction-gauge.js';
import { type CommitOptions, checkWriteOptions } from './write-options.js';
import type { WriteRecord, WriteTarget, Written } from './write-record.js';

/** A command's name and arguments, journaled beside its effects. */
export interface CommandTrail {
  readonly name: string;
  readonly argumentsJson: string;
}

const NO_RECORDS: readonly WriteRecord[] = [];

/** Parts that only few transactions have: kept apart, so that the many are small. */
interface Extras {
  origin: ChangeOrigin;
  command: CommandTrail | undefined;
  readonly sequences: Map<CollectionDefinition, SequenceEffect>;
  /** The value of each sequence before the number of the write at `mark` was used, in order. */
  readonly usedNumbers: { readonly target: WriteTarget; readonly mark: number; readonly before: number }[];
  readonly effects: Effect[];
  readonly deferring: Set<WriteTarget>;
  /** Set when a call that joined this transaction failed: the whole must then fail with this error. */
  doom: { readonly error: unknown } | undefined;
  joined: JoinedCalls | undefined;
  /** A write that could not be taken back. */
  revertFailure: { readonly error: unknown; readonly target: WriteTarget } | undefined;
}

export class Transaction implements JournaledTransaction {
  /** The very record of a transaction that wrote once, as most do, or all of them; undefined before the first. */
  #written: WriteRecord | WriteRecord[] | undefined = undefined;
  #extras: Extras | undefined = undefined;
  #timeMs = 0;
  #hasMemoryOnly = false;
  #hasRows = false;
  #hasJournaled = false;
  #isEnded = false;
  readonly #limitBytes: number | undefined;
  #gauge: TransactionGauge | undefined = undefined;

  /**
   * @param isDeferring unique values may collide until the end, so that two documents can swap them.
   * @param limitBytes what the journal takes at most; undefined: any amount.
   */
  constructor(
    readonly isDeferring: boolean,
    limitBytes?: number,
  ) {
    this.#limitBytes = limitBytes;
  }

  /** One that has ended, of these writes: to take them back. */
  static ended(written: Written): Transaction {
    const transaction = new Transaction(false);
    transaction.#isEnded = true;
    if (!Array.isArray(written)) transaction.#written = written as WriteRecord;
    else if (written.length > 0) transaction.#written = [...(written as readonly WriteRecord[])];
    return transaction;
  }

  /** The writes so far, in order. */
  get records(): readonly WriteRecord[] {
    const written = this.#written;
    if (written === undefined) return NO_RECORDS;
    if (Array.isArray(written)) return written;
    const records = [written];
    this.#written = records;
    return records;
  }

  /** The writes of callers: rows of views, which follow them, are left out. */
  get ownRecords(): readonly WriteRecord[] {
    return this.#hasRows ? this.records.filter(({ target }) => !target.isDerived) : this.records;
  }

  /** The writes so far, for who keeps them: a single one without an array about it. */
  get written(): Written {
    return this.#written ?? NO_RECORDS;
  }

  get isEmpty(): boolean {
    return this.mark() === 0;
  }

  get origin(): ChangeOrigin {
    return this.#extras === undefined ? 'live' : this.#extras.origin;
  }

  set origin(origin: ChangeOrigin) {
    this.#needExtras().origin = origin;
  }

  get command(): CommandTrail | undefined {
    return this.#extras?.command;
  }

  set command(command: CommandTrail | undefined) {
    this.#needExtras().command = command;
  }

  /** Wall clock of the commit, epoch milliseconds; 0 until `end`. */
  get timeMs(): number {
    return this.#timeMs;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  get doom(): { readonly error: unknown } | undefined {
    return this.#extras?.doom;
  }

  /** Memory shows something still that was to be taken back: the database must take no more writes. */
  get revertFailure(): { readonly error: unknown; readonly target: WriteTarget } | undefined {
    return this.#extras?.revertFailure;
  }

  /** The calls that joined this transaction, if any did. */
  get joined(): JoinedCalls | undefined {
    return this.#extras?.joined;
  }

  /** True when it wrote nothing that a journal keeps. */
  get isMemoryOnly(): boolean {
    return !this.#hasJournaled;
  }

  /** Whether the journal gets it: for what it wrote, or for the command that it ran. */
  get isJournaled(): boolean {
    return this.#hasJournaled || this.command !== undefined;
  }

  /** Whether it wrote to a memory-only collection. Rows of views follow other writes, and do not count. */
  get hasMemoryOnly(): boolean {
    return this.#hasMemoryOnly;
  }

  /** Notes a write that is already applied. O(1). */
  add(record: WriteRecord): void {
    const written = this.#written;
    if (written === undefined) this.#written = record;
    else if (Array.isArray(written)) {
      if (written.push(record) % GAUGE_WRITE_COUNT === 0) this.#look(written);
    } else this.#written = [written, record];
    const { target } = record;
    if (!target.isMemoryOnly) this.#hasJournaled = true;
    else if (target.isDerived) this.#hasRows = true;
    else this.#hasMemoryOnly = true;
  }

  #look(written: readonly WriteRecord[]): void {
    if (this.#limitBytes === undefined) return;
    this.#gauge ??= new TransactionGauge(this.#limitBytes);
    this.#gauge.look(written);
  }

  /** Before a write is applied. @throws DatabaseError `TRANSACTION_TOO_LARGE` when what is written already cannot be committed. */
  requireRoom(): void {
    if (this.#gauge !== undefined) this.#gauge.requireRoom();
  }

  /** Before many documents are written; see `requireRoomFor`. @throws DatabaseError `TRANSACTION_TOO_LARGE`. */
  requireRoomFor(count: number, definition: CollectionDefinition, documentAt: (place: number) => object): void {
    if (this.#limitBytes !== undefined) requireRoomFor(this.#limitBytes, count, definition, documentAt);
  }

  /** Notes that numbers up to `value` are used up, by the write that was noted last; `before` were until then. */
  noteSequence(target: WriteTarget, definition: CollectionDefinition, value: number, before: number): void {
    this.#needExtras().usedNumbers.push({ target, mark: this.mark(), before });
    if (target.isMemoryOnly) return;
    this.#hasJournaled = true;
    this.#needExtras().sequences.set(definition, { kind: 'sequence', definition, value });
  }

  /** Notes effects for the journal that change nothing in memory and are announced to nobody. */
  noteEffects(effects: readonly Effect[]): void {
    this.#hasJournaled = true;
    this.#needExtras().effects.push(...effects);
  }

  /** Notes that a unique value has two holders for now; the target is asked again at the end. */
  defer(target: WriteTarget): void {
    this.#needExtras().deferring.add(target);
  }

  /** @throws DatabaseError `DUPLICATE_KEY` when a unique value still has two holders. */
  checkDeferred(): void {
    if (this.#extras !== undefined) for (const target of this.#extras.deferring) target.checkDeferred();
  }

  /** A point to unwind to: the count of writes so far. */
  mark(): number {
    const written = this.#written;
    if (written === undefined) return 0;
    return Array.isArray(written) ? written.length : 1;
  }

  /** Takes back every write after `mark`, newest first. */
  unwindTo(mark: number): void {
    const { records } = this;
    for (let index = records.length - 1; index >= mark; index--) {
      const record = records[index]!;
      try {
        record.target.revert(record);
      } catch (error) {
        this.#noteStuck(record, error);
      }
    }
    if (mark >= records.length) return;
    this.#written = mark === 0 ? undefined : records.slice(0, mark);
    this.#giveBackNumbers(mark);
    const left = this.records;
    this.#hasMemoryOnly = left.some(({ target }) => target.isMemoryOnly && !target.isDerived);
    this.#hasRows = left.some(({ target }) => target.isDerived);
    const { sequences, effects } = this.#extras ?? {};
    this.#hasJournaled =
      (sequences?.size ?? 0) > 0 || (effects?.length ?? 0) > 0 || left.some(({ target }) => !target.isMemoryOnly);
    this.#gauge = undefined;
  }

  /** Getters of the application are asked again when a write is taken back, and one has thrown: the others go on. */
  #noteStuck({ target }: WriteRecord, error: unknown): void {
    const extras = this.#needExtras();
    extras.revertFailure ??= { error, target };
    extras.doom ??= { error };
  }

  /** The numbers of writes that were taken back are free again, newest first. */
  #giveBackNumbers(mark: number): void {
    const extras = this.#extras;
    if (extras === undefined) return;
    const { usedNumbers, sequences } = extras;
    for (let used = usedNumbers.at(-1); used !== undefined && used.mark > mark; used = usedNumbers.at(-1)) {
      usedNumbers.pop();
      const { target, before } = used;
      target.revertSequence(before);
      const { definition } = target;
      if (!usedNumbers.some((other) => other.target === target)) sequences.delete(definition);
      else if (sequences.has(definition)) sequences.set(definition, { kind: 'sequence', definition, value: before });
    }
  }

  /** Marks the transaction as one that must fail: a joined call failed and its caller cannot have seen it. */
  markFailed(error: unknown): void {
    this.#needExtras().doom ??= { error };
  }

  /** Takes the options of the call that began it. @throws DatabaseError `INVALID_OPTION`, `ABORTED`. */
  takeOptions(options: CommitOptions): void {
    checkWriteOptions(options);
    if (options.origin !== undefined) this.origin = options.origin;
  }

  /** Takes the options of a write inside it: a stronger durability holds for the whole. @throws as `takeOptions`. */
  takeJoinedOptions(options: CommitOptions): void {
    checkWriteOptions(options);
    if (options.durability !== undefined) this.#needJoined().ask(options.durability);
  }

  /** The promise of a call that joined: it settles as this transaction does, with the call's own result. */
  join<T>(result: T): Promise<T> {
    return this.#needJoined().add(result);
  }

  end(timeMs: number): void {
    this.#isEnded = true;
    this.#timeMs = timeMs;
  }

  /**
   * Makes a transaction of one statement that has ended as new, for the next one: a waiting transaction keeps only its
   * writes.
   *
   * @returns false when it is to be left alone: calls that joined it, which leave extras, may still hold it.
   */
  renew(): boolean {
    if (this.#extras !== undefined) return false;
    this.#written = undefined;
    this.#timeMs = 0;
    this.#hasMemoryOnly = false;
    this.#hasRows = false;
    this.#hasJournaled = false;
    this.#isEnded = false;
    this.#gauge = undefined;
    return true;
  }

  /** @throws DatabaseError `TRANSACTION_ENDED` when its function has returned. */
  requireRunning(): void {
    if (this.#isEnded) {
      throw new DatabaseError('TRANSACTION_ENDED', 'a write used a transaction whose function has already returned');
    }
  }

  /** The journal's part: effects in order of writing, those of memory-only collections left out. */
  get effects(): Effects {
    const written = this.#written;
    const isAllJournaled = !this.#hasMemoryOnly && !this.#hasRows;
    if (written !== undefined && this.#extras === undefined && isAllJournaled) return written as Effects;
    const { records } = this;
    const writes = (
      !isAllJournaled ? records.filter((record) => !record.target.isMemoryOnly) : records
    ) as readonly Effect[];
    const extras = this.#extras;
    if (extras === undefined) return writes;
    return [...extras.sequences.values(), ...extras.effects, ...writes];
  }

  #needJoined(): JoinedCalls {
    const extras = this.#needExtras();
    extras.joined ??= new JoinedCalls();
    return extras.joined;
  }

  #needExtras(): Extras {
    this.#extras ??= {
      origin: 'live',
      command: undefined,
      sequences: new Map(),
      usedNumbers: [],
      effects: [],
      deferring: new Set(),
      doom: undefined,
      joined: undefined,
      revertFailure: undefined,
    };
    return this.#extras;
  }
}
