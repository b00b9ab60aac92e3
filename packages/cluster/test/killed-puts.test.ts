/** Processes that are killed while they put blobs: what was acknowledged has its bytes, and nothing is left that nobody knows of. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { openDatabase } from '../../../generated/index.js';
import { syncPortOf } from '../../runtime/src/sync.js';
import { bundleChild } from '../../runtime/test/support/bundle-child.js';
import { repeats } from '../../runtime/test/support/long-run.js';
import { BLOB_PREFIX, type BlobRecord, GONE_PREFIX, UPLOAD_PREFIX } from '../src/blobs/blob-records.js';
import { fileJournal } from '../src/index.js';

const CACHE = resolve(__dirname, '../../../node_modules/.cache');
const KILLS = repeats('NUTHATCH_PUT_KILLS', 9);

interface PuttingNode {
  readonly child: ChildProcessWithoutNullStreams;
  readonly closed: Promise<unknown>;
  readonly opened: Promise<unknown>;
}

it(`keeps the blobs of acknowledged documents although ${KILLS} of three nodes are killed within their puts`, async () => {
  mkdirSync(CACHE, { recursive: true });
  const bundleFolder = mkdtempSync(join(CACHE, 'putting-'));
  const folder = mkdtempSync(join(tmpdir(), 'nuthatch-putting-'));
  const directory = join(folder, 'journal');
  const done = new Map<string, string>();
  const failures: string[] = [];
  const bundle = join(bundleFolder, 'node.cjs');
  const begin = (index: number): PuttingNode => {
    const own = index === 0 ? '' : join(folder, `node-${index}`);
    const child = spawn(process.execPath, [bundle, directory, own, `n${index}`], { stdio: 'pipe' });
    child.stdin.on('error', () => undefined);
    child.stderr.on('data', (text) => failures.push(String(text)));
    const closed = once(child, 'close');
    const opened = new Promise<void>((isOpen) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        const [word, id = '', hash = ''] = line.split(' ');
        if (word === 'open') isOpen();
        else if (word === 'did') done.set(id, hash);
        else failures.push(line);
      });
    });
    return { child, closed, opened: Promise.race([opened, closed]) };
  };
  const nodes: PuttingNode[] = [];
  try {
    bundleChild(join(__dirname, 'processes/putting-node.ts'), bundle);
    for (let index = 0; index < 3; index++) nodes.push(begin(index));
    for (let kill = 0; kill < KILLS; kill++) {
      const { child, closed, opened } = nodes[kill % 3]!;
      await opened;
      await new Promise((later) => setTimeout(later, Math.random() * 150));
      child.kill('SIGKILL');
      await closed;
      nodes[kill % 3] = begin(kill % 3);
    }
    await Promise.all(nodes.map(({ opened }) => opened));
    while (done.size < KILLS && failures.length === 0) await new Promise((later) => setTimeout(later, 20));
    for (const { child } of nodes) child.stdin.write('stop\n');
    await Promise.all(nodes.map(({ closed }) => closed));
    expect(failures).toEqual([]);
    const db = await openDatabase({ memory: true, journal: fileJournal({ directory, unsafe: true }) });
    try {
      for (const [id, hash] of done) {
        const bytes = await db.blobs.bytes(db.machine.require(id).photo!);
        expect(createHash('sha256').update(bytes).digest('hex')).toBe(hash);
      }
      // Acknowledged or not: no document is there without its blob.
      for (const { photo } of db.machine) await db.blobs.bytes(photo!);
      const port = syncPortOf(db);
      const known = new Set([...port.records(BLOB_PREFIX)].map(([, record]) => (record as BlobRecord).id));
      for (const prefix of [UPLOAD_PREFIX, GONE_PREFIX])
        for (const [name] of port.records(prefix)) known.add(name.slice(prefix.length));
      expect(readdirSync(join(directory, 'blobs')).filter((id) => !known.has(id))).toEqual([]);
    } finally {
      await db.close();
    }
  } finally {
    for (const { child } of nodes) child.kill('SIGKILL');
    await Promise.allSettled(nodes.map(({ closed }) => closed));
    rmSync(folder, { recursive: true, force: true });
    rmSync(bundleFolder, { recursive: true, force: true });
  }
});
