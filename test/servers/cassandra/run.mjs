/**
 * A real Apache Cassandra on loopback for tests, without a container or a system package.
 *
 *   node run.mjs --directory DIR [--port N] [--passwords] [--durable]
 *   node run.mjs --check                                              is there a Java 17?
 *   node run.mjs --fetch                                              has its jars ready for later
 *
 * Prints one JSON line `{ ready, port, pid, startMs }` when the server answers CQL, and stays until its standard input
 * closes: a test that dies, even by SIGKILL, takes the server with it. DIR is removed then, unless it
 * was told `keep` there before.
 * Exit codes: 0 stopped, 3 no Java 17 here (one line on stderr says so), 1 failed.
 */
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { freePort } from '../free-port.mjs';
import { cassandraJars } from './jars.mjs';

const START_LIMIT_MS = 420_000;
/** A port may be taken between its choice and the listening. */
const START_TRIES = 3;
const { values: options } = parseArgs({
  options: {
    directory: { type: 'string' },
    port: { type: 'string', default: '0' },
    check: { type: 'boolean', default: false },
    fetch: { type: 'boolean', default: false },
    passwords: { type: 'boolean', default: false },
    durable: { type: 'boolean', default: false },
  },
});
const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const directory = path.resolve(options.directory ?? '.');
const logFile = path.join(directory, 'server.log');

// Cassandra 5.0 reaches into these parts of Java 17: bin/cassandra of the distribution opens the same.
const EXPORTS = [
  'java.base/jdk.internal.misc',
  'java.base/jdk.internal.ref',
  'java.base/sun.nio.ch',
  'java.rmi/sun.rmi.registry',
  'java.rmi/sun.rmi.server',
  'java.management.rmi/com.sun.jmx.remote.internal.rmi',
];
const OPENS = [
  ...['io', 'lang', 'lang.module', 'lang.reflect', 'math', 'net', 'nio', 'util', 'util.concurrent'].map(
    (name) => `java.base/java.${name}`,
  ),
  'java.base/java.util.concurrent.atomic',
  'java.base/sun.nio.ch',
  ...['loader', 'math', 'module', 'ref', 'reflect'].map((name) => `java.base/jdk.internal.${name}`),
  'jdk.management/com.sun.management.internal',
];

/** Path of a Java 17 (Cassandra 5.0 runs on nothing newer), or undefined. */
function java17() {
  const candidates = [process.env.CASSANDRA_JAVA, process.env.JAVA_HOME && `${process.env.JAVA_HOME}/bin/java`, 'java'];
  if (fs.existsSync('/usr/lib/jvm')) {
    for (const name of fs.readdirSync('/usr/lib/jvm').sort()) candidates.push(`/usr/lib/jvm/${name}/bin/java`);
  }
  return candidates.find((candidate) => {
    if (!candidate) return false;
    const answer = spawnSync(candidate, ['-version'], { encoding: 'utf8' });
    return answer.status === 0 && /version "17[.\d]*/.test(answer.stderr + answer.stdout);
  });
}

/** One OPTIONS frame of the native protocol, version 4; the answer SUPPORTED (opcode 6) means ready. */
function answersCql(port) {
  return new Promise((resolve) => {
    const socket = net.connect({ host: '127.0.0.1', port });
    const done = (isReady) => {
      socket.destroy();
      resolve(isReady);
    };
    socket.setTimeout(2000, () => done(false));
    socket.on('error', () => done(false));
    socket.on('close', () => done(false));
    socket.on('connect', () => socket.write(Buffer.from([0x04, 0, 0, 0, 0x05, 0, 0, 0, 0])));
    socket.on('data', (bytes) => done(bytes.length >= 5 && bytes[4] === 0x06));
  });
}

