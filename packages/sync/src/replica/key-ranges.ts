/**
 * Numbers that the server has granted, to be given out offline. A record holds the ranges; how far they are used is the
 * sequence of the collection itself, written in the same frame as the document that used a number.
 *
 * Two ranges are held, and another is asked for when half of the first is used. Messages that a cut loses on their way
 * are lost: there are enough numbers.
 */
import { DatabaseError } from '@nuthatch/model';
import { type Collection, type SyncPort, type SyncTransaction, soon } from '@nuthatch/runtime/sync';
import type { MessageOf } from '../protocol/messages.js';

export interface NumberRange {
  readonly first: number;
  readonly last: number;
}

export interface RangeParts {
  readonly port: SyncPort;
  /** Numbers in one range. */
  readonly rangeSize: number;
  ask(collection: string, count: number): Promise<MessageOf<'ranged'>>;
  onError(error: unknown): void;
}

const RECORDS = 'range/';

export class KeyRanges {
  readonly #parts: RangeParts;
  readonly #collections: readonly Collection[];
  /** Collections that a question is on its way for, with what resolves behind its answer. */
  readonly #asked = new Map<string, Promise<void>>();
  /** Collections that numbers were wanted of. */
  readonly #wanted = new Set<string>();
  /** Those that the server gives no numbers of, as far as this connection knows. */
  readonly #refused = new Set<string>();

  constructor(parts: RangeParts) {
    this.#parts = parts;
    this.#collections = [...parts.port.collections.values()].filter(
      ({ definition }) => definition.model.key.generate === 'sequence',
    );
    for (const collection of this.#collections)
      collection.sequenceGuide = {
        next: (last) => this.#next(collection, last),
        covers: (id) => this.#of(collection.name).some(({ first, last }) => first <= id && id <= last),
      };
  }

  /** A connection begins. @param held collections that a shape holds something of: these will want numbers. */
  begin(held: Iterable<string>): void {
    this.#refused.clear();
    for (const name of held) this.#wanted.add(name);
    this.refill();
  }

  /** Asks for what is missing, where the server can be asked. Cheap when nothing is. */
  refill(): void {
    for (const collection of this.#collections) {
      const { name } = collection;
      if (!this.#wanted.has(name) || this.#asked.has(name) || this.#refused.has(name)) continue;
      if (this.#leftOf(collection) * 2 <= this.#parts.rangeSize * 3) this.#ask(name);
    }
  }

  /** Resolves when every question is answered, or lost with its connection. */
  async settled(): Promise<void> {
    while (this.#asked.size > 0) await Promise.all(this.#asked.values());
  }

  get isSettled(): boolean {
    return this.#asked.size === 0;
  }

  /** Another client, or a server of another history: what was granted to the earlier one may be in use elsewhere. */
  static forget(port: SyncPort, sync: SyncTransaction): void {
    for (const [name] of [...port.records(RECORDS)]) sync.setRecord(name, undefined);
  }

  #ask(name: string): void {
    const { ask, rangeSize, onError } = this.#parts;
    const answered = ask(name, rangeSize)
      .then((ranged) => this.#take(name, ranged))
      .then((isGranted) => {
        this.#asked.delete(name);
        if (isGranted) this.refill();
        else this.#refused.add(name);
      })
      .catch((error: unknown) => {
        this.#asked.delete(name);
        if (!DatabaseError.is(error, 'SERVER_UNREACHABLE')) onError(error);
      });
    this.#asked.set(name, answered);
  }

  async #take(name: string, { first, count }: MessageOf<'ranged'>): Promise<boolean> {
    if (count === 0) return false;
    const { port } = this.#parts;
    await port.replicate((sync) => {
      const used = port.collections.get(name)?.lastInSequence ?? 0;
      const left = this.#of(name).filter(({ last }) => last > used);
      sync.setRecord(`${RECORDS}${name}`, [...left, { first, last: first + count - 1 }]);
    });
    return true;
  }

  #next(collection: Collection, used: number): number {
    const { name } = collection;
    for (const { first, last } of this.#of(name)) if (last > used) return Math.max(first, used + 1);
    this.#wanted.add(name);
    soon(() => this.refill());
    const what = `the replica has no number left for an id of ${name}`;
    throw new DatabaseError('KEY_RANGE_EXHAUSTED', what, { collection: name });
  }

  #leftOf({ name, lastInSequence: used }: Collection): number {
    return this.#of(name).reduce((sum, { first, last }) => sum + Math.max(0, last - Math.max(first - 1, used)), 0);
  }

  #of(name: string): readonly NumberRange[] {
    return (this.#parts.port.record(`${RECORDS}${name}`) as readonly NumberRange[] | undefined) ?? [];
  }
}
