/**
 * Who may edit which documents for a time. A lease is a record of the server's journal: it survives restarts of both sides.
 * Its fence is the seq of the transaction that granted it, so fences only grow, and an edit under an earlier one is refused.
 * Time is this server's clock alone.
 */
import { DatabaseError } from '@nuthatch/model';
import type { Subscription } from '@nuthatch/runtime';
import type { Collection, DocumentChange, StoreKey, SyncPort, SyncTransaction } from '@nuthatch/runtime/sync';

export interface LeaseRecord {
  readonly collection: string;
  readonly key: StoreKey;
  readonly clientId: string;
  readonly user: string;
  readonly fence: number;
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** A client that asks, and what it is. */
export interface LeaseHolder {
  readonly clientId: string;
  readonly user: string;
}

export type LeaseEnding = 'broken' | 'overridden';

export interface LeaseEvent {
  /** `overridden`: code of the server changed the document; the lease stays. */
  readonly kind: 'granted' | 'renewed' | 'ended' | LeaseEnding;
  readonly lease: LeaseRecord;
}

const RECORDS = 'lease/';

export class Leases {
  readonly #port: SyncPort;
  readonly #maxLeaseMs: number;
  readonly #tell: (event: LeaseEvent) => void;
  /** Seqs of transactions that holders made under their leases. */
  readonly #ownSeqs = new Set<number>();
  readonly #subscription: Subscription;

  /** @param tell is told of every event, holders and listeners alike. */
  constructor(port: SyncPort, maxLeaseMs: number, tell: (event: LeaseEvent) => void) {
    this.#port = port;
    this.#maxLeaseMs = maxLeaseMs;
    this.#tell = tell;
    this.#subscription = port.subscribe((changes) => this.#heard(changes));
  }

  /** Those that have not ended, oldest first; of one collection, or of all. O(records of sync). */
  live(collection?: string): readonly LeaseRecord[] {
    const nowMs = this.#port.nowMs();
    const found = this.#all()
      .map(([, lease]) => lease)
      .filter((lease) => lease.untilMs > nowMs && (collection === undefined || lease.collection === collection));
    return found.sort((a, b) => a.fence - b.fence);
  }

  of(collection: string, key: StoreKey): LeaseRecord | undefined {
    const lease = this.#port.record(nameOf(collection, key)) as LeaseRecord | undefined;
    return lease !== undefined && lease.untilMs > this.#port.nowMs() ? lease : undefined;
  }

  /**
   * Leases all of the documents to one client, or none. A lease that the client has of one already is replaced.
   *
   * @throws DatabaseError `LEASE_HELD` when another client has one; `INVALID_OPTION` for a time that is over or too far.
   */
  async grant(
    collection: Collection,
    keys: readonly StoreKey[],
    holder: LeaseHolder,
    untilMs: number,
  ): Promise<LeaseRecord[]> {
    this.#requireTime(untilMs);
    const { name } = collection;
    const granted = await this.#port.replicate((sync) => {
      // In the transaction: another node may have granted one meanwhile, and then this runs again.
      this.#requireNoOther(collection, keys, holder);
      // Numbered by the call itself: the next seq is this transaction's.
      const fence = this.#port.lastSeq + 1;
      for (const gone of this.#over()) sync.setRecord(gone, undefined);
      return keys.map((key) => {
        const lease = { collection: name, key, ...holder, fence, sinceMs: this.#port.nowMs(), untilMs };
        sync.setRecord(nameOf(name, key), lease);
        return lease;
      });
    });
    for (const lease of granted) this.#tell({ kind: 'granted', lease });
    return granted;
  }

  #requireNoOther(collection: Collection, keys: readonly StoreKey[], { clientId }: LeaseHolder): void {
    const { name } = collection;
    for (const key of keys) {
      const other = this.of(name, key);
      if (other === undefined || other.clientId === clientId) continue;
      const what = `${other.user} has checked out this document of ${name} until ${new Date(other.untilMs).toISOString()}`;
      throw new DatabaseError('LEASE_HELD', what, {
        collection: name,
        key: collection.publicKey(key),
        user: other.user,
      });
    }
  }

  /** @throws DatabaseError `LEASE_ENDED`, `INVALID_OPTION`. */
  async renew(fence: number, clientId: string, untilMs: number): Promise<readonly LeaseRecord[]> {
    const leases = this.#held(fence, clientId);
    if (leases.every((lease) => lease.untilMs === untilMs)) return leases;
    this.#requireTime(untilMs);
    const renewed = leases.map((lease) => ({ ...lease, untilMs }));
    await this.#set(renewed);
    for (const lease of renewed) this.#tell({ kind: 'renewed', lease });
    return renewed;
  }

  /** The client gives all of a lease back. @throws DatabaseError `LEASE_ENDED`. */
  async end(fence: number, clientId: string): Promise<readonly LeaseRecord[]> {
    const leases = this.#held(fence, clientId);
    await this.#remove(leases, 'ended');
    return leases;
  }

  /** Ends the lease of a document, whoever has it. @returns whether there was one. */
  async break(collection: string, key: StoreKey): Promise<boolean> {
    const lease = this.of(collection, key);
    if (lease === undefined) return false;
    await this.#remove([lease], 'broken');
    return true;
  }

