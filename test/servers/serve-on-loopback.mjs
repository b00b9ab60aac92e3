/**
 * Runs a database server for tests: on loopback and a free port, its data in a temporary directory, for as long as
 * standard input is open. When the test process ends, however it ends, the server is stopped by its pid and its data
 * removed.
 */
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.mjs';

const START_LIMIT_MS = 300_000;
const ASK_AGAIN_MS = 20;
const ANSWER_LIMIT_MS = 1000;
/** A port may be taken between its choice and the listening. */
const START_TRIES = 5;

/**
 * Prints one line of JSON once the server answers; ends the process when the server cannot be had.
 *
 * @param server `name` names the directory; `users` it may run as when root starts it, since such servers refuse root;
 *   `make(folder, data)` is the command that fills the data directory, `run(folder, data, port)` the one that serves it,
 *   as arrays; `env` of both; `stopSignal` ends it at once; `answers(port)` tells whether it takes connections;
 *   `access` is printed beside `port` and `pid`.
 */
export async function serveOnLoopback({ name, users, make, run, env, stopSignal, answers, access }) {
  const folder = mkdtempSync(join(tmpdir(), `nuthatch-${name}-`));
  const data = join(folder, 'data');
  mkdirSync(data, { mode: 0o700 });
  const owner = otherUser(users);
  if (owner.uid !== undefined) {
    chmodSync(folder, 0o711);
    chownSync(data, owner.uid, owner.gid);
  }
  const options = { ...owner, cwd: data, env: { PATH: process.env.PATH, ...env } };
  const removeFolder = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });

  const [maker, ...makerArguments] = make(folder, data);
  const made = spawnSync(maker, makerArguments, { ...options, encoding: 'utf8' });
  if (made.status !== 0) {
    removeFolder();
    fail(`${maker} failed: ${made.error?.message ?? made.stdout + made.stderr}`);
  }

  let [port, child, log] = [0, undefined, ''];
  let [isReady, isStopping] = [false, false];
  let triesLeft = START_TRIES;
  const end = () => {
    removeFolder();
    if (!isStopping) fail(`the server ended:\n${log}`);
    process.exit(0);
  };
  const begin = async () => {
    triesLeft--;
    port = await freePort();
    if (isStopping) return end();
    const [program, ...programArguments] = run(folder, data, port);
    child = spawn(program, programArguments, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr.on('data', (text) => {
      log = (log + text).slice(-4000);
    });
    child.once('exit', () => {
      if (!isStopping && !isReady && triesLeft > 0) void begin();
      else end();
    });
  };
  const stop = () => {
    if (isStopping) return;
    isStopping = true;
    child?.kill(stopSignal);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
  process.stdin.on('end', stop);
  process.stdin.on('error', stop);
  process.stdin.resume();

  await begin();
  const deadline = Date.now() + START_LIMIT_MS;
  while (!(await answers(port))) {
    if (Date.now() > deadline) {
      child?.kill(stopSignal);
      fail(`the server does not answer:\n${log}`);
    }
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
  }
  isReady = true;
  process.stdout.write(`${JSON.stringify({ port, pid: child.pid, ...access })}\n`);
}

/**
 * Whether a server says what it should on a new connection.
 *
 * @param greeting sent first, when the server waits for its clients to speak; else undefined.
 * @param isAnswer tells by the first bytes that came.
 */
export function greets(port, greeting, isAnswer) {
  return new Promise((resolve) => {
    const socket = net.connect({ host: '127.0.0.1', port });
    const done = (value) => {
      socket.destroy();
      resolve(value);
    };
    socket.setTimeout(ANSWER_LIMIT_MS, () => done(false));
    socket.on('error', () => done(false));
    if (greeting !== undefined) socket.on('connect', () => socket.write(greeting));
    socket.on('data', (bytes) => done(isAnswer(bytes)));
    socket.on('close', () => done(false));
  });
}

/** The user and group to run as: another one when root asks. */
function otherUser(names) {
  if (process.getuid?.() !== 0) return {};
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of names) {
    const user = users.find(([found]) => found === name);
    if (user !== undefined) return { uid: Number(user[2]), gid: Number(user[3]) };
  }
  return fail(`started by root, and there is no user ${names.join(' or ')} to run as`);
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
