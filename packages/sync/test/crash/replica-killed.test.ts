/**
 * A replica that is killed by SIGKILL at any step of its outbox and of what the server sends: what its database has acknowledged
 * reaches the server once, in order, or is a conflict; nothing is lost and nothing happens twice. S3, S6.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../../../generated/index.js';
import { bundleChild } from '../../../runtime/test/support/bundle-child.js';
import { serve } from '../../src/server/serve.js';
import { randomOf } from '../support/random.js';
import { player } from '../support/sync-players.js';
import { ReplicaProcess } from './replica-process.js';

const seed = Number(process.env['NUTHATCH_SEED'] ?? Date.now() % 2 ** 31);
const killCount = process.env['NUTHATCH_NIGHTLY'] ? 300 : 12;
const MAX_LIFE_MS = 250;

let root: string;
let bundle: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'nuthatch-replica-'));
  bundle = join(root, 'replica-child.cjs');
  bundleChild(join(__dirname, 'replica-child.ts'), bundle);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

it(`loses nothing and does nothing twice over ${killCount} kills (seed ${seed})`, async () => {
  const random = randomOf(seed);
  await using db = await openDatabase({ memory: true });
  const errors: unknown[] = [];
  const server = await serve(db, {
    port: 0,
    authenticate: (token) => ({ id: token }),
    policy: () => ({ player: { read: true, write: true } }),
    onError: (error) => errors.push(error),
  });
  await db.player.insert(player('shared'));
  const seen = new Set<string>();
  const counts: number[] = [];
  db.subscribe(({ collection, key, after }) => {
    if (collection !== 'player' || after === undefined) return;
    const { name } = after as { readonly name: string };
    if (key === 'counter') counts.push(Number(name));
    if (key === 'shared') seen.add(name);
  });
  const edits = setInterval(() => void db.player.update('shared', { age: Math.floor(random() * 100) }), 7);
  const directory = join(root, 'replica');
  const url = `ws://127.0.0.1:${server.port}`;
  let acknowledged = 0;
  try {
    for (let kill = 0; kill < killCount; kill++) {
      const child = new ReplicaProcess(bundle, directory, url);
      await child.said('open');
      await new Promise((done) => setTimeout(done, random() * MAX_LIFE_MS));
      await child.kill();
      // What it had said before is in its directory: the next life goes on behind it.
      acknowledged = Math.max(acknowledged, child.last);
      expect(child.errors).toBe('');
    }
  } finally {
    clearInterval(edits);
  }
  const child = new ReplicaProcess(bundle, directory, url);
  await child.said('open');
  child.calm();
  const { marks, size, outbox } = JSON.parse((await child.said('calm')).slice('calm '.length)) as {
    readonly marks: readonly string[];
    readonly size: number;
    readonly outbox: number;
  };
  const last = Number(db.player.require('counter').name);
  expect([outbox, size, last >= acknowledged]).toEqual([0, db.player.size, true]);
  // Every edit of the counter once, in order, and each document that counts one once.
  expect(counts).toEqual(Array.from({ length: last }, (_, index) => index + 1));
  expect([db.player.revision('counter'), db.player.size]).toEqual([last, last + 2]);
  // Nothing but the shared document is in conflict, and no mark is both written and a conflict.
  expect(marks.filter((mark) => !mark.startsWith('mine-'))).toEqual([]);
  expect(marks.filter((mark) => seen.has(mark))).toEqual([]);
  expect(new Set(marks).size).toBe(marks.length);
  expect(errors).toEqual([]);
  await child.ended();
  await server.close();
}, 600_000);

it('is refused a directory that another process has open', async () => {
  await using db = await openDatabase({ memory: true });
  const server = await serve(db, { port: 0, authenticate: () => ({ id: 'a' }), policy: () => ({}) });
  const directory = join(root, 'twice');
  const url = `ws://127.0.0.1:${server.port}`;
  const first = new ReplicaProcess(bundle, directory, url);
  await first.said('open');
  const second = new ReplicaProcess(bundle, directory, url);
  await expect(second.said('open')).rejects.toThrow('DATABASE_LOCKED');
  await first.kill();
  const third = new ReplicaProcess(bundle, directory, url);
  await third.said('open');
  await third.kill();
  await server.close();
}, 600_000);