  /**
   * Ends all leases of a client. @param also is written in the same transaction. @returns whether there was one.
   */
  async breakOf(clientId: string, also: (sync: SyncTransaction) => void): Promise<boolean> {
    const leases = this.#all()
      .map(([, lease]) => lease)
      .filter((lease) => lease.clientId === clientId);
    await this.#remove(leases, 'broken', also);
    return leases.length > 0;
  }

  /**
   * Whether a client may change a document that is there.
   *
   * @param fence of the lease that the edit was made under; 0: none.
   * @throws DatabaseError `NOT_CHECKED_OUT`, `LEASE_ENDED`, `LEASE_HELD`.
   */
  requireMayEdit(collection: Collection, key: StoreKey, clientId: string, fence: number): void {
    const { name, definition } = collection;
    const lease = this.of(name, key);
    const facts = { collection: name, key: collection.publicKey(key) };
    if (fence > 0) {
      if (lease?.fence === fence && lease.clientId === clientId) return;
      throw new DatabaseError(
        'LEASE_ENDED',
        `the lease that this document of ${name} was edited under has ended`,
        facts,
      );
    }
    if (lease !== undefined && lease.clientId !== clientId)
      throw new DatabaseError('LEASE_HELD', `${lease.user} has checked out this document of ${name}`, facts);
    if (definition.model.sync === 'checkOut')
      throw new DatabaseError('NOT_CHECKED_OUT', `this document of ${name} was edited without a lease`, facts);
  }

  /** @throws DatabaseError `LEASE_HELD` when a write is to a document that is checked out. */
  requireFree(writes: readonly { readonly target: { readonly name: string }; readonly key: StoreKey }[]): void {
    for (const { target, key } of writes) {
      const lease = this.of(target.name, key);
      if (lease === undefined) continue;
      const what = `${lease.user} has checked out this document of ${target.name}`;
      throw new DatabaseError('LEASE_HELD', what, { collection: target.name, user: lease.user });
    }
  }

  /** @throws DatabaseError `LEASE_HELD` when another client has checked out a document that is to go or change along. */
  requireMayFollow({ name }: { readonly name: string }, key: StoreKey, clientId: string): void {
    const lease = this.of(name, key);
    if (lease === undefined || lease.clientId === clientId) return;
    // No key: the user may not know of the document.
    const what = `${lease.user} has checked out a document of ${name} that refers to a deleted one`;
    throw new DatabaseError('LEASE_HELD', what, { collection: name, user: lease.user });
  }

  /** A transaction of a replica: what it changed under its leases overrides nobody. */
  noteOwn(seq: number): void {
    this.#ownSeqs.add(seq);
  }

  close(): void {
    this.#subscription.unsubscribe();
  }

  #heard(changes: readonly DocumentChange[]): void {
    const seq = Number(changes[0]?.seq);
    const isOwn = this.#ownSeqs.has(seq);
    for (const own of this.#ownSeqs) if (own <= seq) this.#ownSeqs.delete(own);
    if (isOwn) return;
    for (const { collection, storeKey } of changes) {
      const lease = this.of(collection, storeKey);
      if (lease !== undefined && lease.fence < seq) this.#tell({ kind: 'overridden', lease });
    }
  }

  #held(fence: number, clientId: string): readonly LeaseRecord[] {
    const leases = this.live().filter((lease) => lease.fence === fence && lease.clientId === clientId);
    if (leases.length > 0) return leases;
    throw leaseEnded(fence);
  }

  #requireTime(untilMs: number): void {
    const nowMs = this.#port.nowMs();
    if (untilMs > nowMs && untilMs <= nowMs + this.#maxLeaseMs) return;
    const what = `a lease ends within \`maxLeaseMs\` of the server, ${this.#maxLeaseMs} ms from now; found ${untilMs - nowMs}`;
    throw new DatabaseError('INVALID_OPTION', what, { option: 'untilMs' });
  }

  #over(): readonly string[] {
    const nowMs = this.#port.nowMs();
    return this.#all()
      .filter(([, { untilMs }]) => untilMs <= nowMs)
      .map(([name]) => name);
  }

  /** What the records hold, by name: no copy of them, for other nodes of the database grant leases, too. */
  #all(): readonly (readonly [string, LeaseRecord])[] {
    return [...this.#port.records(RECORDS)] as unknown as readonly (readonly [string, LeaseRecord])[];
  }

  /** @throws DatabaseError `LEASE_ENDED` when another node has ended one of them meanwhile. */
  async #set(leases: readonly LeaseRecord[]): Promise<void> {
    await this.#port.replicate((sync) => {
      for (const lease of leases) {
        const { collection, key, fence } = lease;
        if (this.of(collection, key)?.fence !== fence) throw leaseEnded(fence);
        sync.setRecord(nameOf(collection, key), lease);
      }
    });
  }

  async #remove(
    leases: readonly LeaseRecord[],
    kind: 'ended' | 'broken',
    also: (sync: SyncTransaction) => void = () => undefined,
  ): Promise<void> {
    await this.#port.replicate((sync) => {
      for (const { collection, key } of leases) sync.setRecord(nameOf(collection, key), undefined);
      also(sync);
    });
    for (const lease of leases) this.#tell({ kind, lease });
  }
}

function leaseEnded(fence: number): DatabaseError {
  return new DatabaseError('LEASE_ENDED', `lease ${fence} has ended`, { fence });
}

/** `1`, `'1'` and `1n` are three keys. */
function nameOf(collection: string, key: StoreKey): string {
  return `${RECORDS}${collection}/${(typeof key)[0]}${String(key)}`;
}