async function launch(java, jars) {
  const port = Number(options.port) || (await freePort());
  const words = {
    CQL_PORT: port,
    STORAGE_PORT: await freePort(),
    SSL_STORAGE_PORT: await freePort(),
    DIRECTORY: directory.replaceAll("'", "''"),
    COMMITLOG_SYNC: options.durable
      ? 'commitlog_sync: batch'
      : 'commitlog_sync: periodic\ncommitlog_sync_period: 1000ms',
    AUTHENTICATOR: options.passwords ? 'PasswordAuthenticator' : 'AllowAllAuthenticator',
  };
  const yaml = fs
    .readFileSync(here('cassandra.yaml.template'), 'utf8')
    .replace(/@([A-Z_]+)@/g, (_, word) => words[word]);
  fs.mkdirSync(path.join(directory, 'tmp'), { recursive: true });
  fs.mkdirSync(path.join(directory, 'triggers'), { recursive: true });
  fs.writeFileSync(path.join(directory, 'cassandra.yaml'), yaml);
  const log = fs.openSync(logFile, 'a');
  const jamm = fs.readdirSync(jars).find((name) => /^jamm-.*\.jar$/.test(name));
  const child = spawn(
    java,
    [
      ...['-Xms128m', '-Xmx512m', '-Xss512k', '-XX:+UseSerialGC', '-XX:+ExitOnOutOfMemoryError', '-XX:-UsePerfData'],
      // Ready sooner on few cores; the server lives for seconds.
      '-XX:TieredStopAtLevel=1',
      ...['-Djava.net.preferIPv4Stack=true', '-Djava.awt.headless=true', `-Djava.io.tmpdir=${directory}/tmp`],
      ...['-Djdk.attach.allowAttachSelf=true', '-Dio.netty.tryReflectionSetAccessible=true'],
      ...EXPORTS.map((name) => `--add-exports=${name}=ALL-UNNAMED`),
      ...OPENS.map((name) => `--add-opens=${name}=ALL-UNNAMED`),
      ...(jamm ? [`-javaagent:${path.join(jars, jamm)}`] : []),
      ...['-cp', path.join(jars, '*')],
      `-Dcassandra.config=file://${directory}/cassandra.yaml`,
      `-Dcassandra.storagedir=${directory}`,
      `-Dcassandra.triggers_dir=${directory}/triggers`,
      `-Dlogback.configurationFile=file://${here('logback.xml')}`,
      ...[
        '-Dcassandra-foreground=yes',
        // Flushing a schema at each change takes most of its time; but tables that are not flushed are gone after a kill,
        // since schemas are loaded before the commit log is replayed.
        ...(options.durable ? [] : ['-Dcassandra.test.flush_local_schema_changes=false']),
        '-Dcassandra.skip_wait_for_gossip_to_settle=0',
        '-Dcassandra.ring_delay_ms=1000',
      ],
      ...(options.passwords ? ['-Dcassandra.superuser_setup_delay_ms=0'] : []),
      'org.apache.cassandra.service.CassandraDaemon',
    ],
    { cwd: directory, stdio: ['ignore', log, log] },
  );
  fs.closeSync(log);
  return { child, port };
}

const logText = () => fs.readFileSync(logFile, 'utf8');

const java = java17();
if (java === undefined) {
  process.stderr.write('Cassandra needs Java 17 (Debian: openjdk-17-jre-headless), or CASSANDRA_JAVA naming one\n');
  process.exit(3);
}
if (options.check) process.exit(0);
const jars = await cassandraJars();
if (options.fetch) process.exit(0);
const beganAt = Date.now();
let { child, port } = await launch(java, jars);
let triesLeft = START_TRIES - 1;
let isStopping = false;
let isKept = false;
const stop = (exitCode) => {
  if (isStopping) return;
  isStopping = true;
  const end = () => {
    if (!isKept) fs.rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
    process.exit(exitCode);
  };
  // The data is thrown away, so there is nothing to drain.
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) end();
  else {
    child.once('exit', end);
    child.kill('SIGKILL');
  }
};
process.stdin
  .on('data', (bytes) => {
    isKept ||= bytes.includes('keep');
  })
  .on('end', () => stop(0))
  .on('error', () => stop(0));
process.on('SIGINT', () => stop(130)).on('SIGTERM', () => stop(143));
const watchForErrors = () =>
  child.once('error', (error) => {
    process.stderr.write(`${java} did not start: ${error.message}\n`);
    stop(1);
  });
watchForErrors();
while (!isStopping && !(await answersCql(port))) {
  if (isStopping) break;
  const isDead = child.exitCode !== null || child.signalCode !== null;
  if (isDead && triesLeft > 0 && /address already in use|is in use by another process/i.test(logText())) {
    triesLeft--;
    fs.rmSync(logFile);
    ({ child, port } = await launch(java, jars));
    watchForErrors();
  } else if (isDead || Date.now() - beganAt > START_LIMIT_MS) {
    process.stderr.write(`Cassandra ${isDead ? 'exited' : 'did not answer in time'}; its log ends:\n`);
    process.stderr.write(`${logText().split('\n').slice(-30).join('\n')}\n`);
    stop(1);
    break;
  }
  await new Promise((resolve) => setTimeout(resolve, 200));
}
if (!isStopping)
  process.stdout.write(`${JSON.stringify({ ready: true, port, pid: child.pid, startMs: Date.now() - beganAt })}\n`);
