/**
 * A PostgreSQL primary with a synchronous standby on loopback for tests, both with fsync, as they run in production.
 *
 *   node pair.mjs     prints {"primary","standby"}, the ports, once the standby follows; exits 3 without a program
 *
 * Lines on standard input, each answered by one line: `kill` ends the primary by SIGKILL, all its processes; `promote`
 * makes the standby a primary. When standard input closes both are ended and their data removed. A name and a password as
 * in run.mjs; connections need none.
 */
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from '../free-port.mjs';
import { exe, findPrograms } from './programs.mjs';

const START_LIMIT_MS = 60_000;
const programs = findPrograms();
if (programs === undefined) process.exit(3);
const program = (name) => join(programs, `${name}${exe}`);
const folder = mkdtempSync(join(tmpdir(), 'nuthatch-postgres-pair-'));
const owner = otherUser(['postgres', 'nobody']);
const options = { ...owner, cwd: folder, env: { PATH: process.env.PATH, LANG: 'C', LC_ALL: 'C' } };

const places = { primary: join(folder, 'primary'), standby: join(folder, 'standby') };
mkdirSync(places.primary, { mode: 0o700 });
if (owner.uid !== undefined) {
  chmodSync(folder, 0o711);
  chownSync(places.primary, owner.uid, owner.gid);
}
const ports = { primary: await freePort(), standby: await freePort() };
const children = {};

make(places.primary);
// The standby is a copy of the files as they were made; it follows from there.
cpSync(places.primary, places.standby, { recursive: true });
writeFileSync(join(places.standby, 'standby.signal'), '');
if (owner.uid !== undefined) own(places.standby);
begin('primary', ['-c', 'synchronous_standby_names=*', '-c', 'wal_keep_size=256MB', '-c', 'synchronous_commit=on']);
begin('standby', ['-c', `primary_conninfo=host=127.0.0.1 port=${ports.primary} user=nuthatch`]);

const deadline = Date.now() + START_LIMIT_MS;
while (!isReady('standby') || !isReady('primary')) {
  if (Date.now() > deadline || children.primary.exitCode !== null || children.standby.exitCode !== null) {
    process.stderr.write(`the servers do not start:\n${children.primary.log}\n${children.standby.log}\n`);
    end(1);
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
}
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
say(ports);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => end(0));
const lines = createInterface({ input: process.stdin });
lines.on('close', () => end(0));
for await (const line of lines) {
  if (line === 'kill') {
    const gone = new Promise((resolve) => children.primary.once('exit', resolve));
    killGroup(children.primary);
    await gone;
    say({ done: true });
  } else if (line === 'promote') {
    const { status, stderr } = spawnSync(program('pg_ctl'), ['promote', '-D', places.standby, '-w'], options);
    if (status !== 0) process.stderr.write(String(stderr));
    say({ done: status === 0 });
  }
}

function make(data) {
  const args = ['-D', data, '-U', 'nuthatch', '-A', 'trust', '-E', 'UTF8', '--locale=C'];
  const { status, stdout, stderr } = spawnSync(program('initdb'), args, { ...options, encoding: 'utf8' });
  if (status === 0)
    return writeFileSync(
      join(data, 'pg_hba.conf'),
      'host all all 127.0.0.1/32 trust\nhost replication all 127.0.0.1/32 trust\n',
    );
  process.stderr.write(`${stdout}${stderr}`);
  end(1);
}

function begin(name, more) {
  const args = ['-D', places[name], '-p', String(ports[name])];
  const settings = ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', '-c', 'wal_level=replica'];
  // A group of its own: its processes are killed together, as a machine that loses power kills them.
  const child = spawn(program('postgres'), [...args, ...settings, '-c', 'hot_standby=on', ...more], {
    ...options,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  child.log = '';
  child.stderr.on('data', (text) => {
    child.log = (child.log + text).slice(-4000);
  });
  children[name] = child;
}

/** The primary says in its log that the standby has become synchronous; the standby, that it can be read. */
function isReady(name) {
  const { log } = children[name];
  return name === 'primary' ? /synchronous standby/.test(log) : /ready to accept read-only connections/.test(log);
}

function killGroup(child) {
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

function end(code) {
  for (const child of Object.values(children)) killGroup(child);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  process.exit(code);
}

function own(path) {
  spawnSync('chown', ['-R', `${owner.uid}:${owner.gid}`, path]);
  chmodSync(path, 0o700);
}

/** The servers refuse root. */
function otherUser(names) {
  if (process.getuid?.() !== 0) return {};
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const user = users.find(([found]) => names.includes(found));
  return user === undefined ? {} : { uid: Number(user[2]), gid: Number(user[3]) };
}
