/**
 * What a replica has to remember, as records of its own database: written in the same frames as the documents.
 *
 *   replica               clientId, pinned server, next number of the outbox
 *   cursor                seq of the server up to which the held shapes are complete
 *   shape/<name>          the grant that a shape is held complete under
 *   outbox/<number>       a transaction that the server has not answered
 *   base/<collection>/<key>   the server's version of a document that the outbox changes
 *   conflict/<number>     a transaction that the server did not accept
 *
 * All state is read from the records at each use: what a refused or failed transaction wrote of it is gone with it.
 */
import { randomUUID } from 'node:crypto';
import type { StoreKey, SyncPort, SyncTransaction } from '@nuthatch/runtime/sync';

export interface ReplicaRecord {
  readonly clientId: string;
  /** 32 hexadecimal digits; undefined before the first contact. */
  readonly uuid: string | undefined;
  readonly incarnation: number;
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
}

export interface OutboxEntry {
  readonly number: number;
  readonly effects: readonly OutboxEffect[];
}

/** The server's version of a document with pending edits. */
export interface BaseRecord {
  readonly collection: string;
  readonly key: StoreKey;
  /** 0: the server has none, or none that the replica may see. */
  readonly revision: number;
  readonly expiresAtMs: number;
  readonly bytes: DocumentBytes | undefined;
  /** Numbers of the unanswered transactions that change it, oldest first; never empty. */
  readonly pending: readonly number[];
  /** The edits are not shown: something that the server sent stood in their way. */
  readonly isSuspended: boolean;
}

export interface ConflictRecord {
  readonly number: number;
  readonly code: string;
  readonly message: string;
  readonly effects: readonly OutboxEffect[];
  /** The server's versions when the answer came, one for each effect. */
  readonly theirs: readonly (DocumentBytes | undefined)[];
  readonly timeMs: number;
}

const NUMBER_DIGITS = 16;

export class LocalState {
  readonly #port: SyncPort;

  constructor(port: SyncPort) {
    this.#port = port;
  }

  /** Makes the client's identity where there is none yet. */
  async prepare(): Promise<void> {
    if (this.#port.record('replica') !== undefined) return;
    await this.#port.replicate((sync) => this.renew(sync));
  }

  get replica(): ReplicaRecord {
    return this.#port.record('replica') as ReplicaRecord;
  }

  /** Another identity, as if the replica had never been in contact; the numbers of the outbox begin anew. */
  renew(sync: SyncTransaction): void {
    this.setReplica(sync, { clientId: randomUUID(), uuid: undefined, incarnation: 0 });
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

  removeEntry(sync: SyncTransaction, number: number): void {
    sync.setRecord(outboxName(number), undefined);
    sync.setRecord('answered', number);
  }

  base(collection: string, key: StoreKey): BaseRecord | undefined {
    return this.#port.record(baseName(collection, key)) as BaseRecord | undefined;
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
