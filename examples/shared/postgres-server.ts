/** A PostgreSQL for an example: the one of DATABASE_URL, else one that is started for this run, as the tests do. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { firstLineOf } from './first-line.js';

const SERVERS = '../../test/servers/postgres';

export interface PostgresServer {
  readonly url: string;
  /** Ends it if it was started here, and removes its data. */
  stop(): Promise<void>;
}

/** One server, without fsync: for data that lives as long as the run. @returns undefined when there is none. */
export function postgres(): Promise<PostgresServer | undefined> {
  return givenOr(
    'run.mjs',
    ({ port, user, password, database }) => `postgres://${user}:${password}@127.0.0.1:${port}/${database}`,
  );
}

/** A primary with a synchronous standby, both with fsync: it loses nothing that it has acknowledged. */
export function postgresPair(): Promise<PostgresServer | undefined> {
  return givenOr('pair.mjs', ({ primary }) => `postgres://nuthatch@127.0.0.1:${primary}/postgres`);
}

async function givenOr(
  program: string,
  urlOf: (access: Readonly<Record<string, string | number>>) => string,
): Promise<PostgresServer | undefined> {
  const url = process.env['DATABASE_URL'];
  if (url !== undefined && url !== '') return { url, stop: async () => undefined };
  const run = join(SERVERS, program);
  if (!existsSync(run)) return undefined;
  // In a group of its own: Ctrl-C in a terminal is for this program, which ends the server when nobody needs it any more.
  const server = spawn(process.execPath, [resolve(run)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
    windowsHide: true,
  });
  const line = await firstLineOf(server);
  if (line === undefined) return undefined;
  const stop = async (): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    // It ends when nobody holds the other end.
    server.stdin?.end();
    await exited;
  };
  return { url: urlOf(JSON.parse(line) as Readonly<Record<string, string | number>>), stop };
}
