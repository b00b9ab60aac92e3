/** `nuthatch cluster` over a journal in a directory: no server is needed. */
import { readdirSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { fileJournal } from '../../../cluster/src/index.js';
import { ClusterFixture, player, VARIABLE } from './cluster-fixture.js';

describe('nuthatch cluster over a directory', () => {
  let fixture: ClusterFixture;
  beforeEach(() => {
    fixture = new ClusterFixture();
    process.env[VARIABLE] = pathToFileURL(fixture.at('journals')).href;
  });
  afterEach(async () => {
    delete process.env[VARIABLE];
    await fixture.remove();
  });

  it('makes a journal of a directory, looks at it, truncates it, and makes a directory of it', async () => {
    await fixture.write(30);
    const args = ['--journal', 'game', '--unsafe'];
    const imported = await fixture.cluster('import', 'data', ...args);
    expect(imported).toMatchObject({ exitCode: 0, err: '' });
    const node = await fixture.node(fileJournal({ directory: fixture.at('journals/game'), unsafe: true }), 'node');
    expect(node.player.size).toBe(30);
    for (let index = 0; index < 5; index++) await node.player.insert(player(`n${index}`));
    await node.close();
    const status = await fixture.clusterJson('status', '--journal', 'game', '--directory', 'node');
    expect(status).toMatchObject({ exitCode: 0, result: { head: 5, frameCount: 5 } });
    const done = await fixture.clusterJson('truncate', ...args, '--yes', '--write-image', '--retention', '0s');
    expect(done).toMatchObject({ exitCode: 0, result: { removedCount: 5, image: { position: 5, seq: 35 } } });
    expect(await fixture.clusterJson('export', 'out', ...args)).toMatchObject({ exitCode: 0, result: { seq: 35 } });
  });

  it.each(['..', 'a/b', '.', '../game'])('takes no path for the name of a journal: %s', async (name) => {
    const refused = await fixture.cluster('status', '--journal', name);
    expect(refused).toMatchObject({ exitCode: 2, err: expect.stringContaining('without a path') });
  });

  it('makes nothing by looking, and refuses a URL of another host', async () => {
    expect((await fixture.cluster('status', '--journal', 'none')).exitCode).not.toBe(0);
    expect(readdirSync(fixture.folder)).not.toContain('journals');
    for (const url of [
      'file://elsewhere/journals',
      'file:///journals?tls=true',
      'file:///journals#a',
      'file:///a%2fb',
    ]) {
      process.env[VARIABLE] = url;
      const refused = await fixture.cluster('status', '--journal', 'game');
      expect(refused).toMatchObject({ exitCode: 1, err: expect.stringContaining('a directory of this host') });
      expect(refused.err).not.toContain(url);
    }
  });
});
