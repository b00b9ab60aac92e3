/**
 * A node in a process of its own, for bench/cluster.mjs: writes documents of its own, so many at a time, as fast as it
 * can, for a while; a follower only applies what others write. Order: one line of JSON on standard input; answer: one line of JSON.
 */
import { createInterface } from 'node:readline';
import { postgresJournal } from '@nuthatch/cluster';
import { openDatabase } from '../build/generated/index.js';

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const { url, name, node, batch, width, seconds, isFollower } = JSON.parse((await lines.next()).value);
const db = await openDatabase({ memory: true, journal: postgresJournal({ connectionString: url, name }) });
process.stdout.write('{"open":true}\n');
await lines.next();
const endMs = performance.now() + seconds * 1000;
let count = 0;
let written = 0;
const tookMs = [];
const person = (i) => ({
  id: `${node}-${i}`,
  email: `${node}-${i}@example.org`,
  name: `Person ${i}`,
  tags: ['a', 'b'],
  age: i % 50_000,
  createdAt: 1_700_000_000_000,
});
async function write() {
  while (performance.now() < endMs) {
    const documents = Array.from({ length: batch }, () => person(count++));
    const beganMs = performance.now();
    if (batch === 1) await db.person.insert(documents[0]);
    else await db.person.insertMany(documents);
    tookMs.push(performance.now() - beganMs);
    written += batch;
  }
}
const startMs = performance.now();
const cpuBefore = process.cpuUsage();
if (isFollower) await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
else await Promise.all(Array.from({ length: width }, write));
const ms = performance.now() - startMs;
const { user, system } = process.cpuUsage(cpuBefore);
const { frameCount } = db.stats().journal;
process.stdout.write(`${JSON.stringify({ written, ms, frameCount, cpuMs: (user + system) / 1000, tookMs })}\n`);
await db.close();
process.stdin.destroy();
