/** A worker: leases a job, keeps the lease while it works, answers. Killed at any point, it loses nothing but time. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Job } from './generated/index.js';

const WAIT_MS = 10_000;

type Work = (job: Job) => Promise<void>;

/**
 * What to do by kind. A job may run twice: when a worker is killed after the work and before its answer. So the work
 * itself must bear that, for example by giving the job's id to the mail server as the id of the message.
 */
const WORK: Readonly<Record<string, Work>> = {
  mail: () => sleep(10),
  flaky: async ({ attempt }) => {
    if (attempt < 3) throw new TypeError('the mail server does not answer');
  },
  broken: async () => {
    throw new TypeError('there is no such address');
  },
  // Hangs for a minute at first, so that somebody can kill it in the middle.
  slow: ({ attempt }) => (attempt === 1 ? sleep(60_000) : sleep(10)),
};

/** Works until it is killed, or until the queue is gone. */
export async function work(url: string, worker: string, leaseMs: number): Promise<void> {
  for (;;) {
    const job = await ask<Job>('/leases', { worker, leaseMs, waitMs: WAIT_MS });
    if (job === undefined) continue;
    const lease = `/leases/${job.id}/${job.attempt}`;
    const keep = setInterval(() => {
      // One extension that fails is no harm: the next one comes, and a lost lease is noticed at the answer.
      ask(`${lease}/extend`, { leaseMs }).catch((error: unknown) => console.error(`${worker}: ${error}`));
    }, leaseMs / 3);
    try {
      const doIt = WORK[job.kind];
      if (doIt === undefined) throw new TypeError(`no worker knows the kind ${job.kind}`);
      await doIt(job);
      await ask(`${lease}/complete`, {});
    } catch (error) {
      await ask(`${lease}/fail`, { reason: error instanceof Error ? error.message : String(error) });
    } finally {
      clearInterval(keep);
    }
  }

  async function ask<T>(path: string, body: object): Promise<T | undefined> {
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (response.status === 204) return undefined;
    const answer = (await response.json()) as T & { readonly code?: string; readonly message?: string };
    // Somebody else has the job: nothing is left to do here.
    if (response.status === 409) return undefined;
    if (!response.ok) throw new TypeError(`${path}: ${answer.code} ${answer.message}`);
    return answer;
  }
}
