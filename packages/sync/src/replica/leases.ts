/**
 * What this replica has checked out. A record per document holds the fence of its lease, so that it survives a restart; the
 * server decides, this side only spares the user an edit that would be refused.
 *
 *   held     edits carry its fence
 *   ending   given back: no edits any more; told to the server behind the last edit that was made under it
 */
import { DatabaseError } from '@nuthatch/model';
import type { Subscription } from '@nuthatch/runtime';
import type { Collection, StoreKey, SyncPort } from '@nuthatch/runtime/sync';
import { refused } from '../arguments.js';
import type { Message, MessageOf } from '../protocol/messages.js';
import { refusalOf } from './refusal-text.js';
import type { Watchers } from './watchers.js';

/** How long: from now on, or until a day; by the server's clock. */
export type LeaseTime = { readonly ms: number } | { readonly until: Date } | { readonly offlineUntil: Date };

export interface HeldLease {
  readonly collection: string;
  readonly key: unknown;
  /** By the server's clock. */
  readonly until: Date;
}

export interface LostLease extends HeldLease {
  /**
   * `broken`: somebody ended it; `ended`: it is over, or was broken while this replica was offline; `overridden`: the server's own
   * code changed the document, the lease goes on.
   */
  readonly reason: 'broken' | 'ended' | 'overridden';
}

/** `db.leases`: what this replica has checked out. */
export interface ReplicaLeases {
  all(): readonly HeldLease[];
  /** Calls the listener when the server says that a lease is lost, or overridden. @throws DatabaseError `INVALID_OPTION`. */
  watch(listener: (lost: LostLease) => void): Subscription;
}

interface LeaseRecord {
  readonly collection: string;
  readonly key: StoreKey;
  readonly fence: number;
  readonly untilMs: number;
  readonly isEnding: boolean;
}

export interface LeaseParts {
  readonly port: SyncPort;
  readonly lost: Watchers<LostLease>;
  ask<A extends MessageOf<'lease'> | MessageOf<'holders'>>(question: (request: number) => Message): Promise<A>;
  /** Resolves when every transaction written so far is answered. @throws DatabaseError `SERVER_UNREACHABLE`. */
  answered(): Promise<void>;
  /** Milliseconds that the server's clock is ahead. */
  aheadMs(): number;
  onError(error: unknown): void;
}

const RECORDS = 'held/';
/** Longer than any server grants; behind it is an instant that a Date can say. */
const LONGEST_MS = 36_500 * 86_400_000;

export class Leases implements ReplicaLeases {
  readonly #parts: LeaseParts;

  constructor(parts: LeaseParts) {
    this.#parts = parts;
  }

  all(): readonly HeldLease[] {
    return this.#records()
      .filter((lease) => this.#isHeld(lease))
      .map((lease) => this.#shown(lease));
  }

  watch(listener: (lost: LostLease) => void): Subscription {
    return this.#parts.lost.add(listener);
  }

  /** The fence for an edit of a document; 0 without a lease. */
  fenceOf(collection: string, key: StoreKey): number {
    const lease = this.#record(collection, key);
    return lease !== undefined && this.#isHeld(lease) ? lease.fence : 0;
  }

  async checkOut(collection: Collection, keys: readonly StoreKey[], time: LeaseTime): Promise<readonly HeldLease[]> {
    const { port, ask } = this.#parts;
    const untilMs = this.#untilOf(time);
    for (const key of keys) collection.require(collection.publicKey(key));
    const { name } = collection;
    const answer = await ask<MessageOf<'lease'>>((request) => ({
      ...{ kind: 'checkOut', request, collection: name, untilMs, keys },
    }));
    throwRefusal(answer);
    const leases = keys.map(
      (key): LeaseRecord => ({ collection: name, key, fence: answer.fence, untilMs: answer.untilMs, isEnding: false }),
    );
    // A crash before this: the server has a lease that this replica knows nothing of, until it checks out again.
    await port.replicate((sync) => {
      for (const lease of leases) sync.setRecord(nameOf(name, lease.key), lease);
    });
    return leases.map((lease) => this.#shown(lease));
  }

  async renew(collection: Collection, key: StoreKey, time: LeaseTime): Promise<HeldLease> {
    const lease = this.#requireHeld(collection, key);
    const renewed = await this.#renew(lease, this.#untilOf(time));
    return this.#shown({ ...lease, untilMs: renewed });
  }

  /** Gives back what was checked out together with the document. Offline, too: the server hears of it later. */
  async checkIn(collection: Collection, key: StoreKey): Promise<void> {
    const { fence } = this.#requireHeld(collection, key);
    const leases = this.#records().filter((each) => each.fence === fence);
    await this.#parts.port.replicate((sync) => {
      for (const lease of leases) sync.setRecord(nameOf(lease.collection, lease.key), { ...lease, isEnding: true });
    });
    try {
      await this.#giveBack(fence);
    } catch (error) {
      if (!DatabaseError.is(error, 'SERVER_UNREACHABLE')) throw error;
    }
  }

  async breakLease({ name: collection }: Collection, key: StoreKey): Promise<void> {
    throwRefusal(
      await this.#parts.ask<MessageOf<'lease'>>((request) => ({ kind: 'breakLease', request, collection, key })),
    );
  }

  async holders({ name: collection }: Collection): Promise<MessageOf<'holders'>['holders']> {
    const answer = await this.#parts.ask<MessageOf<'holders'>>((request) => ({ kind: 'leases', request, collection }));
    return answer.holders;
  }

  /** A connection begins: what was given back offline is told, and what is held is asked after. */
  begin(): void {
    const byFence = new Map(this.#records().map((lease) => [lease.fence, lease]));
    for (const [fence, lease] of byFence) {
      const asked = lease.isEnding ? this.#giveBack(fence) : this.#askAfter(lease);
      asked.catch((error: unknown) => {
        if (!DatabaseError.is(error, 'SERVER_UNREACHABLE')) this.#parts.onError(error);
      });
    }
  }

  /** LEASE_LOST. */
  async take({ fence, reason }: MessageOf<'leaseLost'>): Promise<void> {
    await this.#lose(fence, reason === 'overridden' || reason === 'broken' ? reason : 'ended');
  }

  async #askAfter(lease: LeaseRecord): Promise<void> {
    try {
      await this.#renew(lease, lease.untilMs);
    } catch (error) {
      if (!DatabaseError.is(error, 'LEASE_ENDED') && !DatabaseError.is(error, 'INVALID_OPTION')) throw error;
      await this.#lose(lease.fence, 'ended');
    }
  }

  async #renew({ fence }: LeaseRecord, untilMs: number): Promise<number> {
    const { port, ask } = this.#parts;
    const answer = await ask<MessageOf<'lease'>>((request) => ({ kind: 'renew', request, fence, untilMs }));
    throwRefusal(answer);
    const leases = this.#records().filter((each) => each.fence === fence && each.untilMs !== answer.untilMs);
    if (leases.length > 0)
      await port.replicate((sync) => {
        for (const lease of leases)
          sync.setRecord(nameOf(lease.collection, lease.key), { ...lease, untilMs: answer.untilMs });
      });
    return answer.untilMs;
  }

