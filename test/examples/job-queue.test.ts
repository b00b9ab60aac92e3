import { type NuthatchDatabase, openDatabase } from '../../examples/job-queue/generated/index.js';
import { JobQueue } from '../../examples/job-queue/queue.js';
import { serveQueue } from '../../examples/job-queue/service.js';
import type { Service } from '../../examples/shared/json-service.js';
import { promisedOutput, runExample } from '../support/example.js';

it('finishes a job whose worker process is killed, and prints what its README says', async () => {
  expect((await runExample('job-queue')).trim()).toMatch(promisedOutput('job-queue'));
});

describe('the queue', () => {
  let db: NuthatchDatabase;
  let queue: JobQueue;
  beforeEach(async () => {
    db = await openDatabase({ memory: true });
    queue = new JobQueue(db);
  });
  afterEach(() => db.close());

  it('leases each job once, however many workers ask at the same time', async () => {
    for (let count = 0; count < 50; count++) await queue.add({ kind: 'mail' });
    const leased = await Promise.all(Array.from({ length: 80 }, (_, n) => queue.lease(`w${n}`, 60_000)));
    const ids = leased.filter((job) => job !== undefined).map(({ id }) => id);
    expect(ids).toHaveLength(50);
    expect(new Set(ids).size).toBe(50);
  });

  it('takes the job that has been due longest', async () => {
    const late = await queue.add({ kind: 'mail' }, -1_000);
    const later = await queue.add({ kind: 'mail' }, -5_000);
    await queue.add({ kind: 'mail' }, 60_000);
    expect((await queue.lease('w', 60_000))?.id).toBe(later.id);
    expect((await queue.lease('w', 60_000))?.id).toBe(late.id);
    expect(await queue.lease('w', 60_000)).toBeUndefined();
  });

  it('refuses the answer of a worker whose lease went to another', async () => {
    const { id } = await queue.add({ kind: 'mail' });
    await queue.lease('slow', 0);
    const second = await queue.lease('quick', 60_000);
    expect(second).toMatchObject({ id, attempt: 2, worker: 'quick' });
    for (const answer of [queue.complete({ id, attempt: 1 }), queue.fail({ id, attempt: 1 }, 'late')])
      await expect(answer).rejects.toMatchObject({ code: 'LEASE_LOST' });
    expect(await queue.complete({ id, attempt: 2 })).toMatchObject({ state: 'done' });
    await expect(queue.complete({ id, attempt: 2 })).rejects.toMatchObject({ code: 'LEASE_LOST' });
  });

  it('buries a job that kills every worker, and gives it all attempts again on request', async () => {
    const { id } = await queue.add({ kind: 'killer', maxAttempts: 2 });
    await queue.lease('first', 0);
    await queue.lease('second', 0);
    expect(await queue.lease('third', 0)).toBeUndefined();
    expect(queue.dead()).toMatchObject([{ id, attempt: 2, lastError: 'worker second never answered' }]);
    await queue.retry(id);
    expect(await queue.lease('third', 60_000)).toMatchObject({ id, attempt: 1 });
    await expect(queue.retry(id)).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('waits longer after each failure', async () => {
    const { id } = await queue.add({ kind: 'mail', maxAttempts: 20 });
    const waits: number[] = [];
    for (let attempt = 1; attempt <= 8; attempt++) {
      const failed = await queue.fail({ id, attempt: (await leaseNow(id)) as number }, 'no');
      waits.push((failed.dueAt as Date).getTime() - Date.now());
    }
    // Jitter is between a half and one and a half.
    expect(waits[7]).toBeGreaterThan(200 * 2 ** 7 * 0.4);
    expect(waits[0]).toBeLessThan(400);
  });

  async function leaseNow(id: string): Promise<number | undefined> {
    await db.job.update(id, { dueAt: new Date() });
    return (await queue.lease('w', 60_000))?.attempt;
  }

  it('wakes a waiting worker when a job is added, and when one becomes due', async () => {
    const waiting = queue.leaseOrWait('w', 60_000, 60_000);
    const first = await queue.add({ kind: 'mail' });
    expect((await waiting)?.id).toBe(first.id);
    const second = await queue.add({ kind: 'mail' }, 100);
    expect((await queue.leaseOrWait('w', 60_000, 60_000))?.id).toBe(second.id);
    expect(await queue.leaseOrWait('w', 60_000, 20)).toBeUndefined();
  });
});

describe('the service', () => {
  let db: NuthatchDatabase;
  let service: Service;
  beforeAll(async () => {
    db = await openDatabase({ memory: true });
    service = await serveQueue(db, 0);
  });
  afterAll(async () => {
    await service.close();
    await db.close();
  });
  const post = async (path: string, body: unknown, type = 'application/json') => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(`${service.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': type },
      body: text,
    });
    return [response.status, ((await response.json()) as { code?: string }).code];
  };

  it.each([
    ['/jobs', { kind: '' }, 400, 'VALIDATION_FAILED'],
    ['/jobs', { kind: 'mail', maxAttempts: 0 }, 400, 'VALIDATION_FAILED'],
    ['/jobs', { kind: 'mail', delayMs: 'soon' }, 400, 'VALIDATION_FAILED'],
    ['/jobs', [], 400, 'VALIDATION_FAILED'],
    ['/jobs', '{', 400, 'INVALID_JSON'],
    ['/jobs', { kind: 'x'.repeat(100_000) }, 413, 'BODY_TOO_LARGE'],
    ['/leases', { worker: 'w' }, 400, 'VALIDATION_FAILED'],
    ['/leases/nobody/1/complete', {}, 404, 'DOCUMENT_NOT_FOUND'],
    ['/nowhere', {}, 404, 'NOT_FOUND'],
  ])('answers a bad request to %s by its code (%#)', async (path, body, status, code) => {
    expect(await post(path, body)).toEqual([status, code]);
    expect(db.job.size).toBe(0);
  });

  it('refuses what a page of another origin can send', async () => {
    expect(await post('/jobs', '{"kind":"mail"}', 'text/plain')).toEqual([415, 'NOT_JSON']);
  });

  it('leases nothing to a worker that went away while it waited', async () => {
    const ask = (worker: string, signal?: AbortSignal) =>
      fetch(`${service.url}/leases`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ worker, leaseMs: 60_000, waitMs: 30_000 }),
        ...(signal && { signal }),
      });
    const away = new AbortController();
    const waiting = ask('away', away.signal);
    // Answers to later questions say that the one before, and its end, have arrived.
    await fetch(`${service.url}/counts`);
    away.abort();
    await expect(waiting).rejects.toThrow();
    await fetch(`${service.url}/counts`);
    const { id } = await new JobQueue(db).add({ kind: 'mail' });
    expect(await (await ask('here')).json()).toMatchObject({ id, worker: 'here', attempt: 1 });
  });
});
