import { everyNight, msUntil } from '../../examples/nightly-copy/nightly.js';
import { canRunPostgres } from '../servers/postgres.js';
import { bundleExample, ExampleProcess, promisedOutput, runExample, temporaryDirectory } from '../support/example.js';

(canRunPostgres() ? it : it.skip)('copies, mirrors and reads back by SQL, as its README says', async () => {
  expect((await runExample('nightly-copy')).trim()).toMatch(promisedOutput('nightly-copy'));
});

it('says that the PostgreSQL which it was given does not answer, and fails', async () => {
  // Nothing listens on port 1 of loopback.
  const env = { DATABASE_URL: 'postgres://nobody:nothing@127.0.0.1:1/none' };
  const example = new ExampleProcess('nightly-copy', bundleExample('nightly-copy'), [], env);
  expect(await example.ended).toBe(1);
  expect(example.output).toContain('ECONNREFUSED');
});

it('says in one line what is missing where there is no PostgreSQL', async () => {
  const bundle = bundleExample('nightly-copy');
  // A folder without the servers of the tests two levels above.
  const example = new ExampleProcess('nightly-copy', bundle, [], { DATABASE_URL: '' }, temporaryDirectory());
  expect(await example.ended).toBe(1);
  expect(example.output.trim()).toMatch(/^No PostgreSQL was found: .*$/);
});

describe('every night', () => {
  it('waits for the hour: today, or tomorrow when it has passed or is just then', () => {
    const at = (text: string) => new Date(`2026-06-10T${text}`);
    expect(msUntil(2, at('01:30:00'))).toBe(30 * 60_000);
    expect(msUntil(2, at('02:00:00'))).toBe(24 * 3_600_000);
    expect(msUntil(2, at('03:00:00'))).toBe(23 * 3_600_000);
    expect(msUntil(2, new Date('2026-12-31T23:00:00'))).toBe(3 * 3_600_000);
  });

  it('runs the job, tries again ten minutes after a failure, and ends with the signal', async () => {
    jest.useFakeTimers({ now: new Date('2026-06-10T01:00:00') });
    try {
      const end = new AbortController();
      const runs: number[] = [];
      const errors: unknown[] = [];
      const job = async () => {
        runs.push(new Date().getHours() * 60 + new Date().getMinutes());
        if (runs.length === 1) throw new TypeError('PostgreSQL is away');
      };
      const running = everyNight(2, job, (error) => errors.push(error), end.signal);
      await jest.advanceTimersByTimeAsync(26 * 3_600_000);
      expect(runs).toEqual([120, 130, 120]);
      expect(errors).toHaveLength(1);
      end.abort();
      await running;
    } finally {
      jest.useRealTimers();
    }
  });
});
