/**
 * Replicas over real WebSockets of a server that is killed by SIGKILL in the middle of images, of live changes and of
 * transactions that are pushed to it, and started again: replicas catch up, nothing is lost, nothing happens twice.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  definitions,
  openDatabase,
  type Repositories,
  type TransactionRepositories,
} from '../../../../generated/index.js';
import { bundleChild } from '../../../runtime/test/support/bundle-child.js';
import { openReplica } from '../../src/replica/open-replica.js';
import { randomOf } from '../support/random.js';
import { contentsOf, type PlayerReplica, player } from '../support/sync-players.js';

const seed = Number(process.env['NUTHATCH_SEED'] ?? Date.now() % 2 ** 31);
const killCount = process.env['NUTHATCH_NIGHTLY'] ? 200 : 5;
const DOCUMENT_COUNT = 5_000;
const MAX_LIFE_MS = 500;
const SHAPES: readonly unknown[] = [
  true,
  { clubs: 'club3' },
  [{ clubs: 'club1' }, { $keys: ['s1', 's2', 'counter2'] }],
];

let root: string;
let bundle: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'nuthatch-sync-'));
  bundle = join(root, 'server-child.cjs');
  bundleChild(join(__dirname, 'server-child.ts'), bundle);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

class Server {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #gone: Promise<number | null>;
  errors = '';
  port = 0;

  private constructor(directory: string, port: number) {
    const env = { ...process.env, NODE_PATH: resolve(__dirname, '../../../../node_modules') };
    this.#child = spawn(process.execPath, [bundle, directory, String(port), String(DOCUMENT_COUNT)], {
      stdio: 'pipe',
      env,
    });
    this.#child.stderr.on('data', (text) => {
      this.errors += String(text);
    });
    this.#gone = new Promise((done) => this.#child.once('exit', (code) => done(code)));
  }

  static async start(directory: string, port: number): Promise<Server> {
    const server = new Server(directory, port);
    const said = new Promise<number>((done) => server.#child.stdout.once('data', (text) => done(Number(text))));
    server.port = await Promise.race([
      said,
      server.#gone.then((code) => Promise.reject(new Error(`${code} ${server.errors}`))),
    ]);
    return server;
  }

  /** Resolves when it edits no more. */
  async calm(): Promise<void> {
    const said = new Promise((done) => this.#child.stdout.once('data', done));
    this.#child.stdin.write('calm\n');
    await said;
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#gone;
  }

  async end(): Promise<void> {
    this.#child.stdin.write('end\n');
    await this.#gone;
  }
}

/**
 * Resolves when every replica has all that the server did before, which edits no more: a document that is written last comes
 * last, whatever the machine is busy with.
 */
async function caughtUp(replicas: readonly PlayerReplica[]): Promise<void> {
  const [first] = replicas as readonly [PlayerReplica];
  await first.player.insert(player('last', { clubs: ['club3', 'club1'] }));
  await first.connection.synced();
  while (!replicas.every((replica) => replica.player.has('last'))) await new Promise((done) => setTimeout(done, 20));
}

it(`loses nothing and does nothing twice over ${killCount} kills (seed ${seed})`, async () => {
  const random = randomOf(seed);
  const directory = join(root, 'data');
  let server = await Server.start(directory, 0);
  const { port } = server;
  const errors: unknown[] = [];
  const replicas: PlayerReplica[] = [];
  for (const [index, shape] of SHAPES.entries()) {
    const options = { url: `ws://127.0.0.1:${port}`, token: `user${index}`, maxRetryMs: 40, memory: true };
    const onError = (error: unknown): void => void errors.push(error);
    const replica = openReplica<Repositories, TransactionRepositories>(definitions, {
      ...options,
      subscribe: { player: shape },
      onError,
    } as never);
    replicas.push(await replica);
  }
  const editCounts = SHAPES.map(() => 0);
  const edit = async (index: number): Promise<void> => {
    const replica = replicas[index] as PlayerReplica;
    const count = (editCounts[index] as number) + 1;
    editCounts[index] = count;
    const key = `counter${index}`;
    await replica.transaction((tx) => {
      const clubs = ['club3', 'club1'];
      if (tx.player.has(key)) tx.player.update(key, { age: count % 100, name: `edit ${count}` });
      else tx.player.insert(player(key, { age: count % 100, name: `edit ${count}`, clubs }));
      tx.player.insert(player(`r${index}-${count}`, { clubs }));
    });
  };
  // The first kill comes in the middle of the first image, the others wherever they come.
  for (let kill = 0; kill < killCount; kill++) {
    const endMs = Date.now() + (kill === 0 ? 60 : random() * MAX_LIFE_MS);
    while (Date.now() < endMs) {
      for (const index of SHAPES.keys()) if (random() < 0.5) await edit(index);
      await new Promise((done) => setTimeout(done, random() * 10));
    }
    await server.kill();
    for (const index of SHAPES.keys()) if (random() < 0.5) await edit(index);
    server = await Server.start(directory, port);
  }
  await Promise.all(replicas.map((replica) => replica.connection.synced()));
  await server.calm();
  await caughtUp(replicas);
  await server.end();
  await using db = await openDatabase({ directory });
  const expected = Object.entries(contentsOf(db));
  const isOf = [
    () => true,
    (id: string) => db.player.get(id)?.clubs.includes('club3') === true,
    (id: string) => ['s1', 's2', 'counter2'].includes(id) || db.player.get(id)?.clubs.includes('club1') === true,
  ];
  for (const [index, replica] of replicas.entries()) {
    const own = Object.fromEntries(expected.filter(([id]) => isOf[index]?.(id)));
    expect([index, contentsOf(replica)]).toEqual([index, own]);
    const count = editCounts[index] as number;
    const counter = db.player.get(`counter${index}`);
    expect([index, counter?.name, db.player.revision(`counter${index}`)]).toEqual([index, `edit ${count}`, count]);
    for (let number = 1; number <= count; number++)
      expect([number, db.player.revision(`r${index}-${number}`)]).toEqual([number, 1]);
    expect([replica.conflicts.size, replica.outbox.size]).toEqual([0, 0]);
  }
  expect(errors.filter((error) => (error as { readonly code?: string }).code === 'PROTOCOL_VIOLATION')).toEqual([]);
  for (const replica of replicas) await replica.close();
}, 600_000);

it('brings every replica to the very state of the server it ends at', async () => {
  const directory = join(root, 'quiet');
  {
    await using db = await openDatabase({ directory });
    await db.player.insertMany(Array.from({ length: 2_000 }, (_, index) => player(`s${index}`, { clubs: ['club3'] })));
  }
  const server = await Server.start(directory, 0);
  const options = { url: `ws://127.0.0.1:${server.port}`, token: 'ann', memory: true, subscribe: { player: true } };
  const replica = await openReplica<Repositories, TransactionRepositories>(definitions, options as never);
  await replica.connection.synced();
  await server.calm();
  await caughtUp([replica]);
  await server.end();
  await new Promise((done) => setTimeout(done, 100));
  await using db = await openDatabase({ directory });
  expect(contentsOf(replica)).toEqual(contentsOf(db));
  expect(replica.connection.state).not.toBe('live');
  await replica.close();
}, 600_000);