  /** Behind the edits that were made under it: the server would refuse them afterwards. */
  async #giveBack(fence: number): Promise<void> {
    const { answered, ask } = this.#parts;
    await answered();
    const answer = await ask<MessageOf<'lease'>>((request) => ({ kind: 'checkIn', request, fence }));
    // Over already is what was wanted.
    if (answer.code !== 'LEASE_ENDED') throwRefusal(answer);
    await this.#forget(this.#records().filter((lease) => lease.fence === fence));
  }

  async #lose(fence: number, reason: LostLease['reason']): Promise<void> {
    const leases = this.#records().filter((lease) => lease.fence === fence);
    if (reason !== 'overridden') await this.#forget(leases);
    for (const lease of leases) if (!lease.isEnding) this.#parts.lost.tell({ ...this.#shown(lease), reason });
  }

  async #forget(leases: readonly LeaseRecord[]): Promise<void> {
    if (leases.length === 0) return;
    await this.#parts.port.replicate((sync) => {
      for (const { collection, key } of leases) sync.setRecord(nameOf(collection, key), undefined);
    });
  }

  #requireHeld(collection: Collection, key: StoreKey): LeaseRecord {
    const lease = this.#record(collection.name, key);
    if (lease !== undefined && this.#isHeld(lease)) return lease;
    const facts = { collection: collection.name, key: collection.publicKey(key) };
    throw new DatabaseError('NOT_CHECKED_OUT', `this document of ${collection.name} is not checked out here`, facts);
  }

  #isHeld({ isEnding, untilMs }: LeaseRecord): boolean {
    return !isEnding && untilMs > Date.now() + this.#parts.aheadMs();
  }

  /** @throws DatabaseError `INVALID_OPTION`. */
  #untilOf(time: unknown): number {
    const { ms, until, offlineUntil } = (typeof time === 'object' && time !== null ? time : {}) as {
      readonly ms?: unknown;
      readonly until?: unknown;
      readonly offlineUntil?: unknown;
    };
    const date = until ?? offlineUntil;
    if (typeof ms === 'number' && Number.isSafeInteger(ms) && ms > 0 && ms <= LONGEST_MS && date === undefined)
      return Math.ceil(Date.now() + this.#parts.aheadMs()) + ms;
    if (ms === undefined && date instanceof Date && date.getTime() > 0) return date.getTime();
    throw refused('time', '{ ms }, { until } or { offlineUntil }', time);
  }

  #shown({ collection, key, untilMs }: LeaseRecord): HeldLease {
    const publicKey = this.#parts.port.collections.get(collection)?.publicKey(key);
    return { collection, key: publicKey, until: new Date(untilMs) };
  }

  #record(collection: string, key: StoreKey): LeaseRecord | undefined {
    return this.#parts.port.record(nameOf(collection, key)) as LeaseRecord | undefined;
  }

  #records(): readonly LeaseRecord[] {
    return Array.from(this.#parts.port.records(RECORDS), ([, lease]) => lease as LeaseRecord);
  }
}

/** @throws DatabaseError what the server says. */
function throwRefusal({ status, code, message }: MessageOf<'lease'>): void {
  if (status === 'granted') return;
  throw refusalOf(code, message);
}

/** `1`, `'1'` and `1n` are three keys. */
function nameOf(collection: string, key: StoreKey): string {
  return `${RECORDS}${collection}/${(typeof key)[0]}${String(key)}`;
}
