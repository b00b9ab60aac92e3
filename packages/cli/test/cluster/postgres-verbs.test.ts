/** `nuthatch cluster` over a real PostgreSQL. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Client } from 'pg';
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

  describe('with a node that is quarantined', () => {
    /** As a restore of the server's backup leaves it: frames and head of an earlier time, and no image since. */
    async function setBack(position: number): Promise<void> {
      const admin = new Client(server.connection);
      await admin.connect();
      await admin.query('DELETE FROM nuthatch.frame WHERE journal = $1 AND position > $2', [name, position]);
      await admin.query('DELETE FROM nuthatch.image WHERE journal = $1 AND position > $2', [name, position]);
      await admin.query('UPDATE nuthatch.journal SET head = $2 WHERE name = $1', [name, position]);
      await admin.end();
    }

    /** The node runs when it happens: it fails, and leaves its directory as it is. */
    beforeEach(async () => {
      const node = await fixture.node(journal, 'cache');
      const other = await fixture.node(journal, 'other');
      for (const id of ['p1', 'p2', 'p3']) await node.player.insert(player(id));
      await other.barrier();
      await other.close();
      await node.player.insert(player('p4'));
      await node.player.update('p1', { age: 50 });
      await setBack(3);
      // Another node writes to the restored journal, under the numbers of what is lost.
      const late = await fixture.node(journal, 'other');
      await late.player.insert(player('q1'));
      await late.player.update('p1', { age: 60 });
      await late.player.insert(player('q2'));
      await late.close();
      await expect(node.barrier().then(() => node.player.insert(player('p5')))).rejects.toMatchObject({
        code: expect.stringMatching(/JOURNAL_DIVERGED|DATABASE_FAILED/),
      });
      await node.close().catch(() => undefined);
    });

    it('says so, exports the difference, and goes on from the journal', async () => {
      await expect(fixture.node(journal, 'cache')).rejects.toMatchObject({ code: 'JOURNAL_DIVERGED' });
      const status = await fixture.cluster('status', '--journal', name, '--directory', 'cache', 'other');
      expect(status.exitCode).toBe(1);
      expect(status.out).toContain(
        'cache: has diverged: it holds 2 transactions from seq 4 on that the journal does not hold\n  `nuthatch cluster diff`',
      );
      expect(status.out).toContain('other: holds everything, up to seq 6');
      const args = ['cache', '--journal', name, '--output', 'diff.ndjson', '--dump', 'lost.ndjson'];
      const diff = await fixture.cluster('diff', ...args);
      expect(diff).toMatchObject({ exitCode: 0, err: '' });
      expect(diff.out).toContain(
        'one history up to seq 3; behind it the copy has 2 transactions of its own, the journal 3',
      );
      expect(diff.out).toContain('player: 1 only in the copy, 2 only in the journal, 1 in both and not alike');
      const lines = readFileSync(fixture.at('diff.ndjson'), 'utf8').trimEnd().split('\n');
      const parsed = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(parsed[0]).toMatchObject({ nuthatch: 'difference', version: 1, copySeq: 5, journalSeq: 6, commonSeq: 3 });
      expect(parsed.slice(1, 3)).toMatchObject([{ transaction: { seq: 4 } }, { transaction: { seq: 5 } }]);
      expect(parsed.at(-1)).toEqual({ end: { transactions: 2, documents: 4 } });
      expect(parsed.find(({ key }) => key === 'p1')).toMatchObject({
        copy: { revision: 2, document: { age: 50 } },
        journal: { revision: 2, document: { age: 60 } },
      });
      expect(await fixture.run('import', 'lost', '--input', 'lost.ndjson')).toMatchObject({ exitCode: 0 });
      expect((await fixture.playersOf('lost')).map(({ id, age }) => [id, age]).sort()).toEqual([
        ['p1', 50],
        ['p4', 30],
      ]);
      const again = await fixture.clusterJson('diff', ...args);
      expect(again).toMatchObject({ exitCode: 1, result: { error: { code: 'FILE_UNUSABLE' } } });

      const { exitCode, result } = await fixture.clusterJson('adopt', 'cache', '--journal', name);
      expect([exitCode, result['directory']]).toEqual([0, fixture.at('cache')]);
      const node = await fixture.node(journal, 'cache');
      expect(Array.from(node.player.all(), ({ id, age }) => `${id} ${age}`).sort()).toEqual([
        'p1 60',
        'p2 30',
        'p3 30',
        'q1 30',
        'q2 30',
      ]);
      const locked = await fixture.cluster('adopt', 'cache', '--journal', name);
      expect(locked).toMatchObject({ exitCode: 1, err: expect.stringMatching(/^DATABASE_LOCKED/) });
      await node.close();
      // What was set aside can be looked at as before.
      const aside = await fixture.clusterJson('diff', result['aside'] as string, '--journal', name);
      expect(aside.result['collections']).toEqual({ player: { onlyCopy: 1, onlyJournal: 2, differing: 1 } });
    });

    it('becomes the truth of a new journal', async () => {
      const next = `${name} restored`;
      const adopted = await fixture.cluster('adopt', 'cache', '--from-copy', '--journal', next, '--unsafe');
      expect(adopted).toMatchObject({ exitCode: 0, err: '' });
      expect(adopted.out).toMatch(
        /' in PostgreSQL holds what the directory held, up to seq 5, as incarnation 2\ndigest /,
      );
      const nextJournal = postgresJournal({ connectionString: server.url, name: next, unsafe: true });
      await expect(fixture.node(nextJournal, 'other')).rejects.toMatchObject({ code: 'JOURNAL_DIVERGED' });
      expect(await fixture.cluster('adopt', 'other', '--journal', next)).toMatchObject({ exitCode: 0, err: '' });
      for (const directory of ['cache', 'other', undefined]) {
        const node = await fixture.node(nextJournal, directory);
        expect([node.seq, node.player.get('p1')?.age, node.player.has('p4'), node.player.has('q1')]).toEqual([
          ...[5n, 50, true, false],
        ]);
        await node.close();
      }
      const twice = await fixture.cluster('adopt', 'cache', '--from-copy', '--journal', next, '--unsafe');
      expect(twice).toMatchObject({
        exitCode: 1,
        err: expect.stringMatching(/^INVALID_OPTION: .*give it another name/),
      });
    });
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
