/**
 * `mirror`: keeps an external database in step with the change feed of an open one.
 *
 *   positions of the target ─▶ of this history, complete, still in the journal?
 *        no  ─▶ copy afresh (and say so) ─┐
 *        yes ─────────────────────────────┴▶ changes since the position ─▶ whole transactions, in batches ─▶ apply
 *
 * On a transactional target rows and position change together, so each change counts exactly once whatever is killed;
 * on others a batch may be applied twice, to the same end. When the target does not answer, it waits and tries again
 * from the target's own position.
 */
import { DatabaseError } from '@nuthatch/model';
import type { Change } from '@nuthatch/runtime';
import { realTime, told, whenLive } from '@nuthatch/runtime/tools';
import { type OptionRule, requireMethods, requireOptions } from './argument-check.js';
import { BatchBound } from './batch-bound.js';
import type { CollectionShape } from './collection-shape.js';
import { COPY_RULES, copyTo, requireStore } from './copy.js';
import { type CopyPosition, completeAt, isUsable } from './copy-position.js';
import { type CopyableDatabase, chosenShapes, requireGetters, sourceOf } from './copy-source.js';
import type { ExternalStore, StoreChange } from './external-store.js';
import type { MirrorEvent, MirrorOptions, MirrorStatus } from './mirror-options.js';

const { collections, existing, verify, onProgress } = COPY_RULES;
const MIRROR_RULES = {
  ...{ collections, existing, verify, onProgress, onEvent: 'function' },
  ...{ batchChangeCount: 'whole number of 1 or more', retryMs: 'number of 0 or more' },
} as Readonly<Record<string, OptionRule>>;

const DEFAULT_BATCH_CHANGE_COUNT = 1_000;
const DEFAULT_RETRY_MS = 500;
const MAX_RETRY_MS = 30_000;

/** Starts to mirror at once. Stop it before the database is closed. @throws DatabaseError `INVALID_OPTION`. */
export function mirror(db: CopyableDatabase, store: ExternalStore, options: MirrorOptions = {}): Mirror {
  return new Mirror(db, store, options);
}

export class Mirror implements AsyncDisposable {
  readonly #db: CopyableDatabase;
  readonly #store: ExternalStore;
  readonly #options: MirrorOptions;
  readonly #shapes: ReadonlyMap<string, CollectionShape>;
  readonly #historyId: string;
  #reader: (AsyncIterableIterator<Change> & Disposable) | undefined;
  #state: MirrorStatus['state'] = 'copying';
  #appliedSeq: bigint | undefined;
  #oldestTimeMs: number | undefined;
  #waiters: { readonly seq: bigint; readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = [];
  /** Everything that was published is applied: nothing waits in the feed. */
  #isIdle = false;
  #isStopping = false;
  /** The feed no longer holds what comes after the target's position. */
  #isGone = false;
  /** A change holds a value that the target does not take. */
  #isRefused = false;
  #wake: (() => void) | undefined;
  /** Resolves when stopped; rejects with what it cannot go on after, such as `COPY_TARGET_MISMATCH`. */
  readonly done: Promise<void>;

  /** Use `mirror`. */
  constructor(db: CopyableDatabase, store: ExternalStore, options: MirrorOptions) {
    requireStore(store);
    requireOptions(options, MIRROR_RULES);
    requireMethods(db, 'db', ['flush', 'changes', 'snapshot']);
    this.#db = db;
    this.#store = store;
    this.#options = options;
    const { definitions, historyId } = sourceOf(db);
    const shapes = chosenShapes(definitions, options.collections, store.shapeOptions);
    const volatile = shapes.find(({ model }) => model.storage === 'memory');
    if (volatile !== undefined) {
      const what = `${volatile.model.collection} is kept in memory only and cannot be mirrored: its changes have no seq`;
      throw new DatabaseError('INVALID_OPTION', what, { option: 'collections' });
    }
    requireGetters(definitions, shapes);
    this.#historyId = historyId;
    this.#shapes = new Map(shapes.map((shape) => [shape.collection, shape]));
    this.done = this.#run();
    // A caller that awaits `done` or `caughtUp` gets the failure; nobody has to.
    this.done.catch(() => undefined);
  }

