/** How fast a new node comes to life: from frames, beside their bare reading and beside what applying them costs; from an image. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { journalStatus, memoryJournal, postgresJournal } from '@nuthatch/cluster';
import { openDatabase } from '../build/generated/index.js';

const IMAGE_WAIT_MS = 60_000;
const ROUNDS = 3;

const person = (i) => ({
  id: `p${i}`,
  email: `${i}@example.org`,
  name: `Person ${i}`,
  tags: ['a', 'b'],
  age: i % 50_000,
  createdAt: 1_700_000_000_000,
});

async function fill(db, count, batch) {
  for (let from = 0; from < count; from += batch)
    await db.person.insertMany(Array.from({ length: batch }, (_, index) => person(from + index)));
}

/** The best of a few rounds of each, in turns: others use the machine too. @returns milliseconds. */
async function quickest(...works) {
  const best = works.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < ROUNDS; round++)
    for (const [index, work] of works.entries()) {
      const startMs = performance.now();
      await work();
      best[index] = Math.min(best[index], performance.now() - startMs);
    }
  return best;
}

async function opened(journal, count) {
  const db = await openDatabase({ memory: true, journal });
  const found = db.person.count();
  await db.close();
  if (found !== count) throw new Error(`${count} documents were written, ${found} found`);
}

/** Milliseconds for all documents: read alone, applied alone, both as a node does it. */
export async function replay({ client, url, count, batch }) {
  const name = `replay ${count} ${batch}`;
  const shared = () => postgresJournal({ connectionString: url, name });
  const writer = await openDatabase({ memory: true, journal: shared() });
  await fill(writer, count, batch);
  await writer.close();
  // The same frames without a server: what checking, decoding, indexing and publishing them takes.
  const near = memoryJournal();
  const nearWriter = await openDatabase({ memory: true, journal: near });
  await fill(nearWriter, count, batch);
  const read = async () => {
    for (let position = 0; ; ) {
      const { rows } = await client.query(
        'SELECT position, bytes FROM nuthatch.frame WHERE journal = $1 AND position > $2 ORDER BY position LIMIT 100',
        [name, position],
      );
      if (rows.length === 0) return;
      position = Number(rows.at(-1).position);
    }
  };
  const [readMs, applyMs, nodeMs] = await quickest(
    read,
    () => opened(near, count),
    () => opened(shared(), count),
  );
  await nearWriter.close();
  return { readMs, applyMs, nodeMs };
}

/** Milliseconds for a new node that begins with an image of so many documents; undefined: none was stored in time. */
export async function bootstrap({ url, count, batch }) {
  const folder = mkdtempSync(join(tmpdir(), 'nuthatch-bench-node-'));
  try {
    const journal = postgresJournal({ connectionString: url, name: `image ${count}`, imageBytes: 1 });
    const writer = await openDatabase({ directory: join(folder, 'node'), journal });
    await fill(writer, count, batch);
    const endMs = performance.now() + IMAGE_WAIT_MS;
    const isCovered = async () => (await journalStatus(journal)).image?.seq === Number(writer.seq);
    while (!(await isCovered())) {
      if (performance.now() > endMs) return undefined;
      await sleep(200);
    }
    await writer.close();
    const [ms] = await quickest(() => opened(journal, count));
    return { ms, bytes: (await journalStatus(journal)).image.byteCount };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
