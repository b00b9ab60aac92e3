/** Three nodes of one leaderboard; one is killed while devices send results and a client watches. Nothing is lost. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { inTemporaryDirectory } from '../shared/in-temporary-directory.js';
import { postgresPair } from '../shared/postgres-server.js';
import { Devices } from './devices.js';
import { openDatabase } from './generated/index.js';
import type { NodeState } from './leaderboard.js';
import { type JournalPlace, leaderboardJournal, runNode } from './node.js';
import { NodeProcess } from './node-process.js';
import { ResultWatcher } from './result-watcher.js';

const NODE_COUNT = 3;
const DEVICE_COUNT = 12;
/** Each part of the story lasts so long, and until so many results were acknowledged in it. */
const PART_MS = 1_200;
const PART_COUNT = 50;

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort());

async function main(directory: string): Promise<void> {
  const postgres = await postgresPair();
  if (postgres === undefined) {
    console.error(
      'No PostgreSQL was found: set DATABASE_URL, or install the server (its programs are looked for in PATH).',
    );
    process.exitCode = 1;
    return;
  }
  const place = { url: postgres.url, schema: `nuthatch_leaderboard_${process.pid}` };
  try {
    try {
      await withNodes(place, directory);
    } finally {
      await dropSchema(place);
    }
  } finally {
    await postgres.stop();
  }
}

async function withNodes(place: JournalPlace, directory: string): Promise<void> {
  const nodes = new Map<string, NodeProcess>();
  const start = async (name: string): Promise<NodeProcess> => {
    interrupted.signal.throwIfAborted();
    const node = await NodeProcess.start(name, place, join(directory, name));
    nodes.set(name, node);
    return node;
  };
  try {
    const names = Array.from({ length: NODE_COUNT }, (_, index) => `node ${index + 1}`);
    // The first makes the tables; the others find them.
    for (const name of names) await start(name);
    for (const { name, url } of nodes.values()) console.log(`${name}: ${url}/leaders`);
    await tell(place, nodes, start);
  } finally {
    await Promise.all([...nodes.values()].map((node) => node.stop()));
  }
}

async function tell(
  place: JournalPlace,
  nodes: ReadonlyMap<string, NodeProcess>,
  start: (name: string) => Promise<NodeProcess>,
): Promise<void> {
  const urls = (): readonly string[] => [...nodes.values()].filter(({ isRunning }) => isRunning).map(({ url }) => url);
  const nameOf = (url: string): string | undefined => [...nodes.values()].find((node) => node.url === url)?.name;
  const devices = new Devices(DEVICE_COUNT, urls);
  const watcher = new ResultWatcher(urls);
  try {
    const results = await part(devices);
    console.log(`${DEVICE_COUNT} devices: ${results} results acknowledged; a client watches ${nameOf(watcher.url)}`);

    const killed = nodes.get('node 1') as NodeProcess;
    await killed.kill();
    const atKill = watcher.cursor;
    await part(devices);
    console.log(`node 1 was killed; ${devices.retryCount} results without an answer were sent to others`);
    console.log(`the client went on with ${nameOf(watcher.url)}, behind transaction ${atKill}`);

    const { greeting } = await start('node 1');
    console.log(`node 1 is back: its copy ended at transaction ${greeting.copySeq}, it shows ${greeting.seq}`);
    await part(devices);
    await devices.end();

    const states = await Promise.all(urls().map(stateOf));
    const texts = new Set(states.map((state) => JSON.stringify(state)));
    say('all nodes show the same', texts.size === 1 && states.length === NODE_COUNT);

    while (watcher.cursor < Number(states[0]?.seq)) await pause(20);
    const sent = new Set(devices.acknowledged.map(({ id }) => id));
    const isOnce = watcher.seen.length === sent.size && watcher.seen.every((id) => sent.has(id));
    say('the client saw each result once, in order', isOnce && watcher.isInOrder);

    const { foundCount, isSumRight } = await found(place, devices);
    say('the points of all players are right', isSumRight);
    console.log(`${sent.size} writes acknowledged, ${foundCount} found`);
    if (foundCount !== sent.size) process.exitCode = 1;
  } finally {
    await Promise.allSettled([watcher.end(), devices.end()]);
  }
}

/** @returns how many results were acknowledged since the beginning. */
async function part(devices: Devices): Promise<number> {
  const { acknowledged } = devices;
  const count = acknowledged.length + PART_COUNT;
  await pause(PART_MS);
  while (acknowledged.length < count) {
    if (devices.failure !== undefined) throw devices.failure;
    await pause(20);
  }
  return acknowledged.length;
}

/** @throws Error when somebody has pressed Ctrl-C. */
async function pause(ms: number): Promise<void> {
  await sleep(ms, undefined, { signal: interrupted.signal });
}

/** A fourth node, which has seen nothing yet, reads the journal: what is there is there for good. */
async function found(
  place: JournalPlace,
  { acknowledged }: Devices,
): Promise<{ readonly foundCount: number; readonly isSumRight: boolean }> {
  const db = await openDatabase({ memory: true, journal: leaderboardJournal(place) });
  try {
    const foundCount = acknowledged.filter(({ id }) => db.result.has(id)).length;
    const pointSum = acknowledged.reduce((sum, { points }) => sum + points, 0);
    return { foundCount, isSumRight: db.player.sum('points') === pointSum && db.result.size === acknowledged.length };
  } finally {
    await db.close();
  }
}

async function stateOf(url: string): Promise<NodeState> {
  const response = await fetch(`${url}/state`);
  if (!response.ok) throw new TypeError(`${url} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as NodeState;
}

function say(what: string, isTrue: boolean): void {
  console.log(`${what}: ${isTrue}`);
  if (!isTrue) process.exitCode = 1;
}

async function dropSchema({ url, schema }: JournalPlace): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
  await client.end();
}

const [role, directory = ''] = process.argv.slice(2);
if (role === 'node')
  runNode(JSON.parse(process.env['NODE_JOURNAL'] ?? '{}') as JournalPlace, directory).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
else
  inTemporaryDirectory(async (folder) => {
    try {
      await main(folder);
    } catch (error) {
      if (!interrupted.signal.aborted) throw error;
      console.log('interrupted: nodes and server are stopped');
      process.exitCode = 130;
    }
  });
