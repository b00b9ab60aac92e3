/**
 * A real PostgreSQL for a test file: started on a free port of loopback, its data in a temporary directory, stopped with
 * the test process however that ends. Each test works in a schema of its own.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { LineServer } from './line-server.js';

export interface PostgresServer {
  readonly connection: {
    readonly host: '127.0.0.1';
    readonly port: number;
    readonly user: string;
    readonly password: string;
    readonly database: string;
  };
  /** With the password in it. */
  readonly url: string;
  /** Stops the server and removes its data. Idempotent. */
  stop(): Promise<void>;
}

const RUN = join(__dirname, 'postgres', 'run.mjs');

/** Whether this machine has the server's programs; prints one line when it has not. With `CI` set they must be there. */
export function canRunPostgres(): boolean {
  if (process.env['CI'] || spawnSync(process.execPath, [RUN, '--check']).status === 0) return true;
  process.stderr.write('skipped: the tests with PostgreSQL, since no server program is found\n');
  return false;
}

/** Starts a server with an empty data directory; about a second. */
export async function startPostgres(): Promise<PostgresServer> {
  const child = spawn(process.execPath, [RUN], { stdio: ['pipe', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (text: Buffer) => {
    errors += text.toString();
  });
  const line = await firstLine(child);
  if (line === undefined) throw new TypeError(`PostgreSQL did not start (exit code ${child.exitCode}): ${errors}`);
  const { port, user, password, database } = JSON.parse(line) as PostgresServer['connection'];
  return {
    connection: { host: '127.0.0.1', port, user, password, database },
    url: `postgres://${user}:${password}@127.0.0.1:${port}/${database}`,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.stdin.end();
      await once(child, 'exit');
    },
  };
}

async function firstLine(child: ChildProcess): Promise<string | undefined> {
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const exited = once(child, 'exit').then(() => undefined);
  const line = once(lines, 'line').then(([text]) => text as string);
  return Promise.race([line, exited]);
}

/** A primary with a synchronous standby, both with fsync. */
export interface PostgresPair {
  readonly primaryPort: number;
  readonly standbyPort: number;
  /** Ends the primary, all its processes at once. */
  killPrimary(): Promise<void>;
  /** Makes the standby a primary. */
  promote(): Promise<void>;
  /** Ends both and removes their data. Idempotent. */
  stop(): Promise<void>;
}

/** Starts the two; about two seconds. Connections are those of the user `nuthatch`, without a password. */
export async function startPostgresPair(): Promise<PostgresPair> {
  const server = new LineServer('PostgreSQL', join(__dirname, 'postgres', 'pair.mjs'));
  const { primary, standby } = (await server.answer()) as { readonly primary: number; readonly standby: number };
  return {
    primaryPort: primary,
    standbyPort: standby,
    killPrimary: () => server.order('kill'),
    promote: () => server.order('promote'),
    stop: () => server.stop(),
  };
}
