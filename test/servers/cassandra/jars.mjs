/**
 * The jars of an Apache Cassandra server, fetched once per user and kept in the cache folder.
 *
 * jars.txt names them, one `sha256 path` per line, as a Maven repository lays them out. Each is taken from the user's
 * own Maven repository when it is there, else downloaded; a file whose hash differs is never used. They are put into
 * place by one rename, so runs side by side, or cut short, never leave half a folder.
 *
 *   CASSANDRA_LIB     folder with the jars, used as it is         MAVEN_REPOSITORY_URL   another repository of jars
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const CASSANDRA_VERSION = '5.0.9';
const BASE_URL = process.env.MAVEN_REPOSITORY_URL ?? 'https://repo.maven.apache.org/maven2/';
const DOWNLOADS_AT_ONCE = 8;
const ATTEMPTS = 6;
const LONGEST_PAUSE_MS = 8_000;
const LOCAL_REPOSITORY = path.join(os.homedir(), '.m2', 'repository');

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** The jars of jars.txt: `{ hash, path }`. */
function listedJars() {
  const text = fs.readFileSync(new URL('jars.txt', import.meta.url), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => ({ hash: line.slice(0, 64), path: line.slice(65) }));
}

/** The folder that holds the jars; fetches them first when it does not exist (68 MB, about 10 s). */
export async function cassandraJars() {
  if (process.env.CASSANDRA_LIB) return process.env.CASSANDRA_LIB;
  const cache = process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache');
  const folder = path.join(cache, 'nuthatch-test-servers', `cassandra-${CASSANDRA_VERSION}`);
  if (fs.existsSync(folder)) return folder;
  const part = `${folder}.part-${process.pid}`;
  fs.mkdirSync(part, { recursive: true });
  try {
    const missing = await fetchAll(listedJars(), part);
    if (missing.length > 0) resolveByMaven(missing, part);
    fs.renameSync(part, folder);
  } catch (error) {
    // Another run may have been first; its folder is as good as ours.
    if (!fs.existsSync(folder)) throw error;
  } finally {
    fs.rmSync(part, { recursive: true, force: true });
  }
  return folder;
}

/** Puts each jar into `part`, from the local repository or by download; returns those it could not get. */
async function fetchAll(jars, part) {
  const waiting = [...jars];
  const missing = [];
  const work = async () => {
    for (let jar = waiting.shift(); jar !== undefined; jar = waiting.shift()) {
      const bytes = localJar(jar) ?? (missing.length === 0 ? await download(jar) : undefined);
      if (bytes === undefined) missing.push(jar);
      else fs.writeFileSync(path.join(part, path.basename(jar.path)), bytes);
    }
  };
  await Promise.all(Array.from({ length: DOWNLOADS_AT_ONCE }, work));
  return missing;
}

function localJar(jar) {
  const file = path.join(LOCAL_REPOSITORY, jar.path);
  if (!fs.existsSync(file)) return undefined;
  const bytes = fs.readFileSync(file);
  return sha256(bytes) === jar.hash ? bytes : undefined;
}

async function download(jar) {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    if (attempt > 1) await sleep(Math.min(LONGEST_PAUSE_MS, 250 * 2 ** attempt));
    try {
      const response = await fetch(new URL(jar.path, BASE_URL), { signal: AbortSignal.timeout(60_000) });
      const bytes = Buffer.from(await response.arrayBuffer());
      if (response.ok && sha256(bytes) === jar.hash) return bytes;
      process.stderr.write(`${jar.path}: status ${response.status}, attempt ${attempt}\n`);
    } catch (error) {
      process.stderr.write(`${jar.path}: ${error.cause?.message ?? error.message}, attempt ${attempt}\n`);
    }
  }
  return undefined;
}

/** Where a download is not possible but Maven is set up (a mirror in its settings), Maven fills the local repository. */
function resolveByMaven(missing, part) {
  const pom = path.join(part, 'pom.xml');
  fs.writeFileSync(
    pom,
    `<project><modelVersion>4.0.0</modelVersion><groupId>test</groupId><artifactId>server</artifactId>
    <version>1</version><packaging>pom</packaging><dependencies><dependency><groupId>org.apache.cassandra</groupId>
    <artifactId>cassandra-all</artifactId><version>${CASSANDRA_VERSION}</version></dependency></dependencies></project>`,
  );
  const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:resolve';
  spawnSync('mvn', ['-B', '-q', '-ntp', '-f', pom, goal], { stdio: ['ignore', 2, 2] });
  fs.rmSync(pom);
  for (const jar of missing) {
    const bytes = localJar(jar);
    if (bytes === undefined) throw new Error(`${jar.path} could be had neither from ${BASE_URL} nor through Maven`);
    fs.writeFileSync(path.join(part, path.basename(jar.path)), bytes);
  }
}
