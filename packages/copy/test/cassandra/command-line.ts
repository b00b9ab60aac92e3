/** `nuthatch copy cassandra` and `nuthatch load cassandra` as the shell runs them. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { openDatabase } from '../../../../generated/index.js';
import { type CassandraRun, storeOf } from './cassandra-place.js';

const REPOSITORY = resolve(__dirname, '../../../..');
const BIN = join(REPOSITORY, 'packages/cli/dist/bin.js');
const GENERATED = ['--generated', 'build/generated/index.js'];
const SECRET = 'cassandra';
/** Not at a terminal: plain lines, now and then, and none that is written over. */
const PROGRESS = /^(\w+ player: [\d,]+ of 2,000, [\d,]+ per second.*\n)*$/;

const player = (number: number) => ({
  id: `p${number}`,
  email: `${number}@x.io`,
  clubs: ['all', `c${number % 3}`],
  age: number % 100,
  joinedAt: new Date(number),
  name: 'Zoë',
});

export function describeCommandLine(run: CassandraRun): void {
  describe('nuthatch copy cassandra', () => {
    let folder: string;
    const at = (name: string): string => join(folder, name);
    const url = (keyspace: string, password = SECRET): string =>
      `cassandra://cassandra:${password}@127.0.0.1:${run.server.port}/${keyspace}?dc=datacenter1&replication=1`;
    const begin = (place: string, ...args: readonly string[]) => {
      const env = { ...process.env, CLUSTER: place };
      const words = [BIN, ...args, '--url-env', 'CLUSTER', ...GENERATED];
      const child = spawn(process.execPath, words, { cwd: REPOSITORY, env, stdio: ['ignore', 'pipe', 'pipe'] });
      let [out, err] = ['', ''];
      child.stdout.on('data', (text) => {
        out += String(text);
      });
      child.stderr.on('data', (text) => {
        err += String(text);
      });
      const ended = new Promise<{ exitCode: number | null; out: string; err: string }>((done) =>
        child.once('close', (exitCode) => done({ exitCode, out, err })),
      );
      return { child, ended };
    };
    const nuthatch = (place: string, ...args: readonly string[]) => begin(place, ...args).ended;

    beforeAll(async () => {
      if (!existsSync(BIN)) throw new Error('packages/cli is not built: run npm test, or npm run build first');
      folder = mkdtempSync(join(tmpdir(), 'nuthatch-shell-'));
      await using db = await openDatabase({ directory: at('data') });
      await db.player.insertMany(Array.from({ length: 2_000 }, (_, number) => player(number)));
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    it('prints the tables, tries without writing, survives a kill, and loads back', async () => {
      const what = ['cassandra', at('data'), '--collections', 'player'];
      const ddl = await nuthatch(url('shell'), 'copy', ...what, '--ddl');
      expect(ddl.out).toMatch(/^CREATE KEYSPACE IF NOT EXISTS "shell" .*'datacenter1': 1\};\nCREATE TABLE/);
      expect(ddl.out).toContain('PRIMARY KEY (("tag", "bucket"), "id")');
      const dry = await nuthatch(url('shell'), 'copy', ...what, '--dry-run');
      expect(dry.out).toBe('player → player: 2000 documents, would be copied\nNothing was written.\n');
      const spaces = 'SELECT keyspace_name FROM system_schema.keyspaces WHERE keyspace_name = ?';
      expect((await run.client.execute(spaces, ['shell'])).rows).toEqual([]);

      const store = storeOf(run.client, 'shell');
      // A table that is just being made is listed a moment before it can be read.
      const positions = () => store.positions().catch(() => []);
      for (let isCutOff = false; !isCutOff; ) {
        const killed = begin(url('shell'), 'copy', ...what);
        let isOver = false;
        void killed.ended.then(() => {
          isOver = true;
        });
        while (!isOver && !(await positions()).some(({ isComplete }) => !isComplete));
        killed.child.kill('SIGKILL');
        const { exitCode, err } = await killed.ended;
        expect([exitCode ?? 0, err]).toEqual([0, expect.stringMatching(PROGRESS)]);
        const [position] = await positions();
        isCutOff = position?.isComplete === false;
        // On a busy machine the copy may have come to its end before the kill: once more, then.
        if (!isCutOff) await run.client.execute('DROP KEYSPACE IF EXISTS shell');
        else expect(position).toMatchObject({ collection: 'player' });
      }

      const copied = await nuthatch(url('shell'), 'copy', ...what);
      expect(copied).toMatchObject({ exitCode: 0 });
      expect(copied.err).toMatch(PROGRESS);
      expect(copied.out).toMatch(
        /^player → player: 2000 documents, 2000 written, 0 deleted, checksum [0-9a-f]{16}\nCass/,
      );
      const { rows } = await run.client.execute('SELECT age, clubs FROM shell.player WHERE id = ?', ['p1321']);
      expect(rows.map((row) => ({ ...row }))).toEqual([{ age: 21, clubs: '["all","c1"]' }]);
      const again = await nuthatch(url('shell'), 'copy', ...what, '--json', '--verify', 'count');
      expect(JSON.parse(again.out)).toMatchObject({ seq: '1', collections: [{ wasThere: true, count: 2_000 }] });

      const loaded = await nuthatch(url('shell'), 'load', 'cassandra', at('back'), '--collections', 'player');
      expect(loaded.out).toBe('player: 2000 read, 2000 loaded, 0 skipped, 0 rejected\n');
      await using db = await openDatabase({ directory: at('data') });
      await using back = await openDatabase({ directory: at('back') });
      const all = (of: typeof db) => [...of.player.all()].sort((one, other) => (one.id < other.id ? -1 : 1));
      expect(all(back)).toEqual(all(db));
      expect(`${ddl.err}${dry.err}${copied.err}${again.err}${loaded.err}`).not.toContain(SECRET);
    });

    it('ends with a code and without the password if nothing answers, the user is refused, or the URL is invalid', async () => {
      const what = ['copy', 'cassandra', at('data')];
      const [unreachable, denied, none, secret] = await Promise.all([
        nuthatch('cassandra://ann:hunter2@127.0.0.1:1/shell', ...what),
        nuthatch(url('shell', 'hunter2'), ...what),
        nuthatch('cassandra://ann:hunter2@127.0.0.1', ...what),
        nuthatch('cassandra://ann:hunter2%@127.0.0.1/shell', ...what),
      ]);
      expect(unreachable).toMatchObject({ exitCode: 1, err: expect.stringMatching(/^COPY_TARGET_UNREACHABLE: /) });
      expect(denied).toMatchObject({ exitCode: 1, err: expect.stringMatching(/^COPY_ACCESS_DENIED: /) });
      expect(none).toMatchObject({
        exitCode: 1,
        err: expect.stringMatching(/^INVALID_OPTION: CLUSTER does not hold /),
      });
      expect(secret).toMatchObject({ exitCode: 1, err: expect.stringMatching(/^INVALID_OPTION: /) });
      for (const { out, err } of [unreachable, denied, none, secret]) expect(out + err).not.toContain('hunter2');
      const missing = await nuthatch(url('nowhere').replace('&replication=1', ''), ...what);
      expect(missing).toMatchObject({ exitCode: 1, err: expect.stringMatching(/^COPY_FAILED: .*nowhere/) });
    });
  });
}
