import { spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { BenchError } from '../lib/bench-error.mjs';

// One step for the whole insert, so that a taken email leaves no trace.
const INSERT = `
  if redis.call('EXISTS', 'p:' .. ARGV[1]) == 1 or redis.call('HSETNX', 'email', ARGV[2], ARGV[1]) == 0 then
    return redis.error_reply('TAKEN ' .. ARGV[2])
  end
  redis.call('HSET', 'p:' .. ARGV[1], 'email', ARGV[2], 'name', ARGV[3], 'tags', ARGV[4] .. ',' .. ARGV[5], 'age', ARGV[6], 'createdAt', ARGV[7])
  redis.call('SADD', 't:' .. ARGV[4], ARGV[1])
  redis.call('SADD', 't:' .. ARGV[5], ARGV[1])
  redis.call('ZADD', 'age', ARGV[6], ARGV[1])
  return 1`;

const SYNC = {
  memory: ['--appendonly', 'no'],
  journal: ['--appendonly', 'yes', '--appendfsync', 'no'],
  durable: ['--appendonly', 'yes', '--appendfsync', 'always'],
};

/** A loopback port nobody listens on just now. */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Starts a server of our own in `directory`; it ends with this process at the latest. */
async function startServer(directory, mode) {
  if (spawnSync('redis-server', ['--version']).error) throw new BenchError('redis-server is not installed');
  const port = await freePort();
  const server = spawn(
    'redis-server',
    [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--dir',
      directory,
      '--save',
      '',
      '--daemonize',
      'no',
      '--auto-aof-rewrite-percentage',
      '0',
      ...SYNC[mode],
    ],
    { stdio: 'ignore' },
  );
  const stop = () => server.kill('SIGKILL');
  process.once('exit', stop);
  return { port, server, forget: () => process.removeListener('exit', stop) };
}

/** @type {import('../lib/store.mjs').Adapter} */
export const adapter = {
  name: 'redis',
  title: 'Redis 7',
  modes: ['memory', 'journal', 'durable'],
  readModes: ['memory'],
  large: true,
  note: 'a server of its own on the loopback, hash per document, commands pipelined by the client; memory is the server’s',
  async open({ mode, directory }) {
    const { createClient } = await import('redis');
    const { port, server, forget } = await startServer(directory, mode);
    const client = createClient({
      socket: { host: '127.0.0.1', port, reconnectStrategy: 5 },
      commandsQueueMaxLength: 1_000_000,
    });
    client.on('error', () => {}); // refused while the server starts; a later failure rejects the command itself
    await client.connect();
    while ((await client.info('persistence')).includes('loading:1')) await sleep(5);
    const script = await client.scriptLoad(INSERT);
    const insert = (p) =>
      client.evalSha(script, {
        keys: [],
        arguments: [p.id, p.email, p.name, p.tags[0], p.tags[1], String(p.age), String(p.createdAt)],
      });
    const get = async (id) => {
      const hash = await client.hGetAll(`p:${id}`);
      if (hash.email === undefined) return undefined;
      return {
        id,
        email: hash.email,
        name: hash.name,
        tags: hash.tags.split(','),
        age: Number(hash.age),
        createdAt: Number(hash.createdAt),
      };
    };
    return {
      insertMany: (documents) => Promise.all(documents.map(insert)),
      insert,
      get,
      findByEmail: async (email) => {
        const id = await client.hGet('email', email);
        return id === null ? undefined : get(id);
      },
      countTag: (tag) => client.sCard(`t:${tag}`),
      findByTag: async (tag) => Promise.all((await client.sMembers(`t:${tag}`)).map(get)),
      findByAge: async (from, below, limit) =>
        Promise.all(
          (await client.zRange('age', from, `(${below}`, { BY: 'SCORE', LIMIT: { offset: 0, count: limit } })).map(get),
        ),
      rename: (id, name) => client.hSet(`p:${id}`, 'name', name),
      setAge: (id, age) =>
        client.multi().hSet(`p:${id}`, 'age', String(age)).zAdd('age', { score: age, value: id }).exec(),
      settle() {},
      foreignBytes: async () => Number(/used_memory_rss:(\d+)/.exec(await client.info('memory'))[1]),
      close: async () => {
        const ended = new Promise((resolve) => server.once('exit', resolve));
        await client.close();
        server.kill('SIGTERM');
        await ended;
        forget();
      },
    };
  },
};
