/**
 * The state of a replica, as records of its own database: written in the same frames as the documents.
 *
 *   replica               clientId, pinned server, and the number before the first that this client has sent
 *   cursor                seq of the server up to which the held shapes are complete
 *   shape/<name>          the grant that a shape is held complete under
 *   next, answered        number of the next transaction of the outbox, and of the last that was answered
 *   sweep                 documents of shapes that were given up may still be here
 *   adopting              the outbox waits until it has been compared with a restored server
 *   outbox/<number>       a transaction that the server has not answered
 *   range/<collection>    numbers of a sequence that may be given out here (key-ranges.ts)
 *   held/<collection>/<key>   a document that is checked out here (leases.ts)
 *   base/<collection>/<key>   the server's version of a document that the outbox changes
 *   behind/<number>/<collection>/<key>   the next unanswered transaction that changes the document too (pending-edits.ts)
 *   conflict/<number>     a transaction that the server did not accept
 *
 * All state is read from the records at each use: what a refused or failed transaction wrote of it is gone with it.
 */
import { randomUUID } from 'node:crypto';
import type {
  CarriedRelease,
  ReleaseState,
  ReleaseStep,
  StoreKey,
  SyncPort,
  SyncTransaction,
} from '@nuthatch/runtime/sync';
import { KeyRanges } from './key-ranges.js';
import { type Pending, PendingEdits } from './pending-edits.js';

export interface ReplicaRecord {
  readonly clientId: string;
  /** 32 hexadecimal digits; undefined before the first contact. */
  readonly uuid: string | undefined;
  /** 0: that of the next contact, whatever it is. */
  readonly incarnation: number;
  /** The server's mark in its history that this replica was told last, 32 hexadecimal digits. */
  readonly history?: string;
  /** Numbers go on when the replica becomes another client; the server counts each client's from 1. */
  readonly offset: number;
}

/** The bytes of a document, with the model they are of. */
export interface DocumentBytes {
  readonly fingerprint: string;
  readonly document: Uint8Array;
  readonly kept: Uint8Array;
}

export interface OutboxEffect {
  readonly kind: 'put' | 'delete';
  readonly collection: string;
  readonly key: StoreKey;
  readonly base: number;
  readonly after: number;
  readonly fence: number;
  readonly expiresAtMs: number;
  /** Undefined for a delete. */
  readonly bytes: DocumentBytes | undefined;
  /** The document before the transaction; undefined when there was none. */
  readonly before: DocumentBytes | undefined;
  /** What it did with releases; then `bytes` are the document after it, those of a draft that was given up too. */
  readonly step?: ReleaseStep;
  /** Of a step `lifetime`: the release with its state, and the state in its record before. */
  readonly changed?: { readonly release: number; readonly state: string; readonly before: string | undefined };
  /** Of a class with releases: what the document is after it. */
  readonly released?: ReleaseState;
}

/** Why a transaction is a conflict whatever the server says: it goes out empty, for its number. */
export interface LocalRefusal {
  readonly code: string;
  readonly message: string;
}

export interface OutboxEntry {
  readonly number: number;
  readonly effects: readonly OutboxEffect[];
  readonly refusal?: LocalRefusal;
}

export interface TakenRelease extends Omit<CarriedRelease, 'document'> {
  readonly bytes: DocumentBytes;
}

/** The server's version of a document with pending edits. */
export interface BaseRecord {
  readonly collection: string;
  readonly key: StoreKey;
  /** 0: the server has none, or none that the replica may see. */
  readonly revision: number;
  readonly expiresAtMs: number;
  readonly bytes: DocumentBytes | undefined;
  /** Of a class with releases: what the document is at the server. */
  readonly released?: ReleaseState;
  /** Releases that the server has sent since: the replica may have given their numbers to its own. */
  readonly taken?: readonly TakenRelease[];
  /** The unanswered transactions that change it. */
  readonly pending: Pending;
  /** The edits are not shown: something that the server sent stood in their way. */
  readonly isSuspended: boolean;
  /** Its value before a restored server was adopted. */
  readonly adopted?: { readonly revision: number; readonly bytes: DocumentBytes | undefined };
}

