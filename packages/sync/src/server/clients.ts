/**
 * The replicas that the server keeps records of. A record is what makes each transaction of a replica be answered once,
 * however long it was away, so none is ever removed by itself: only an operator knows that a replica will not come back.
 */
import type { SyncPort } from '@nuthatch/runtime/sync';
import { CLIENT_RECORDS, type ClientRecord, clientRecordName } from './answers.js';
import type { Leases } from './leases.js';

/** A replica that has written to this server, or is connected now. */
export interface ServerClient {
  /** The id that the replica made for itself. */
  readonly id: string;
  /** As `authenticate` named the user at the last contact that was noted. */
  readonly user: string | undefined;
  readonly isConnected: boolean;
  /** Exact while it is connected, else to a day. */
  readonly lastContact: Date | undefined;
  /** Transactions that it has sent and that were answered. */
  readonly answeredCount: number;
  /** Answers that are kept since the replica has not said yet that it knows them. */
  readonly unconfirmedCount: number;
  /** Documents that it has checked out. */
  readonly leaseCount: number;
}

/** The last contact is noted at most so often: ten thousand replicas that come back at once write little. */
const NOTED_EVERY_MS = 86_400_000;

export class Clients {
  readonly #port: SyncPort;
  readonly #leases: Leases;

  constructor(port: SyncPort, leases: Leases) {
    this.#port = port;
    this.#leases = leases;
  }

  /** @param connected user by client. O(records). */
  list(connected: ReadonlyMap<string, string>): readonly ServerClient[] {
    const leaseCounts = new Map<string, number>();
    for (const { clientId } of this.#leases.live()) leaseCounts.set(clientId, (leaseCounts.get(clientId) ?? 0) + 1);
    const records = new Map<string, Partial<ClientRecord>>([...connected.keys()].map((id) => [id, {}]));
    for (const [name, record] of this.#port.records(CLIENT_RECORDS))
      records.set(name.slice(CLIENT_RECORDS.length), record as ClientRecord);
    return Array.from(records, ([id, { user, lastMs, answered = 0, answers = [] }]): ServerClient => {
      const isConnected = connected.has(id);
      const contactMs = isConnected ? Date.now() : lastMs;
      return {
        id,
        user: connected.get(id) ?? user,
        isConnected,
        lastContact: contactMs === undefined ? undefined : new Date(contactMs),
        answeredCount: answered,
        unconfirmedCount: answers.length,
        leaseCount: leaseCounts.get(id) ?? 0,
      };
    });
  }

  /** A replica that is known has connected. Resolves when that is noted, if it is. */
  async noteContact(id: string, user: string): Promise<void> {
    const name = clientRecordName(id);
    const record = this.#port.record(name) as ClientRecord | undefined;
    const nowMs = Date.now();
    if (record === undefined || (record.user === user && Math.abs(nowMs - (record.lastMs ?? 0)) < NOTED_EVERY_MS))
      return;
    await this.#port.replicate((sync) => sync.setRecord(name, { ...record, user, lastMs: nowMs }));
  }

  /** Removes the record of a replica and ends its leases, in one transaction. @returns whether there was anything. */
  async forget(id: string): Promise<boolean> {
    const name = clientRecordName(id);
    const isKnown = this.#port.record(name) !== undefined;
    const hadLeases = await this.#leases.breakOf(id, (sync) => {
      if (isKnown) sync.setRecord(name, undefined);
    });
    return isKnown || hadLeases;
  }
}