  status(): MirrorStatus {
    const appliedSeq = this.#appliedSeq;
    return {
      state: this.#state,
      appliedSeq,
      lagCount: Number(this.#db.seq - (appliedSeq ?? 0n)),
      lagMs: this.#oldestTimeMs === undefined ? 0 : Math.max(0, Date.now() - this.#oldestTimeMs),
    };
  }

  /** Resolves when the target holds everything that is durable now. Rejects when the mirror ends before. */
  async caughtUp(): Promise<void> {
    const { seq } = this.#db;
    await this.#db.flush();
    // The loop of #follow gets the published changes of the flush in this turn.
    await nextTurn();
    // The last transactions may have changed nothing that the feed tells of; then no change will ever be of this seq.
    if (this.#isIdle && (this.#appliedSeq ?? 0n) < seq) this.#applied(seq);
    if (this.#appliedSeq !== undefined && this.#appliedSeq >= seq) return;
    if (this.#state === 'stopped' || this.#state === 'failed') await this.#refuse();
    await new Promise<void>((resolve, reject) => this.#waiters.push({ seq, resolve, reject }));
  }

  /** Ends after the batch that is under way. Idempotent. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#reader?.[Symbol.dispose]();
    this.#wake?.();
    await this.done;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #run(): Promise<void> {
    let retryMs = this.#options.retryMs ?? DEFAULT_RETRY_MS;
    try {
      while (!this.#isStopping) {
        const before = this.#appliedSeq;
        try {
          await this.#follow(await this.#prepare());
          if (!this.#isStopping) break; // The database was closed: no more changes come.
        } catch (error) {
          if (DatabaseError.is(error, 'CHANGES_GONE')) {
            // The feed may say so only after its first look at the journal; or the mirror was too slow for it.
            this.#isGone = true;
            continue;
          }
          // The journal still holds the value, though the document may have changed since: only a copy tells.
          if (DatabaseError.is(error, 'COPY_VALUE_REFUSED') && this.#state === 'following') {
            this.#isRefused = true;
            continue;
          }
          if (!DatabaseError.is(error) || !error.retryable) throw error;
          if (this.#appliedSeq !== before) retryMs = this.#options.retryMs ?? DEFAULT_RETRY_MS;
          this.#state = 'retrying';
          this.#tell({ kind: 'retrying', error, afterMs: retryMs });
          await this.#pause(retryMs);
          retryMs = Math.min(retryMs * 2, MAX_RETRY_MS);
        }
      }
      this.#state = 'stopped';
      await this.#endWaiters(new DatabaseError('ABORTED', 'the mirror was stopped before it had caught up'));
    } catch (error) {
      this.#state = 'failed';
      await this.#endWaiters(error);
      throw error;
    }
  }

  /** Makes the target whole at some seq and answers it. */
  async #prepare(): Promise<bigint> {
    if (this.#isRefused) return this.#copy('refused');
    const positions = new Map((await this.#store.positions()).map((position) => [position.collection, position]));
    const own = [...this.#shapes.values()].map((shape) => positions.get(shape.collection));
    const shapes = [...this.#shapes.values()];
    const isWhole = own.every((position, index) => isUsable(position, shapes[index]!, this.#historyId));
    const seqs = new Set(own.map((position) => position?.seq));
    if (isWhole && seqs.size <= 1) {
      // An index's table that was dropped is filled by a copy only.
      if ((await this.#store.check(shapes)).some(({ kind }) => kind === 'missingTable')) return this.#copy('changed');
      const [since = 0n] = seqs;
      if (!this.#isGone && since <= this.#db.seq && (await this.#isInFeed(since))) return this.#applied(since);
      return this.#copy('gone');
    }
    return this.#copy(own.some((position) => position !== undefined) ? 'changed' : 'empty');
  }

  /** Whether the feed can go on from there: asking for its first change says so. */
  async #isInFeed(since: bigint): Promise<boolean> {
    using reader = this.#db.changes({ since });
    const first = reader.next();
    try {
      await Promise.race([first, nextTurn()]);
      return true;
    } catch (error) {
      if (DatabaseError.is(error, 'CHANGES_GONE')) return false;
      throw error;
    } finally {
      first.catch(() => undefined);
    }
  }

  async #copy(reason: 'empty' | 'changed' | 'gone' | 'refused'): Promise<bigint> {
    this.#state = 'copying';
    this.#tell({ kind: 'copying', reason });
    const { existing, verify, onProgress } = this.#options;
    const collections = [...this.#shapes.keys()];
    const report = await copyTo(this.#db, this.#store, { collections, existing, verify, onProgress });
    this.#isGone = false;
    this.#isRefused = false;
    this.#tell({ kind: 'copied', seq: report.seq });
    return this.#applied(report.seq);
  }

  async #follow(since: bigint): Promise<void> {
    this.#state = 'following';
    this.#tell({ kind: 'following', since });
    if (this.#isStopping) return;
    const reader = this.#db.changes({ since });
    this.#reader = reader;
    try {
      const most = this.#options.batchChangeCount ?? DEFAULT_BATCH_CHANGE_COUNT;
      let pending = reader.next();
      let result = await this.#orIdle(reader, pending);
      while (result.done !== true) {
        const batch: Change[] = [];
        let isFull = false;
        const bounds = new Map<string, BatchBound>();
        let isIdle = false;
        // Whole transactions: a batch ends when it is large enough and the next change is of another seq, or when
        // nothing waits; the changes of one transaction arrive together.
        while (result.done !== true) {
          const last = batch.at(-1);
          if (isFull && last !== undefined && last.seq !== result.value.seq) break;
          batch.push(result.value);
          isFull ||= batch.length >= most || this.#isFull(bounds, result.value);
          pending = reader.next();
          const next = await Promise.race([pending, nextTurn()]);
          isIdle = next === undefined;
          if (next === undefined) break;
          result = next;
        }
        await this.#apply(batch);
        if (isIdle) result = await this.#orIdle(reader, pending);
      }
    } finally {
      this.#reader = undefined;
      reader[Symbol.dispose]();
    }
  }

  /** Whether a batch holds bytes enough with this change. */
  #isFull(bounds: Map<string, BatchBound>, { collection, after }: Change): boolean {
    const shape = this.#shapes.get(collection);
    if (shape === undefined || after === undefined) return false;
    let bound = bounds.get(collection);
    if (bound === undefined) {
      bound = new BatchBound(shape, Number.POSITIVE_INFINITY);
      bounds.set(collection, bound);
    }
    return bound.add(after);
  }

  /** Awaits the next change; when none comes, all callers that wait for the present state are called. */
  async #orIdle<T>(reader: AsyncIterator<Change>, pending: Promise<T>): Promise<T> {
    let hasCome = false;
    const come = (): void => {
      hasCome = true;
    };
    pending.then(come, come);
    void whenLive(reader)
      .then(nextTurn)
      .then(() => {
        if (hasCome || this.#isStopping) return;
        this.#isIdle = true;
        for (const { seq } of this.#waiters) if (seq > (this.#appliedSeq ?? 0n)) this.#applied(seq);
      });
    try {
      return await pending;
    } finally {
      this.#isIdle = false;
    }
  }

  async #apply(batch: readonly Change[]): Promise<void> {
    const seq = batch.at(-1)?.seq;
    if (seq === undefined) return;
    this.#oldestTimeMs = batch[0]?.timeMs;
    const last = new Map<string, StoreChange>();
    for (const change of batch) {
      const shape = this.#shapes.get(change.collection);
      if (shape === undefined) continue;
      const key = keyOf(shape, change.key);
      // The last change of a document is what counts; deleting the entry first keeps the order of the feed.
      const id = `${change.collection} ${key.map((part) => `${typeof part}:${part instanceof Date ? part.getTime() : String(part)}`).join('\u0000')}`;
      last.delete(id);
      last.set(id, { shape, key, document: change.after, seq: change.seq });
    }
    const positions: CopyPosition[] = [...this.#shapes.values()].map((shape) =>
      completeAt(shape, this.#historyId, seq),
    );
    await this.#store.apply([...last.values()], positions);
    this.#oldestTimeMs = undefined;
    this.#applied(seq);
    this.#tell({ kind: 'applied', seq, changeCount: batch.length });
  }

  #applied(seq: bigint): bigint {
    this.#appliedSeq = seq;
    const waiting = this.#waiters;
    this.#waiters = waiting.filter((waiter) => waiter.seq > seq);
    for (const waiter of waiting) if (waiter.seq <= seq) waiter.resolve();
    return seq;
  }

  async #endWaiters(error: unknown): Promise<void> {
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
  }

  async #refuse(): Promise<never> {
    await this.done;
    throw new DatabaseError('ABORTED', 'the mirror was stopped before it had caught up');
  }

  async #pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = realTime.later(resolve, ms, true);
      this.#wake = () => {
        timer.cancel();
        resolve();
      };
      if (this.#isStopping) this.#wake();
    });
    this.#wake = undefined;
  }

  #tell(event: MirrorEvent): void {
    const { onEvent } = this.#options;
    if (onEvent !== undefined) told.tell(() => onEvent(event), told.warnOfListener);
  }
}

function keyOf(shape: CollectionShape, key: unknown): readonly unknown[] {
  if (shape.keyColumns.length === 1) return [key];
  return shape.keyColumns.map(({ field }) => (key as Readonly<Record<string, unknown>>)[field]);
}

function nextTurn(): Promise<undefined> {
  return realTime.turn().then(() => undefined);
}
