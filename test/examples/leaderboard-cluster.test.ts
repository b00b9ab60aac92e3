import { setTimeout as sleep } from 'node:timers/promises';
import { canRunPostgres } from '../servers/postgres.js';
import { bundleExample, ExampleProcess, promisedOutput, runExample, temporaryDirectory } from '../support/example.js';

const describeIfThere = canRunPostgres() ? describe : describe.skip;

describeIfThere('with a real PostgreSQL', () => {
  it('loses no acknowledged write when a node is killed, and prints what its README says', async () => {
    const output = (await runExample('leaderboard-cluster')).trim();
    expect(output).toMatch(promisedOutput('leaderboard-cluster'));
    const [, acknowledged, found] = /^(\d+) writes acknowledged, (\d+) found$/m.exec(output) ?? [];
    expect(found).toBe(acknowledged);
    expect(Number(found)).toBeGreaterThan(100);
  });

  it.each(['SIGINT', 'SIGKILL'] as const)('leaves no node behind after a %s', async (signal) => {
    const example = new ExampleProcess('leaderboard-cluster', bundleExample('leaderboard-cluster'));
    await example.said(/node 3: .*\n/);
    const urls = [...example.output.matchAll(/http:\S+/g)].map(([url]) => url);
    expect(urls).toHaveLength(3);
    for (const url of urls) expect((await fetch(url)).status).toBe(200);
    example.child.kill(signal);
    expect(await example.ended).toBe(signal === 'SIGINT' ? 130 : signal);
    if (signal === 'SIGINT') expect(example.output).toContain('interrupted: nodes and server are stopped');
    // Nodes whose program was killed notice it by the end of their input.
    for (const url of urls) while (await answers(url)) await sleep(20);
  });
});

it('says in one line what is missing where there is no PostgreSQL', async () => {
  const bundle = bundleExample('leaderboard-cluster');
  // A folder without the servers of the tests two levels above.
  const example = new ExampleProcess('leaderboard-cluster', bundle, [], { DATABASE_URL: '' }, temporaryDirectory());
  expect(await example.ended).toBe(1);
  expect(example.output.trim()).toMatch(/^No PostgreSQL was found: .*$/);
});

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}
