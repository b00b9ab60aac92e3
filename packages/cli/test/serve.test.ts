/**
 * `nuthatch serve` by the real command: replicas connect to it, its refusals serve nobody, and a signal ends it in order.
 *
 * Needs the build, as `npm test` makes it.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { openReplica } from '../../sync/src/index.js';
import { CliProject } from './support/cli-project.js';

const BIN = resolve(__dirname, '../dist/bin.js');
const TOKEN = 'a-token-for-ann-of-length';

interface Told {
  readonly url: string;
  readonly collections: Readonly<Record<string, number>>;
  readonly users?: readonly string[];
  readonly newToken?: string;
  readonly anyone: boolean;
}

/** A served database, in a process of its own. */
class Serving {
  out = '';
  err = '';
  readonly ended: Promise<number | string | null>;

  constructor(readonly child: ChildProcess) {
    child.stdout?.on('data', (data) => (this.out += String(data)));
    child.stderr?.on('data', (data) => (this.err += String(data)));
    this.ended = new Promise((done) => child.once('close', (code, signal) => done(code ?? signal)));
  }

  /** The line of `--json` that says what is served. */
  async told(): Promise<Told> {
    await until(
      () => this.out.includes('\n') || this.child.exitCode !== null,
      () => `a line: ${this.out} ${this.err}`,
    );
    return JSON.parse(this.out.slice(0, this.out.indexOf('\n'))) as Told;
  }
}

async function until(condition: () => boolean, what: () => string): Promise<void> {
  const endMs = Date.now() + 30_000;
  while (!condition()) {
    if (Date.now() > endMs) throw new Error(`waited 30 s for ${what()}`);
    await new Promise((done) => setTimeout(done, 10));
  }
}

interface AnyRepository {
  readonly size: number;
  get(key: string): { readonly name: string } | undefined;
  insert(input: object): Promise<object>;
}
type AnyReplica = {
  readonly player: AnyRepository;
  readonly club: AnyRepository;
  readonly connection: { readonly state: string; readonly error?: { code: string }; synced(): Promise<void> };
  readonly conflicts: { all(): readonly { code: string }[] };
  close(): Promise<void>;
};

let project: CliProject;
const servers: Serving[] = [];
const replicas: AnyReplica[] = [];

beforeAll(async () => {
  project = new CliProject({ hasDependencies: true });
  project.schema(
    'Player',
    '@Id() readonly id!: string;\n  @Tag() clubs: string[] = [];\n  @Range() born: Date = new Date(0);\n  name!: string;\n  nick?: string;',
  );
  project.schema('Club', '@Id() readonly id!: string;\n  name!: string;');
  project.write('nuthatch.config.json', '{ "data": "data" }');
  expect((await project.run('generate')).exitCode).toBe(0);
  await project.withDatabase(async (db) => {
    await db['player']!.insertMany([
      { id: 'p1', name: 'Ann', clubs: ['fcb'], born: new Date('2001-01-01'), nick: 'secret' },
      { id: 'p2', name: 'Bea', clubs: ['bvb'], born: new Date('1990-01-01') },
    ]);
  });
});
afterEach(async () => {
  for (const replica of replicas.splice(0)) await replica.close();
  for (const { child, ended } of servers.splice(0)) {
    child.kill('SIGKILL');
    await ended;
  }
});
afterAll(() => project[Symbol.dispose]());

function start(...args: readonly string[]): Serving {
  const child = spawn(process.execPath, [BIN, 'serve', ...args], { cwd: project.folder, stdio: 'pipe' });
  const serving = new Serving(child);
  servers.push(serving);
  return serving;
}

function writeTokens(users: readonly object[], mode = 0o600): string {
  project.write('tokens.json', JSON.stringify({ users }));
  chmodSync(join(project.folder, 'tokens.json'), mode);
  return 'tokens.json';
}

