/**
 * What the journal says, read by nobody but the checks: every frame is decoded as it lands, and applied to a plain map,
 * one transaction after the other. What must hold at every seq is checked there; nodes are compared with it.
 */
import {
  effectAt,
  effectCount,
  FrameTransactions,
  frameCrcSeed,
  fromHex,
  isSameChain,
  PLAIN_CODEC,
  readFrameHeader,
  type StoredModel,
  type StoredTransaction,
} from '@nuthatch/runtime/cluster';
import { StoredDocuments } from '../../runtime/src/recovery/stored-documents.js';
import { Breach } from './breach.js';
import { DEFINITIONS, type PlayerShown } from './models.js';
import type { LandedFrame, SimulatedLog } from './simulated-log.js';

/** Documents by collection and key, as text. */
export class State {
  readonly collections = new Map<string, Map<string | number, Readonly<Record<string, unknown>>>>();
  readonly #holders = new Map<string, string>();

  of(collection: string): Map<string | number, Readonly<Record<string, unknown>>> {
    let documents = this.collections.get(collection);
    if (documents === undefined) {
      documents = new Map();
      this.collections.set(collection, documents);
    }
    return documents;
  }

  get players(): ReadonlyMap<string, PlayerShown> {
    return this.of('player') as never;
  }

  /** @throws Breach where a rule does not hold at this seq. */
  apply({ seq, effects }: StoredTransaction): void {
    const count = effectCount(effects);
    for (let index = 0; index < count; index++) {
      const effect = effectAt(effects, index);
      if (effect.kind === 'sequence') continue;
      const { collection } = effect.definition.model;
      const documents = this.of(collection);
      const key = effect.key as string | number;
      const before = documents.get(key);
      if (effect.kind === 'delete') {
        if (before === undefined) throw new Breach('J6', `seq ${seq} deletes ${collection} ${key}, which is not there`);
        documents.delete(key);
        continue;
      }
      const after = { ...(effect.document as Readonly<Record<string, unknown>>) };
      if (collection === 'counter' && after['count'] !== ((before?.['count'] as number | undefined) ?? 0) + 1)
        throw new Breach('J3', `seq ${seq} counts from ${String(before?.['count'])} to ${String(after['count'])}`);
      if ((collection === 'trace' || collection === 'ticket') && before !== undefined)
        throw new Breach('J6', `seq ${seq} gives out the ${collection} ${key} for the second time`);
      documents.set(key, after);
    }
    this.#requireUnique(seq);
  }

  #requireUnique(seq: number): void {
    this.#holders.clear();
    for (const { id, email } of this.players.values()) {
      const other = this.#holders.get(email);
      if (other !== undefined) throw new Breach('J6', `at seq ${seq}, ${other} and ${id} both have ${email}`);
      this.#holders.set(email, id);
    }
  }

  holderOf(email: string): string | undefined {
    return this.#holders.get(email);
  }
}

export class History {
  readonly #log: SimulatedLog;
  readonly #frames: LandedFrame[] = [];
  /** By seq, from 1 on. */
  readonly transactions: StoredTransaction[] = [];
  /** Seq behind each frame, by position. */
  readonly #seqs: number[] = [0];
  readonly #chains: Uint8Array[] = [];
  readonly #traces = new Map<string, number>();
  readonly #documents = new StoredDocuments(DEFINITIONS[1]!);
  readonly #models: StoredModel[] = [];
  readonly #decoder = new FrameTransactions(
    this.#documents,
    'keep',
    async () => undefined,
    (model) => this.#models.push(model),
  );
  #state = new State();
  #stateSeq = 0;
  #reading: Promise<void> = Promise.resolve();
  /** The history ends here: a frame follows that no node can read. */
  poison: number | undefined;

  constructor(log: SimulatedLog) {
    this.#log = log;
  }

  get lastSeq(): number {
    return this.transactions.length;
  }

  /** Reads what has landed. */
  follow(): Promise<void> {
    this.#reading = this.#reading.then(() => this.#read());
    return this.#reading;
  }

  /** Seq of the write of this name; undefined: it did not take place. */
  seqOf(trace: string): number | undefined {
    return this.#traces.get(trace);
  }

  seqBehind(position: number): number {
    return this.#seqs[position]!;
  }

  /** The history as it was up to a position, which goes no further. */
  upTo(position: number): History {
    const shorter = new History(this.#log);
    shorter.#take(this, position);
    return shorter;
  }

  #take(other: History, position: number): void {
    this.#frames.push(...other.#frames.slice(0, position));
    this.#seqs.push(...other.#seqs.slice(1, position + 1));
    this.#chains.push(...other.#chains.slice(0, position));
    const lastSeq = this.#seqs[position]!;
    this.transactions.push(...other.transactions.slice(0, lastSeq));
    for (const [trace, seq] of other.#traces) if (seq <= lastSeq) this.#traces.set(trace, seq);
    for (const model of other.#models) {
      this.#models.push(model);
      this.#documents.add(model);
    }
  }

  /** The state at a seq. O(seqs from the last one that was asked for, or from the beginning). */
  at(seq: number): State {
    if (seq < this.#stateSeq) {
      this.#state = new State();
      this.#stateSeq = 0;
    }
    while (this.#stateSeq < seq) this.#state.apply(this.transactions[this.#stateSeq++]!);
    return this.#state;
  }

  /** No frame that landed has changed since. @throws Breach. */
  requireUnchanged(): void {
    for (const [index, frame] of this.#frames.entries())
      if (this.#log.frames[index] !== frame) throw new Breach('J1', `frame ${index + 1} is another one than before`);
  }

  async #read(): Promise<void> {
    const seed = frameCrcSeed(fromHex(this.#log.uuid!));
    while (this.#frames.length < this.#log.head && this.poison === undefined) {
      const position = this.#frames.length + 1;
      const frame = this.#log.frames[position - 1]!;
      const header = readFrameHeader(frame.bytes, seed);
      if (typeof header === 'string') throw new Breach('J1', `frame ${position} landed with ${header}`);
      if (header.frameId !== position || header.firstSeq !== this.lastSeq + 1)
        throw new Breach('J1', `frame ${position} landed as frame ${header.frameId} with seq ${header.firstSeq}`);
      const before = this.#chains.at(-1);
      if (before !== undefined && !isSameChain(before, header.previousChain))
        throw new Breach('J4', `frame ${position} landed behind another history`);
      for await (const transaction of this.#decoder.of(PLAIN_CODEC.decode(frame.bytes), header.firstSeq))
        this.#note(transaction);
      this.#frames.push(frame);
      this.#chains.push(header.chain);
      this.#seqs.push(this.lastSeq);
    }
  }

  #note(transaction: StoredTransaction): void {
    this.transactions.push(transaction);
    for (let index = 0; index < effectCount(transaction.effects); index++) {
      const effect = effectAt(transaction.effects, index);
      if (effect.kind === 'put' && effect.definition.model.collection === 'trace')
        this.#traces.set(effect.key as string, transaction.seq);
    }
    // What must hold at every seq is looked at when it is new.
    this.at(transaction.seq);
  }
}
