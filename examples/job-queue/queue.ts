/**
 * The queue: every step of a job is one transaction, so a job is never leased twice at a time and never lost.
 *
 *   waiting ──lease──▶ running ──complete──▶ done ──a day──▶ (expired)
 *      ▲                  │ │
 *      └─fail, backoff────┘ └─the lease ends: leased again──▶ running
 *   after maxAttempts: dead ──retry──▶ waiting
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal } from '../shared/json-service.js';
import type { Job, JobInput, JobTransaction, NuthatchDatabase } from './generated/index.js';

const BACKOFF_MS = 200;
const MAX_BACKOFF_MS = 60 * 60_000;
const KEEP_DONE_MS = 24 * 60 * 60_000;

/** Names one lease of one job: a worker whose lease has gone to another cannot answer for it any more. */
export interface Lease {
  readonly id: string;
  readonly attempt: number;
}

export class JobQueue {
  readonly #db: NuthatchDatabase;

  constructor(db: NuthatchDatabase) {
    this.#db = db;
  }

  /** @param delayMs from now. @throws DatabaseError `VALIDATION_FAILED` for what is not a job. */
  add({ kind, payload, maxAttempts }: JobInput, delayMs = 0): Promise<Readonly<Job>> {
    return this.#db.job.insert({ kind, payload, maxAttempts, dueAt: new Date(Date.now() + delayMs) });
  }

  /** Leases the job that has been due longest; nothing when none is due. O(log n). */
  lease(worker: string, leaseMs: number): Promise<Readonly<Job> | undefined> {
    return this.#db.transaction(({ job: jobs }) => {
      for (;;) {
        const now = Date.now();
        const job = jobs
          .findByDueAt({ lte: new Date(now) })
          .orderBy('dueAt')
          .first();
        if (job === undefined) return undefined;
        // Its last worker never answered: it was killed, or the job is what kills workers.
        if (job.attempt >= job.maxAttempts) bury(jobs, job.id, `worker ${job.worker} never answered`);
        else {
          const { attempt } = job;
          const dueAt = new Date(now + leaseMs);
          return jobs.update(job.id, { state: 'running', worker, attempt: attempt + 1, dueAt });
        }
      }
    });
  }

  /**
   * As `lease`, but waits at most `waitMs` for a job to become due.
   *
   * @param gone aborted when the worker has gone: one that was killed while it waited is given no job.
   */
  async leaseOrWait(
    worker: string,
    leaseMs: number,
    waitMs: number,
    gone?: AbortSignal,
  ): Promise<Readonly<Job> | undefined> {
    const giveUpAt = Date.now() + waitMs;
    while (gone?.aborted !== true) {
      const job = await this.lease(worker, leaseMs);
      const leftMs = giveUpAt - Date.now();
      if (job !== undefined || leftMs <= 0) return job;
      await this.#changeWithin(Math.min(leftMs, this.#nextDueMs()), gone);
    }
    return undefined;
  }

  /** Keeps a long job: called again and again while it runs. */
  extend(lease: Lease, leaseMs: number): Promise<Readonly<Job>> {
    return this.#answer(lease, (jobs) => jobs.update(lease.id, { dueAt: new Date(Date.now() + leaseMs) }));
  }

  complete(lease: Lease): Promise<Readonly<Job>> {
    return this.#answer(lease, (jobs) => {
      const removeAt = new Date(Date.now() + KEEP_DONE_MS);
      return jobs.update(lease.id, { state: 'done', dueAt: undefined, removeAt });
    });
  }

  /** Another attempt after a while, twice as long each time; after the last one the job is dead. */
  fail(lease: Lease, reason: string): Promise<Readonly<Job>> {
    return this.#answer(lease, (jobs) => {
      const { attempt, maxAttempts } = jobs.require(lease.id);
      if (attempt >= maxAttempts) return bury(jobs, lease.id, reason);
      const backoffMs = Math.min(MAX_BACKOFF_MS, BACKOFF_MS * 2 ** (attempt - 1)) * (0.5 + Math.random());
      return jobs.update(lease.id, { state: 'waiting', dueAt: new Date(Date.now() + backoffMs), lastError: reason });
    });
  }

  /** Dead jobs wait for somebody to look at them. */
  dead(): readonly Readonly<Job>[] {
    return this.#db.job.findByState('dead').all();
  }

  /** Gives a dead job all its attempts again. */
  retry(id: string): Promise<Readonly<Job>> {
    return this.#db.transaction(({ job: jobs }) => {
      if (jobs.require(id).state !== 'dead') throw new Refusal('CONFLICT', `job ${id} is not dead`);
      return jobs.update(id, { state: 'waiting', attempt: 0, dueAt: new Date() });
    });
  }

  counts(): ReadonlyMap<string, number> {
    return this.#db.job.tags('state');
  }

  /** Runs `step` if the lease is still the job's last one. */
  #answer({ id, attempt }: Lease, step: (jobs: JobTransaction) => Readonly<Job>): Promise<Readonly<Job>> {
    return this.#db.transaction(({ job: jobs }) => {
      const job = jobs.require(id);
      if (job.state !== 'running' || job.attempt !== attempt)
        throw new Refusal('LEASE_LOST', `job ${id} is ${job.state} at attempt ${job.attempt}, not ${attempt}`);
      return step(jobs);
    });
  }

  #nextDueMs(): number {
    const next = this.#db.job.all().orderBy('dueAt').first()?.dueAt;
    return next === undefined ? Number.POSITIVE_INFINITY : Math.max(1, next.getTime() - Date.now());
  }

  async #changeWithin(ms: number, gone?: AbortSignal): Promise<void> {
    const end = new AbortController();
    const subscription = this.#db.job.subscribe(() => end.abort());
    const signal = gone === undefined ? end.signal : AbortSignal.any([end.signal, gone]);
    // An aborted sleep rejects: that is the change which was waited for, or a worker that has gone.
    await sleep(Math.min(ms, 60_000), undefined, { signal }).catch(() => undefined);
    subscription.unsubscribe();
  }
}

function bury(jobs: JobTransaction, id: string, lastError: string): Readonly<Job> {
  return jobs.update(id, { state: 'dead', dueAt: undefined, lastError });
}