async function connect(url: string, token: string, more: object = {}): Promise<AnyReplica> {
  const { definitions } = require(project.generatedModule()!) as { definitions: never };
  const options = {
    memory: true,
    url,
    token,
    subscribe: { player: true, club: true },
    maxRetryMs: 100,
    onError: () => undefined,
  };
  const replica = (await openReplica(definitions, { ...options, ...more } as never)) as unknown as AnyReplica;
  replicas.push(replica);
  return replica;
}

const failure = async (serving: Serving): Promise<unknown> => [await serving.ended, serving.out, serving.err];

describe('nuthatch serve', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'serves replicas by their tokens until %s, and loses nothing',
    async (signal) => {
      const file = writeTokens([{ id: 'ann', token: TOKEN }]);
      const serving = start('data', '--port', '0', '--tokens', file, '--json');
      const told = await serving.told();
      expect(told).toMatchObject({ users: ['ann'], anyone: false, collections: { club: expect.any(Number) } });
      expect(told.url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+$/);
      const ann = await connect(told.url, TOKEN);
      await ann.connection.synced();
      expect(ann.player.get('p1')?.name).toBe('Ann');
      await ann.club.insert({ id: `c-${signal}`, name: 'FCB' });
      await ann.connection.synced();
      const stranger = await connect(told.url, 'another-token-of-length');
      await until(
        () => stranger.connection.state === 'needs token',
        () => stranger.connection.state,
      );
      expect(stranger.player.size).toBe(0);
      serving.child.kill(signal);
      expect([await serving.ended, serving.err]).toEqual([0, '']);
      expect(await project.documents('club')).toContainEqual({ id: `c-${signal}`, name: 'FCB' });
    },
  );

  it('says in words what it serves, to whom, and how to connect', async () => {
    const file = writeTokens([
      { id: 'ann', token: TOKEN },
      { id: 'bea', token: `${TOKEN}2`, collections: { player: { read: true } } },
    ]);
    const serving = start('--port', '0', '--tokens', file, '--application', 'league', '--read-only');
    await until(
      () => serving.out.includes('Ctrl-C'),
      () => serving.err,
    );
    expect(serving.out).toMatch(/^Serving data, read-only, at ws:\/\/127\.0\.0\.1:\d+ for the application league\n/);
    expect(serving.out).toContain('  player: 2 documents\n');
    expect(serving.out).toContain('Users: ann, bea (player)\n');
    expect(serving.out).toContain('application: "league"');
    expect(serving.out).not.toContain(TOKEN);
    const url = /ws:\/\/[\d.:]+/.exec(serving.out)![0];
    const ann = await connect(url, TOKEN, { application: 'league' });
    await ann.connection.synced();
    await ann.club.insert({ id: 'no', name: 'not written' });
    await ann.connection.synced();
    expect(ann.conflicts.all()).toMatchObject([{ code: 'FORBIDDEN' }]);
    const other = await connect(url, TOKEN, { application: 'another' });
    await until(
      () => other.connection.state === 'other application',
      () => other.connection.state,
    );
  });

  it('gives each user what the file says, by conditions in JSON, and hides fields', async () => {
    const rules = { player: { read: { born: { gte: '2000-01-01T00:00:00.000Z' } }, hidden: ['nick'] } };
    const file = writeTokens([{ id: 'bea', token: TOKEN, collections: rules }]);
    const { url } = await start('data', '--port', '0', '--tokens', file, '--json').told();
    const bea = await connect(url, TOKEN);
    await until(
      () => bea.player.size > 0,
      () => bea.connection.state,
    );
    expect([bea.player.size, bea.club.size, bea.player.get('p1')]).toMatchObject([1, 0, { name: 'Ann' }]);
    expect(bea.player.get('p1')).toHaveProperty('nick', undefined);
  });

  it('adds a user with a new token, of which the file has the hash alone', async () => {
    const told = await start('data', '--port', '0', '--tokens', 'new.json', '--add-user', 'cem', '--json').told();
    expect(told.users).toEqual(['cem']);
    expect(project.read('new.json')).not.toContain(told.newToken);
    if (process.platform !== 'win32') expect(statSync(join(project.folder, 'new.json')).mode & 0o777).toBe(0o600);
    const cem = await connect(told.url, told.newToken!);
    await cem.connection.synced();
    expect(cem.player.size).toBe(2);
    const again = start('data', '--port', '0', '--tokens', 'new.json', '--add-user', 'cem');
    expect(await failure(again)).toEqual([1, '', expect.stringContaining('TOKENS_INVALID')]);
  });

  it('lets anyone in on request, and says so', async () => {
    const serving = start('data', '--port', '0', '--insecure-anyone', '--json');
    const { url, anyone } = await serving.told();
    expect([anyone, serving.err]).toEqual([true, expect.stringContaining('can read and change all documents')]);
    const nobody = await connect(url, '');
    await nobody.connection.synced();
    expect(nobody.player.size).toBe(2);
  });

  it('serves over TLS', async () => {
    try {
      execFileSync(
        'openssl',
        [
          'req',
          '-x509',
          '-newkey',
          'ec',
          '-pkeyopt',
          'ec_paramgen_curve:prime256v1',
          '-nodes',
          '-keyout',
          'key.pem',
          '-out',
          'cert.pem',
          '-days',
          '2',
          '-subj',
          '/CN=localhost',
        ],
        { cwd: project.folder, stdio: 'ignore' },
      );
    } catch (error) {
      process.stderr.write(`TLS is not tried: openssl cannot make a certificate (${String(error)})\n`);
      return;
    }
    const file = writeTokens([{ id: 'ann', token: TOKEN }]);
    const { url } = await start(
      'data',
      '--port',
      '0',
      '--tokens',
      file,
      '--tls-cert',
      'cert.pem',
      '--tls-key',
      'key.pem',
      '--json',
    ).told();
    expect(url).toMatch(/^wss:/);
    const { WebSocket } = require('ws') as typeof import('ws');
    const socket = new WebSocket(url, { rejectUnauthorized: false });
    await new Promise((done, failed) => socket.once('open', done).once('error', failed));
    socket.terminate();
  });

  it('warns of a file of tokens that others can read', async () => {
    if (process.platform === 'win32') return;
    const serving = start(
      'data',
      '--port',
      '0',
      '--tokens',
      writeTokens([{ id: 'ann', token: TOKEN }], 0o644),
      '--json',
    );
    await serving.told();
    expect(serving.err).toContain('can be read by other users');
  });

  it('makes an empty database where it is asked to', async () => {
    const serving = start('new/place', '--create', '--port', '0', '--insecure-anyone', '--json');
    expect((await serving.told()).collections).toEqual({ club: 0, player: 0 });
  });

  it.each<[string, readonly string[], number, string]>([
    ['without users', ['data'], 2, '--insecure-anyone'],
    ['with users and everybody', ['data', '--tokens', 'x', '--insecure-anyone'], 2, 'not both'],
    ['with a port that is none', ['data', '--insecure-anyone', '--port', '99999'], 2, '--port'],
    ['with a new user and no file', ['data', '--insecure-anyone', '--add-user', 'x'], 2, '--tokens'],
    ['with half of TLS', ['data', '--insecure-anyone', '--tls-cert', 'x'], 2, 'together'],
    ['a directory that is not there', ['nowhere', '--insecure-anyone'], 1, '--create makes an empty database there'],
    ['with a file that is not there', ['data', '--tokens', 'none.json'], 1, 'FILE_UNUSABLE'],
    [
      'at an address of another machine',
      ['data', '--insecure-anyone', '--port', '0', '--host', '192.0.2.1'],
      1,
      'ADDRESS_UNUSABLE',
    ],
    [
      'with a certificate that is none',
      ['data', '--insecure-anyone', '--tls-cert', 'nuthatch.config.json', '--tls-key', 'nuthatch.config.json'],
      1,
      'INVALID_OPTION',
    ],
  ])('refuses to serve %s', async (_, args, exitCode, text) => {
    const {
      exitCode: found,
      out,
      err,
    } = await project.run('serve', ...args, '--generated', project.generatedModule()!);
    expect([found, out]).toEqual([exitCode, '']);
    expect(err).toContain(text);
  });

  it.each<[string, unknown, string]>([
    ['is not JSON', '{ "users": [ "a-secret-of-somebody" ', 'is not JSON'],
    ['holds a list', [], 'the list `users`'],
    ['has more than users', { users: [], more: 1 }, 'nothing else'],
    ['names a user without an id', { users: [{ token: TOKEN }] }, 'no `id`'],
    ['has a short token', { users: [{ id: 'a', token: 'a-secret' }] }, '16 characters'],
    ['has a hash that is none', { users: [{ id: 'a', token: 'sha256:a-secret-of-somebody' }] }, 'hexadecimal'],
    ['has one token twice', { users: ['a', 'b'].map((id) => ({ id, token: 'a-secret-of-somebody' })) }, 'another user'],
    ['has one user twice', { users: ['x', 'y'].map((part) => ({ id: 'a', token: TOKEN + part })) }, 'twice'],
    ['has a time that is none', { users: [{ id: 'a', token: TOKEN, expires: 'soon' }] }, 'ISO 8601'],
    ['has an unknown member', { users: [{ id: 'a', token: TOKEN, admin: true }] }, '"admin"'],
    [
      'has an unknown rule',
      { users: [{ id: 'a', token: TOKEN, collections: { player: { reads: true } } }] },
      '"reads"',
    ],
    [
      'has a rule that is no object',
      { users: [{ id: 'a', token: TOKEN, collections: { player: true } }] },
      'not an object',
    ],
    [
      'has a write that is a text',
      { users: [{ id: 'a', token: TOKEN, collections: { player: { write: 'no' } } }] },
      'neither true nor false',
    ],
    [
      'has rules for no collection',
      { users: [{ id: 'a', token: TOKEN, collections: { plaer: {} } }] },
      'no such collection',
    ],
    [
      'reads by no index',
      { users: [{ id: 'a', token: TOKEN, collections: { player: { read: { nick: 'x' } } } }] },
      'UNINDEXED_FIELD',
    ],
    [
      'reads by no date',
      { users: [{ id: 'a', token: TOKEN, collections: { player: { read: { born: 'x' } } } }] },
      'INVALID_INDEX_VALUE',
    ],
    [
      'hides no field',
      { users: [{ id: 'a', token: TOKEN, collections: { player: { hidden: ['x'] } } }] },
      'not a field',
    ],
    [
      'hides what must be there',
      { users: [{ id: 'a', token: TOKEN, collections: { player: { hidden: ['name'] } } }] },
      'not optional',
    ],
  ])('refuses a file of users that %s, and prints no token of it', async (_, users, text) => {
    project.write('bad.json', typeof users === 'string' ? users : JSON.stringify(users));
    const { exitCode, err } = await project.run(
      'serve',
      'data',
      '--port',
      '0',
      '--tokens',
      'bad.json',
      '--generated',
      project.generatedModule()!,
    );
    expect([exitCode, err]).toEqual([1, expect.stringMatching(/^TOKENS_INVALID: /m)]);
    expect(err).toContain(text);
    for (const secret of [TOKEN, 'a-secret']) expect(err).not.toContain(secret);
  });

  it('refuses a port that is in use, and leaves the database as it was', async () => {
    const other = createServer();
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
    const { port } = other.address() as { port: number };
    const serving = start('data', '--insecure-anyone', '--port', String(port));
    const [code, , err] = (await failure(serving)) as [number, string, string];
    expect([code, err]).toEqual([1, expect.stringContaining('ADDRESS_UNUSABLE')]);
    await new Promise((done) => other.close(done));
    expect((await project.run('verify', 'data')).exitCode).toBe(0);
  });
});
