/** Every line of `nuthatch cluster` in docs/guide/scale-out.md, in order, over a PostgreSQL that may lose nothing. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { canRunPostgres, type PostgresPair, startPostgresPair } from '../../../../test/servers/postgres.js';
import { postgresJournal } from '../../../cluster/src/index.js';
import { ClusterFixture, player } from './cluster-fixture.js';

const PAGE = resolve(__dirname, '../../../../docs/guide/scale-out.md');
const LINES = [...readFileSync(PAGE, 'utf8').matchAll(/```sh\n([\s\S]*?)```/g)]
  .flatMap(([, block]) => block!.trim().split('\n'))
  .filter((line) => line.startsWith('npx nuthatch cluster '));

(canRunPostgres() ? it : it.skip)('the lines of the page do what it says', async () => {
  const servers: PostgresPair = await startPostgresPair();
  const fixture = new ClusterFixture();
  try {
    const url = `postgres://nuthatch@127.0.0.1:${servers.primaryPort}/postgres`;
    process.env['DATABASE_URL'] = url;
    await fixture.write(10);
    expect(LINES.length).toBeGreaterThan(5);
    for (const line of LINES) {
      const [, , ...args] = line.split(' ');
      const { exitCode, out, err } = await fixture.run(...args);
      expect([line, exitCode, err]).toEqual([line, 0, '']);
      expect(out).not.toBe('');
      if (!args.includes('import')) continue;
      // The nodes that the page speaks of.
      const node = await fixture.node(postgresJournal({ connectionString: url, name: 'game' }), 'cache');
      await node.player.insert(player('of-a-node'));
      await node.close();
    }
    expect((await fixture.playersOf('out')).length).toBe(11);
  } finally {
    delete process.env['DATABASE_URL'];
    fixture.remove();
    await servers.stop();
  }
});
