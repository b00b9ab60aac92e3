/** The queue for workers of other processes: one process owns the database, the others ask it over HTTP. */
import { type Call, Refusal, type Service, serveJson } from '../shared/json-service.js';
import type { JobInput, NuthatchDatabase } from './generated/index.js';
import { JobQueue, type Lease } from './queue.js';

const MAX_LEASE_MS = 60 * 60_000;
const MAX_WAIT_MS = 30_000;

export function serveQueue(db: NuthatchDatabase, port: number): Promise<Service> {
  const queue = new JobQueue(db);
  return serveJson({
    port,
    routes: {
      'POST /jobs': ({ body }) => {
        const { delayMs = 0, ...job } = fields(body);
        return queue.add(job as unknown as JobInput, numberUpTo(Number.MAX_SAFE_INTEGER / 2, delayMs, 'delayMs'));
      },
      'GET /jobs/:id': ({ params }) => db.job.require(params['id'] as string),
      'GET /counts': () => Object.fromEntries(queue.counts()),
      'GET /dead': () => queue.dead(),
      'POST /dead/:id/retry': ({ params }) => queue.retry(params['id'] as string),
      'POST /leases': ({ body, gone }) => {
        const { worker, leaseMs, waitMs = 0 } = fields(body);
        return queue.leaseOrWait(
          text(worker, 'worker'),
          numberUpTo(MAX_LEASE_MS, leaseMs, 'leaseMs'),
          numberUpTo(MAX_WAIT_MS, waitMs, 'waitMs'),
          gone,
        );
      },
      'POST /leases/:id/:attempt/extend': (call) =>
        queue.extend(leaseOf(call), numberUpTo(MAX_LEASE_MS, fields(call.body)['leaseMs'], 'leaseMs')),
      'POST /leases/:id/:attempt/complete': (call) => queue.complete(leaseOf(call)),
      'POST /leases/:id/:attempt/fail': (call) =>
        queue.fail(leaseOf(call), text(fields(call.body)['reason'], 'reason')),
    },
  });
}

function leaseOf({ params }: Call): Lease {
  return { id: params['id'] as string, attempt: Number(params['attempt']) };
}

function fields(body: unknown): Readonly<Record<string, unknown>> {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Record<string, unknown>;
  throw new Refusal('VALIDATION_FAILED', 'the body must be an object');
}

function text(value: unknown, name: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new Refusal('VALIDATION_FAILED', `${name} must be a text`);
}

function numberUpTo(max: number, value: unknown, name: string): number {
  if (typeof value === 'number' && value >= 0 && value <= max) return value;
  throw new Refusal('VALIDATION_FAILED', `${name} must be a number from 0 to ${max}`);
}
