/** What the repositories of a replica have beside their own: check-out. */
import { DatabaseError } from '@nuthatch/model';
import type { Repository } from '@nuthatch/runtime';
import type { Collection, StoreKey } from '@nuthatch/runtime/sync';
import type { HeldLease, Leases, LeaseTime } from './leases.js';

export interface Holder<K> {
  readonly key: K;
  readonly user: string;
  readonly since: Date;
  /** By the server's clock. */
  readonly until: Date;
}

/** @typeParam K key of the collection. */
export interface CheckOuts<K> {
  /**
   * Takes the right to edit a document for a time, or several documents, all or none. Needs a connection; what is checked out stays so
   * offline and over restarts, until its time is over by the server's clock.
   *
   * @throws DatabaseError `LEASE_HELD`, `DOCUMENT_NOT_FOUND`, `FORBIDDEN`, `SERVER_UNREACHABLE`, `INVALID_KEY`, `INVALID_OPTION`.
   */
  checkOut(key: K | readonly K[], time: LeaseTime): Promise<Lease>;
  /** Another end for a lease. @throws DatabaseError `NOT_CHECKED_OUT`, `LEASE_ENDED`, `SERVER_UNREACHABLE`, `INVALID_OPTION`. */
  renew(key: K, time: LeaseTime): Promise<HeldLease>;
  /**
   * Gives the lease back, with all that was checked out together: behind the edits that were made under it. Offline it is told to
   * the server later; edits are refused from now on.
   *
   * @throws DatabaseError `NOT_CHECKED_OUT`.
   */
  checkIn(key: K): Promise<void>;
  /** Ends the lease of another; needs `breakLeases` in the policy. @throws DatabaseError `FORBIDDEN`, `SERVER_UNREACHABLE`. */
  breakLease(key: K): Promise<void>;
  /** Who has checked out what, of the documents that the user may read. @throws DatabaseError `SERVER_UNREACHABLE`. */
  holders(): Promise<readonly Holder<K>[]>;
}

/** A lease that ends with its block: `await using lease = await db.player.checkOut('p1', { ms: 60_000 })`. */
export interface Lease extends AsyncDisposable {
  readonly leases: readonly HeldLease[];
  /** Gives it back. Idempotent. */
  end(): Promise<void>;
}

export type CheckOutsOf<Repos> = {
  // A view has none.
  readonly [K in keyof Repos]: Repos[K] extends Repository<infer T> ? CheckOuts<T['key']> : unknown;
};

/** Adds check-out to the repository of a collection. */
export function addCheckOut(repository: object, collection: Collection, leases: Leases): void {
  const storeKey = (key: unknown): StoreKey => collection.keys.toStoreKey(key);
  const members: CheckOuts<unknown> = {
    checkOut: async (asked, time) => {
      const keys = (Array.isArray(asked) ? (asked as readonly unknown[]) : [asked]).map(storeKey);
      const [first] = keys;
      if (first === undefined)
        throw new DatabaseError('INVALID_KEY', 'a check-out needs a key', { collection: collection.name });
      const held = await leases.checkOut(collection, [...new Set(keys)], time);
      let isOver = false;
      const end = async (): Promise<void> => {
        if (isOver) return;
        isOver = true;
        // Lost meanwhile, or checked in by its key.
        if (leases.fenceOf(collection.name, first) !== 0) await leases.checkIn(collection, first);
      };
      return { leases: held, end, [Symbol.asyncDispose]: end };
    },
    renew: async (key, time) => leases.renew(collection, storeKey(key), time),
    checkIn: async (key) => leases.checkIn(collection, storeKey(key)),
    breakLease: async (key) => leases.breakLease(collection, storeKey(key)),
    holders: async () => {
      const found = await leases.holders(collection);
      return found.map(({ key, user, sinceMs, untilMs }) => ({
        ...{ key: collection.publicKey(key), user, since: new Date(sinceMs), until: new Date(untilMs) },
      }));
    },
  };
  for (const [name, value] of Object.entries(members)) Object.defineProperty(repository, name, { value });
}
