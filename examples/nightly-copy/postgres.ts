/** A PostgreSQL to copy to: the one of DATABASE_URL, else one that is started for this run, as the tests do. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import knexOf, { type Knex } from 'knex';

const RUN = '../../test/servers/postgres/run.mjs';

export interface Postgres {
  readonly knex: Knex;
  stop(): Promise<void>;
}

/** @returns nothing when there is neither. */
export async function openPostgres(): Promise<Postgres | undefined> {
  const url = process.env['DATABASE_URL'];
  if (url !== undefined && url !== '') return connected(url);
  if (!existsSync(RUN)) return undefined;
  const server = spawn(process.execPath, [resolve(RUN)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const line = await firstLine(server);
  if (line === undefined) return undefined;
  const { port, user, password, database } = JSON.parse(line) as Readonly<Record<string, string>>;
  return connected(`postgres://${user}:${password}@127.0.0.1:${port}/${database}`, server);
}

function connected(connection: string, server?: ChildProcess): Postgres {
  const knex = knexOf({ client: 'pg', connection });
  const stop = async (): Promise<void> => {
    await knex.destroy();
    if (server === undefined || server.exitCode !== null) return;
    // It ends when nobody holds the other end.
    server.stdin?.end();
    await once(server, 'exit');
  };
  return { knex, stop };
}

/** Where it listens; undefined when it ends without a word, as it does where no PostgreSQL is installed. */
async function firstLine(server: ChildProcess): Promise<string | undefined> {
  const lines = createInterface({ input: server.stdout as NodeJS.ReadableStream });
  const line = once(lines, 'line').then(([text]) => text as string);
  return Promise.race([line, once(server, 'exit').then(() => undefined)]);
}