/** The server's version of a document; with its revision where the answer brought it and no shape of the replica holds it. */
export interface TheirBytes extends DocumentBytes {
  readonly revision?: number;
}

export interface ConflictRecord {
  readonly number: number;
  readonly code: string;
  readonly message: string;
  readonly effects: readonly OutboxEffect[];
  /** The server's versions when the answer came, one for each effect. */
  readonly theirs: readonly (TheirBytes | undefined)[];
  readonly timeMs: number;
}

const NUMBER_DIGITS = 16;

export class LocalState {
  readonly #port: SyncPort;
  readonly pending: PendingEdits;

  constructor(port: SyncPort) {
    this.#port = port;
    this.pending = new PendingEdits(port);
  }

  /** Makes the client's identity where there is none yet; what an earlier version has written is in today's form behind it. */
  async prepare(): Promise<void> {
    const bases = [...this.bases()].filter(({ pending }) => Array.isArray(pending));
    if (bases.length > 0)
      await this.#port.replicate((sync) => {
        for (const base of bases) this.setBase(sync, { ...base, pending: this.pending.linked(sync, base) });
      });
    if (this.#port.record('replica') !== undefined) return;
    const replica = { clientId: randomUUID(), uuid: undefined, incarnation: 0, offset: 0 };
    await this.#port.replicate((sync) => this.setReplica(sync, replica));
  }

  get replica(): ReplicaRecord {
    return this.#port.record('replica') as ReplicaRecord;
  }

  /** Another client of the same server: what it sends from now on counts from 1. */
  renew(sync: SyncTransaction, changes: Partial<ReplicaRecord> = {}): void {
    KeyRanges.forget(this.#port, sync);
    // The server knows leases of the earlier client only.
    for (const [name] of [...this.#port.records('held/')]) sync.setRecord(name, undefined);
    this.setReplica(sync, { ...this.replica, ...changes, clientId: randomUUID(), offset: this.answered });
  }

  /** Marks waiting transactions as refused, and all that rest on them. O(transactions marked). */
  refuse(sync: SyncTransaction, numbers: Iterable<number>, refusal: LocalRefusal): void {
    const marked = [...numbers];
    for (let number = marked.pop(); number !== undefined; number = marked.pop()) {
      const entry = this.entry(number);
      if (entry === undefined || entry.refusal !== undefined) continue;
      this.setEntry(sync, { ...entry, refusal });
      for (const { collection, key } of entry.effects) {
        const next = this.pending.behind(number, collection, key);
        if (this.restsOn(next, number, collection, key)) marked.push(next!);
      }
    }
  }

  /** Whether the edit of a document in one transaction was made on that in another. */
  restsOn(number: number | undefined, other: number, collection: string, key: StoreKey): boolean {
    if (number === undefined) return false;
    const effects = this.entry(number)?.effects ?? [];
    return effects.some((effect) => effect.after === other && effect.collection === collection && effect.key === key);
  }

  setReplica(sync: SyncTransaction, replica: ReplicaRecord): void {
    sync.setRecord('replica', replica);
  }

  get cursor(): number {
    return (this.#port.record('cursor') as number | undefined) ?? 0;
  }

  setCursor(sync: SyncTransaction, seq: number): void {
    if (seq > this.cursor) sync.setRecord('cursor', seq);
  }

  /** Everything has to come again. */
  resetCursor(sync: SyncTransaction): void {
    sync.setRecord('cursor', undefined);
    for (const name of this.heldShapes) this.setShapeHeld(sync, name, undefined);
  }

  isFlagged(name: 'sweep' | 'adopting'): boolean {
    return this.#port.record(name) === true;
  }

  setFlag(sync: SyncTransaction, name: 'sweep' | 'adopting', isSet: boolean): void {
    if (isSet !== this.isFlagged(name)) sync.setRecord(name, isSet ? true : undefined);
  }

  /** Number of the next transaction. */
  get next(): number {
    return (this.#port.record('next') as number | undefined) ?? 1;
  }

  /** Number of the last one that was answered; answers come in order. */
  get answered(): number {
    return (this.#port.record('answered') as number | undefined) ?? 0;
  }

  /** Transactions that wait for an answer. */
  get waitingCount(): number {
    return this.next - 1 - this.answered;
  }

  entry(number: number): OutboxEntry | undefined {
    return this.#port.record(outboxName(number)) as OutboxEntry | undefined;
  }

  addEntry(sync: SyncTransaction, entry: OutboxEntry): void {
    sync.setRecord(outboxName(entry.number), entry);
    sync.setRecord('next', entry.number + 1);
  }

  setEntry(sync: SyncTransaction, entry: OutboxEntry): void {
    sync.setRecord(outboxName(entry.number), entry);
  }

  removeEntry(sync: SyncTransaction, number: number): void {
    sync.setRecord(outboxName(number), undefined);
    sync.setRecord('answered', number);
  }

  base(collection: string, key: StoreKey): BaseRecord | undefined {
    return this.#port.record(baseName(collection, key)) as BaseRecord | undefined;
  }

  /**
   * False only where no document has pending edits: then so many need not be asked for one by one. O(records), where they
   * are fewer than those.
   */
  mayHaveBases(documentCount: number): boolean {
    return this.#port.recordCount > documentCount || this.bases().next().done !== true;
  }

  setBase(sync: SyncTransaction, base: BaseRecord): void {
    sync.setRecord(baseName(base.collection, base.key), base);
  }

  removeBase(sync: SyncTransaction, { collection, key }: BaseRecord): void {
    sync.setRecord(baseName(collection, key), undefined);
  }

  *bases(): IterableIterator<BaseRecord> {
    for (const [, base] of this.#port.records('base/')) yield base as BaseRecord;
  }

  /** The grant that a shape is held complete under, in hexadecimal digits; undefined when it is not. */
  heldUnder(name: string): string | undefined {
    return this.#port.record(`shape/${name}`) as string | undefined;
  }

  /** @param grant undefined: it is not held complete any more. */
  setShapeHeld(sync: SyncTransaction, name: string, grant: string | undefined): void {
    if (grant !== this.heldUnder(name)) sync.setRecord(`shape/${name}`, grant);
  }

  /** Names of the shapes that are held. */
  get heldShapes(): readonly string[] {
    return Array.from(this.#port.records('shape/'), ([name]) => name.slice('shape/'.length));
  }

  get conflicts(): readonly ConflictRecord[] {
    const found = Array.from(this.#port.records('conflict/'), ([, conflict]) => conflict as ConflictRecord);
    return found.sort((a, b) => a.number - b.number);
  }

  conflict(number: number): ConflictRecord | undefined {
    return this.#port.record(conflictName(number)) as ConflictRecord | undefined;
  }

  /** The user may see less of a collection: what conflicts show of the server's documents goes, the own edits stay. O(conflicts). */
  hideTheirs(sync: SyncTransaction, collection: string): void {
    for (const conflict of this.conflicts) {
      if (!conflict.effects.some((effect) => effect.collection === collection)) continue;
      const isHidden = (index: number): boolean => conflict.effects[index]?.collection === collection;
      const effects = conflict.effects.map((effect, index) =>
        isHidden(index) ? { ...effect, before: undefined } : effect,
      );
      const theirs = conflict.theirs.map((each, index) => (isHidden(index) ? undefined : each));
      this.setConflict(sync, conflict.number, { ...conflict, effects, theirs });
    }
  }

  setConflict(sync: SyncTransaction, number: number, conflict: ConflictRecord | undefined): void {
    sync.setRecord(conflictName(number), conflict);
  }
}

function outboxName(number: number): string {
  return `outbox/${String(number).padStart(NUMBER_DIGITS, '0')}`;
}

function conflictName(number: number): string {
  return `conflict/${String(number).padStart(NUMBER_DIGITS, '0')}`;
}

/** `1`, `'1'` and `1n` are three keys. */
function baseName(collection: string, key: StoreKey): string {
  return `base/${collection}/${(typeof key)[0]}${String(key)}`;
}
