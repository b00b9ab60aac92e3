/** `nuthatch cluster` over a real PostgreSQL. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { canRunPostgres, type PostgresServer, startPostgres } from '../../../../test/servers/postgres.js';
import { postgresJournal, type SharedJournal } from '../../../cluster/src/index.js';
import { ClusterFixture, player, VARIABLE } from './cluster-fixture.js';

const describeIfThere = canRunPostgres() ? describe : describe.skip;

describeIfThere('nuthatch cluster over PostgreSQL', () => {
  let server: PostgresServer;
  let fixture: ClusterFixture;
  let count = 0;
  /** Another journal for each test. */
  let name: string;
  let journal: SharedJournal;

  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(async () => {
    delete process.env[VARIABLE];
    await server?.stop();
  });
  beforeEach(() => {
    process.env[VARIABLE] = server.url;
    fixture = new ClusterFixture();
    name = `game ${++count}`;
    journal = postgresJournal({ connectionString: server.url, name, unsafe: true });
  });
  afterEach(() => fixture.remove());

  it('makes a journal of a directory, says what it holds, and makes a directory of it', async () => {
    await fixture.write(30);
    const imported = await fixture.cluster('import', 'data', '--journal', name, '--unsafe');
    expect(imported).toMatchObject({ exitCode: 0, err: '' });
    expect(imported.out).toMatch(
      /^the journal 'game 1' in PostgreSQL holds .*: an image at frame 0 \(seq 30\), .*\ndigest .*: [0-9a-f]{64}\n/,
    );
    const node = await fixture.node(journal, 'node');
    await node.player.update('p3', { age: 77 });
    const late = await fixture.node(journal);
    await late.player.insert(player('late'));
    await node.barrier();
    await Promise.all([node.close(), late.close()]);
    const { exitCode, result } = await fixture.clusterJson('status', '--journal', name, '--directory', 'node');
    expect(exitCode).toBe(0);
    expect(result).toMatchObject({
      ...{ journal: `the journal '${name}' in PostgreSQL`, isUnfinished: false, head: 2, seq: 32, oldest: 1 },
      ...{ frameCount: 2, image: { position: 0, seq: 30 } },
      copies: [{ directory: fixture.at('node'), state: 'current', seq: 32, commonSeq: 32 }],
    });
    const status = await fixture.cluster('status', '--journal', name, '--directory', 'node');
    expect(status.out).toMatch(
      /^the journal 'game 1' in PostgreSQL \([0-9a-f]{32}\)\nends with frame 2, seq 32\nframes 1 to 2 are kept: 2 frames, .*\nthe newest image is at frame 0 \(seq 30\), .* of frames behind it\n.*node: holds everything, up to seq 32$/,
    );
    const exported = await fixture.clusterJson('export', 'out', '--journal', name, '--unsafe');
    expect(exported).toMatchObject({ exitCode: 0, result: { directory: fixture.at('out'), seq: 32, position: 2 } });
    expect(exported.result['digest']).toMatch(/^[0-9a-f]{64}$/);
    const players = await fixture.playersOf('out');
    expect(players.length).toBe(31);
    expect(players.find(({ id }) => id === 'p3')).toMatchObject({ age: 77 });
    // What it makes of itself is a journal again, of the same digest.
    const again = await fixture.clusterJson('import', 'out', '--journal', `${name} again`, '--unsafe');
    expect(again).toMatchObject({
      exitCode: 0,
      result: { seq: 32, digest: exported.result['digest'], uuid: result['uuid'] },
    });
    expect(readdirSync(fixture.folder).sort()).toEqual(['data', 'node', 'out']);
  });

  it('removes frames that an image covers, when that is confirmed', async () => {
    const node = await fixture.node(journal);
    for (let index = 0; index < 20; index++) await node.player.insert(player(`p${index}`));
    const none = await fixture.cluster('truncate', '--journal', name, '--dry-run');
    expect(none).toMatchObject({ exitCode: 0, err: '' });
    expect(none.out).toMatch(
      /^frames 1 to 20 are kept: 20 frames, .*\nThere is no image, so no frame can go: --write-image/,
    );
    const asked = await fixture.cluster('truncate', '--journal', name);
    expect(asked).toMatchObject({ exitCode: 2, out: '', err: expect.stringContaining('confirm it with --yes') });
    const nothing = await fixture.clusterJson('truncate', '--journal', name, '--yes');
    expect(nothing).toMatchObject({ exitCode: 0, result: { removedCount: 0 } });
    const args = ['--journal', name, '--yes', '--write-image', '--unsafe', '--retention', '0s'];
    const done = await fixture.clusterJson('truncate', ...args);
    expect(done).toMatchObject({
      exitCode: 0,
      result: { removedCount: 20, storedImage: true, image: { position: 20, seq: 20 }, after: { frameCount: 0 } },
    });
    const status = await fixture.cluster('status', '--journal', name);
    expect(status.out).toContain('ends with frame 20, seq 20\nno frames are kept\nthe newest image is at frame 20');
    // The node goes on, and a new one begins with the image.
    await node.player.insert(player('next'));
    const fresh = await fixture.node(journal, 'fresh');
    expect(fresh.player.size).toBe(21);
    await Promise.all([node.close(), fresh.close()]);
    const kept = await fixture.clusterJson('truncate', '--journal', name, '--yes');
    expect(kept).toMatchObject({ exitCode: 0, result: { removedCount: 0, after: { frameCount: 1, oldest: 21 } } });
    const planned = await fixture.cluster('truncate', '--journal', name, '--dry-run', '--retention', '7d');
    expect(planned.out).toContain('covers 0 frames, 0 bytes.\nOf these go those that are older than 7d,');
  });

  it('asks at a terminal, and takes nothing but yes for a yes', async () => {
    const node = await fixture.node(journal, 'node');
    for (let index = 0; index < 5; index++) await node.player.insert(player(`p${index}`));
    await node.close();
    const { runCli } = await import('../../src/cli.js');
    const run = async (answer: string): Promise<string> => {
      const lines: string[] = [];
      const output = { out: (text: string) => void lines.push(text), err: (text: string) => void lines.push(text) };
      const args = [
        'cluster',
        'truncate',
        '--journal',
        name,
        '--url-env',
        VARIABLE,
        '--retention',
        '0s',
        '--write-image',
        '--unsafe',
      ];
      expect(await runCli(args, { ...output, ask: async () => answer }, fixture.folder)).toBe(0);
      return lines.join('\n');
    };
    expect(await run('')).toContain('Nothing was removed.');
    expect(await run('n')).toContain('covers all of them.\nOf these go those that are older than 0s');
    expect(await run('Y')).toContain('5 frames removed');
  });

  it('names journals that are not there, and makes none by looking', async () => {
    for (const [verb, ...args] of [['status'], ['truncate', '--yes'], ['export', 'out']]) {
      const { exitCode, result } = await fixture.clusterJson(verb!, ...args, '--journal', 'gaem');
      expect([exitCode, (result['error'] as { code: string }).code]).toEqual([1, 'JOURNAL_NOT_FOUND']);
    }
    expect(existsSync(fixture.at('out'))).toBe(false);
    const { result } = await fixture.clusterJson('status', '--journal', 'gaem');
    expect(result['error']).toMatchObject({ code: 'JOURNAL_NOT_FOUND' });
  });

  it('takes the name of the journal from the configuration', async () => {
    writeFileSync(fixture.at('nuthatch.config.json'), JSON.stringify({ journal: name }));
    await (await fixture.node(journal)).close();
    expect(await fixture.clusterJson('status')).toMatchObject({
      exitCode: 0,
      result: { head: 0, seq: 0, frameCount: 0 },
    });
  });

  it('refuses what would mix two databases, or half of one', async () => {
    await fixture.write(3);
    const importing = (...args: readonly string[]) =>
      fixture.clusterJson('import', ...args, '--journal', name, '--unsafe');
    const codeOf = async (
      asked: Promise<{ exitCode: number; result: Record<string, unknown> }>,
    ): Promise<readonly unknown[]> => {
      const { exitCode, result } = await asked;
      return [exitCode, (result['error'] as { code?: string } | undefined)?.code];
    };
    expect(await codeOf(importing('nowhere'))).toEqual([1, 'DIRECTORY_UNUSABLE']);
    expect(existsSync(fixture.at('nowhere'))).toBe(false);
    mkdirSync(fixture.at('empty'));
    expect(await codeOf(importing('empty'))).toEqual([1, 'DIRECTORY_UNUSABLE']);
    const open = await fixture.open();
    expect(await codeOf(importing('data'))).toEqual([1, 'DATABASE_LOCKED']);
    await open.close();
    // Over a server that may lose writes: refused before anything is there.
    expect(await codeOf(fixture.clusterJson('import', 'data', '--journal', name))).toEqual([1, 'JOURNAL_UNSAFE']);
    expect(await codeOf(fixture.clusterJson('status', '--journal', name))).toEqual([1, 'JOURNAL_NOT_FOUND']);
    expect(await codeOf(importing('data'))).toEqual([0, undefined]);
    expect(await codeOf(importing('data'))).toEqual([1, 'INVALID_OPTION']);
    await fixture.open({}, 'other').then((db) => db.close());
    expect(await codeOf(importing('other'))).toEqual([1, 'INVALID_OPTION']);
    await (await fixture.node(journal, 'node')).close();
    expect(await codeOf(importing('node', '--journal', 'of a node'))).toEqual([1, 'DIRECTORY_UNUSABLE']);
    expect(await codeOf(fixture.clusterJson('export', 'node', '--journal', name, '--unsafe'))).toEqual([
      1,
      'DIRECTORY_UNUSABLE',
    ]);
    const status = fixture.clusterJson('status', '--journal', name, '--directory', 'data');
    expect(await codeOf(status)).toEqual([1, 'DIRECTORY_UNUSABLE']);
  });

  it('says what is wrong with a connection, and never the password', async () => {
    const { port, user } = server.connection;
    const at = async (url: string, ...args: readonly string[]) => {
      process.env[VARIABLE] = url;
      const ran = await fixture.cluster('status', '--journal', 'game', ...args);
      expect(ran.out + ran.err).not.toContain('hunter2');
      return `${ran.exitCode} ${ran.out}${ran.err}`;
    };
    expect(await at(`postgres://${user}:hunter2@127.0.0.1:${port}/postgres`)).toMatch(
      /^1 JOURNAL_UNREACHABLE: .*28P01/,
    );
    expect(await at('postgres://u:hunter2@127.0.0.1:1/postgres')).toMatch(/^1 JOURNAL_UNREACHABLE: .*ECONNREFUSED/);
    expect(await at('postgres://u:hunter2@127.0.0.1:1')).toMatch(
      /^1 INVALID_OPTION: .*NUTHATCH_TEST_ENGINE must hold a URL of the form/,
    );
    expect(await at('http://u:hunter2@127.0.0.1/x')).toMatch(/^1 INVALID_OPTION: .*begins with postgres:\/\//);
    expect(await at('nats://u:hunter2@h?x=hunter2')).toMatch(
      /^1 INVALID_OPTION: NUTHATCH_TEST_ENGINE does not hold nats:/,
    );
    expect(await at('nats://u:hunter2@127.0.0.1:1')).toMatch(/^1 JOURNAL_UNREACHABLE/);
    expect(await at('nats://hunter2@127.0.0.1:1?credentials=c')).toMatch(/^1 INVALID_OPTION/);
    expect(await at('nats://127.0.0.1:1?credentials=nowhere')).toMatch(/^1 FILE_UNUSABLE: .*nowhere/);
    expect(await at('cassandra://u:hunter2@127.0.0.1')).toMatch(
      /^1 INVALID_OPTION: NUTHATCH_TEST_ENGINE does not hold cassandra:/,
    );
    expect(await at('cassandra://u:hunter2@127.0.0.1:1/nuthatch')).toMatch(/^1 JOURNAL_UNREACHABLE/);
    expect(await at('')).toMatch(/^1 INVALID_OPTION: .*NUTHATCH_TEST_ENGINE is not set or is empty/);
    expect(await at('nats://h', '--schema', 'x')).toMatch(
      /^2 INVALID_OPTION: .*--schema is for journals in PostgreSQL/,
    );
    process.env[VARIABLE] = server.url;
    const onLine = await fixture.cluster('status', '--journal', 'postgres://u:hunter2@h/d');
    expect(onLine).toMatchObject({ exitCode: 2, err: expect.stringMatching(/--journal takes the name/) });
    expect(onLine.err).not.toContain('hunter2');
    expect(await fixture.cluster('status')).toMatchObject({
      exitCode: 2,
      err: expect.stringMatching(/no journal is named/),
    });
  });
});
