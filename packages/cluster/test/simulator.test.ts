/**
 * The simulator: seeds hold every rule, a run of a seed is always the same, and mistakes that are put in are found.
 * What it fakes and how a seed is run again: packages/cluster/simulator/README.md.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { IS_NIGHTLY, repeats } from '../../runtime/test/support/long-run.js';
import { runMany } from '../simulator/run-many.js';
import { runSeed } from '../simulator/run-seed.js';
import type { Bugs } from '../simulator/simulation.js';

const ROOT = join(__dirname, '../../..');
/** A process takes so many seeds: killed nodes leave memory behind. */
const SEEDS_PER_PROCESS = 250;
const FIVE = { nodeCount: 5, frameCount: 200 };

/** Outside of Jest, where a run takes a third of the time. @returns what it printed. */
function simulate(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/simulate.mjs', ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`simulate ${args.join(' ')} failed\n${stdout.slice(-8_000)}\n${stderr}`);
  return stdout;
}

it('five nodes keep every rule, whatever goes wrong', () => {
  const first = Number(process.env['NUTHATCH_SEED'] ?? (IS_NIGHTLY ? Date.now() % 2 ** 31 : 1));
  const count = repeats('NUTHATCH_SIMULATED_SEEDS', 100);
  for (let done = 0; done < count; done += SEEDS_PER_PROCESS) {
    const share = Math.min(SEEDS_PER_PROCESS, count - done);
    const lines = simulate(`--seed=${first + done}`, `--count=${share}`)
      .trim()
      .split('\n');
    const reports = lines.map((line) => JSON.parse(line) as { readonly frameCount: number });
    expect(reports.length).toBe(share);
    expect(reports.filter(({ frameCount }) => frameCount >= 200).length).toBeGreaterThan(share * 0.9);
  }
});

it.each([3, 11])('two runs of seed %d are the same to the last line', async (seed) => {
  const half = { ...FIVE, frameCount: 100 };
  const first = await runSeed({ seed, ...half });
  const second = await runSeed({ seed, ...half });
  expect(first.trace.length).toBeGreaterThan(200);
  expect(second.trace).toEqual(first.trace);
  expect((await runSeed({ seed: seed + 1, ...half })).traceDigest).not.toBe(first.traceDigest);
});

const LOSSY = { lossRate: 0.1, losesSuffix: false, isPoisoned: false };
const BUSY = { ...LOSSY, paceMs: 5, keyCount: 8 };

it.each<[string, Bugs, object]>([
  ['a node takes no answer for `won`', { node: { isUnknownWon: true } }, LOSSY],
  ['a node takes `lost` for `won`', { node: { isLostWon: true } }, BUSY],
  ['the engine appends wherever it is told to', { engine: { isUnconditional: true } }, BUSY],
  ['the engine answers with an old head', { engine: { isHeadStale: true } }, BUSY],
  ['what waits is not run again', { isNotRunAgain: true }, BUSY],
  ['half of what others wrote is applied', { isHalfApplied: true }, BUSY],
])('it is found when %s, and its seed finds it again', async (_name, bugs, mix) => {
  let found: (Error & { seed?: number; trace?: readonly string[] }) | undefined;
  for (let seed = 1; seed <= 20 && found === undefined; seed++)
    found = await runSeed({ seed, ...FIVE, bugs, mix }).then(
      () => undefined,
      (error: Error) => error,
    );
  expect(found?.message).toMatch(/^seed \d+: J\d+: /);
  const again = runSeed({ seed: found!.seed!, ...FIVE, bugs, mix });
  await expect(again).rejects.toMatchObject({ message: found!.message, trace: found!.trace });
});

it('many nodes come to the same digest, cut off one by one and all at once', async () => {
  const report = await runMany({ seed: 1, nodeCount: 60, storeCount: 8, frameCount: 150 });
  expect(report.frameCount).toBeGreaterThanOrEqual(150);
  if (!IS_NIGHTLY) return;
  const [shown] = simulate('--nodes=1000', '--frames=10000', '--lines=0').trim().split('\n').slice(-1);
  process.stdout.write(`1,000 nodes, 10,000 frames: ${shown}\n`);
});
