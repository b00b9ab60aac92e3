/**
 * Puts and reads a blob beside a bare file of the same bytes, and says how far memory grew: `node --expose-gc bench/blobs.mjs`.
 *
 * Bytes are made as they are asked for, 256 KiB at a time. The bare file is written and synced once; it is read into one
 * buffer, without and with SHA-256. MB are 2^20 bytes.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { openDatabase } from '../packages/runtime/dist/index.js';

const MEGABYTES = Number(process.argv[2] ?? 200);
const ROUNDS = Number(process.argv[3] ?? 3);
const MEBIBYTE = 2 ** 20;
const piece = randomBytes(256 * 1024);
const root = mkdtempSync(join(tmpdir(), 'nuthatch-blobs-'));
const best = new Map();

function* bytes() {
  for (let index = 0; index < MEGABYTES * 4; index++) {
    piece.writeUInt32LE(index);
    yield piece;
  }
}

async function timed(name, work) {
  const start = performance.now();
  const result = await work();
  best.set(name, Math.max(best.get(name) ?? 0, (MEGABYTES / (performance.now() - start)) * 1000));
  return result;
}

async function writeBare(path) {
  const file = await open(path, 'w');
  let at = 0;
  for (const part of bytes()) {
    await file.write(part, 0, part.length, at);
    at += part.length;
  }
  await file.datasync();
  await file.close();
}

async function readBare(path, hash) {
  const file = await open(path, 'r');
  const buffer = Buffer.alloc(MEBIBYTE);
  for (let at = 0; ; ) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
    if (bytesRead === 0) break;
    hash?.update(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
  hash?.digest();
  await file.close();
}

let grownBytes = 0;
try {
  for (let round = 0; round < ROUNDS; round++) {
    const path = join(root, `bare-${round}`);
    await timed('bare file: write, one fdatasync', () => writeBare(path));
    await timed('bare file: read', () => readBare(path));
    await timed('bare file: read and SHA-256', () => readBare(path, createHash('sha256')));
    rmSync(path);
    for (const encryption of [undefined, { key: new Uint8Array(32) }]) {
      const name = encryption === undefined ? 'blob' : 'encrypted blob';
      const directory = join(root, `${round}-${name}`);
      const db = await openDatabase([], { directory, ...(encryption && { encryption }) });
      globalThis.gc?.();
      const before = process.memoryUsage().rss;
      const watch = setInterval(() => {
        grownBytes = Math.max(grownBytes, process.memoryUsage().rss - before);
      }, 20);
      const ref = await timed(`${name}: put`, () => db.blobs.put(bytes()));
      await timed(`${name}: read`, async () => {
        for await (const _ of db.blobs.read(ref));
      });
      clearInterval(watch);
      await db.close();
      rmSync(directory, { recursive: true });
    }
  }
  for (const [name, rate] of best) console.log(`${name}: ${rate.toFixed(0)} MB/s`);
  console.log(
    `${MEGABYTES} MB; memory grew by ${(grownBytes / MEBIBYTE).toFixed(0)} MB; load ${loadavg()[0].toFixed(1)}`,
  );
} finally {
  rmSync(root, { recursive: true, force: true });
}
