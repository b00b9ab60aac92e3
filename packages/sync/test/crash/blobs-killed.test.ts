/**
 * A replica that is killed by SIGKILL while it puts photos, uploads and downloads them: every machine that it has acknowledged
 * reaches the server with its photo, whole, and no part of a file is ever taken for one.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../../../generated/index.js';
import { bundleChild } from '../../../runtime/test/support/bundle-child.js';
import { serve } from '../../src/server/serve.js';
import { randomOf } from '../support/random.js';
import { photoBytes } from './photo-bytes.js';
import { ReplicaProcess } from './replica-process.js';

const seed = Number(process.env['NUTHATCH_SEED'] ?? Date.now() % 2 ** 31);
const killCount = process.env['NUTHATCH_NIGHTLY'] ? 200 : 6;
const MAX_LIFE_MS = 300;

let root: string;
let bundle: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'nuthatch-blobs-'));
  bundle = join(root, 'blob-child.cjs');
  bundleChild(join(__dirname, 'blob-child.ts'), bundle);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

it(`loses no photo over ${killCount} kills (seed ${seed})`, async () => {
  const random = randomOf(seed);
  await using db = await openDatabase({ directory: join(root, 'server'), durability: 'os' });
  const errors: unknown[] = [];
  await using server = await serve(db, {
    port: 0,
    authenticate: (token) => ({ id: token }),
    policy: () => ({ machine: { read: true, write: true } }),
    onError: (error) => errors.push(error),
  });
  const directory = join(root, 'replica');
  const url = `ws://127.0.0.1:${server.port}`;
  let acknowledged = -1;
  for (let kill = 0; kill < killCount; kill++) {
    const id = `theirs ${kill}`;
    await db.machine.insert({ id, serial: id, site: 'server', photo: await db.blobs.put(photoBytes(id)) });
    const child = new ReplicaProcess(bundle, directory, url);
    await child.said('open');
    await new Promise((done) => setTimeout(done, random() * MAX_LIFE_MS));
    await child.kill();
    acknowledged = Math.max(acknowledged, child.last);
    expect(child.errors).toBe('');
  }
  const child = new ReplicaProcess(bundle, directory, url);
  await child.said('open');
  child.calm();
  expect(await child.said('calm')).toBe('calm {"conflicts":0,"outbox":0}');
  await child.ended();
  expect(db.machine.findBySite('field').count()).toBeGreaterThan(0);
  for (const { id, photo } of db.machine.findBySite('field').all())
    expect(photoBytes(id).equals(await db.blobs.bytes(photo!))).toBe(true);
  if (acknowledged >= 0) expect(db.machine.has(`own ${acknowledged}`) || acknowledged === 0).toBe(true);
  expect(errors).toEqual([]);
}, 600_000);
