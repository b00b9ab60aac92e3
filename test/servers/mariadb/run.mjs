/**
 * A real MariaDB on loopback and a free port, its data in a temporary directory, for as long as standard input is open:
 * when the test process ends, however it ends, the server is stopped by its pid and its data removed.
 *
 *   node run.mjs --check   exits 0 when a server program is found, else 3
 *   node run.mjs           prints {"port","pid","user","password","database"} once it answers; exits 3 without a program
 *
 * Programs, first that is there: MARIADB_BIN; PATH; /usr/sbin, where Debian puts the server. MariaDB refuses root: it
 * then runs as mysql or nobody.
 */
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { freePort } from '../free-port.mjs';

const START_LIMIT_MS = 300_000;
/** A port may be taken between its choice and the listening. */
const START_TRIES = 5;

const places = [process.env.MARIADB_BIN, ...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/bin'];
const program = (name) => places.map((place) => place && join(place, name)).find((path) => path && existsSync(path));

await main();

async function main() {
  const [server, installer] = [program('mariadbd'), program('mariadb-install-db')];
  if (server === undefined || installer === undefined) process.exit(3);
  if (process.argv.includes('--check')) return;
  const folder = mkdtempSync(join(tmpdir(), 'nuthatch-mariadb-'));
  const data = join(folder, 'data');
  mkdirSync(data, { mode: 0o700 });
  const as = otherUser();
  if (as.uid !== undefined) {
    chmodSync(folder, 0o711);
    chownSync(data, as.uid, as.gid);
  }
  const options = { ...as, cwd: data, env: { PATH: process.env.PATH, LC_ALL: 'C' } };
  const made = spawnSync(
    installer,
    // The first argument must be this one: files of the machine then say nothing.
    [
      '--no-defaults',
      `--datadir=${data}`,
      '--skip-test-db',
      '--auth-root-authentication-method=normal',
      '--skip-log-bin',
    ],
    { ...options, encoding: 'utf8' },
  );
  if (made.status !== 0) {
    rmSync(folder, { recursive: true, force: true });
    fail(`mariadb-install-db failed: ${made.error?.message ?? made.stdout + made.stderr}`);
  }
  const users = join(folder, 'users.sql');
  const [user, password, database] = ['nuthatch', 'secret', 'nuthatch'];
  writeFileSync(
    users,
    `CREATE DATABASE IF NOT EXISTS ${database};\nCREATE USER IF NOT EXISTS ${user}@'%' IDENTIFIED BY '${password}';\nGRANT ALL ON *.* TO ${user}@'%';\n`,
    { mode: 0o644 },
  );
  let [port, child, log] = [0, undefined, ''];
  let [isReady, isStopping] = [false, false];
  let triesLeft = START_TRIES;
  const begin = async () => {
    triesLeft--;
    port = await freePort();
    if (isStopping) return end();
    child = spawn(
      server,
      [
        '--no-defaults',
        `--datadir=${data}`,
        `--init-file=${users}`,
        `--port=${port}`,
        '--bind-address=127.0.0.1',
        `--socket=${join(data, 'socket')}`,
        `--pid-file=${join(data, 'pid')}`,
        '--skip-name-resolve',
        '--skip-ssl',
        // The data lives for seconds: what a power cut would leave is nobody's concern.
        '--innodb-flush-log-at-trx-commit=0',
        '--innodb-doublewrite=0',
        '--skip-log-bin',
      ],
      { ...options, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    child.stderr.on('data', (text) => {
      log = (log + text).slice(-4000);
    });
    child.once('exit', () => {
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
    child?.kill('SIGKILL');
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
  process.stdin.on('end', stop);
  process.stdin.on('error', stop);
  process.stdin.resume();
  await begin();
  const deadline = Date.now() + START_LIMIT_MS;
  while (!(await answers(port))) {
    if (Date.now() > deadline) {
      child?.kill('SIGKILL');
      fail(`the server does not answer:\n${log}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  isReady = true;
  process.stdout.write(`${JSON.stringify({ port, pid: child.pid, user, password, database })}\n`);
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
  for (const name of ['mysql', 'nobody']) {
    const user = users.find(([found]) => found === name);
    if (user !== undefined) return { uid: Number(user[2]), gid: Number(user[3]) };
  }
  return fail('started by root, and there is neither a user mysql nor nobody to run as');
}

/** A server that takes connections greets first: the fifth byte is the protocol's version, 10. */
function answers(port) {
  return new Promise((resolve) => {
    const socket = net.connect({ host: '127.0.0.1', port });
    const done = (value) => {
      socket.destroy();
      resolve(value);
    };
    socket.setTimeout(1000, () => done(false));
    socket.on('error', () => done(false));
    socket.on('data', (bytes) => done(bytes[4] === 10));
    socket.on('close', () => done(false));
  });
}
