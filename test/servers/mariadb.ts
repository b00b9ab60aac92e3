/**
 * A real MariaDB for a test file: started on a free port of loopback, its data in a temporary directory, stopped with
 * the test process however that ends. Each test works in a database of its own.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface MariadbServer {
  /** The user may make databases. */
  readonly connection: {
    readonly host: '127.0.0.1';
    readonly port: number;
    readonly user: string;
    readonly password: string;
    readonly database: string;
  };
  /** With the password in it. */
  readonly url: string;
  /** Kills the server and removes its data. Idempotent. */
  stop(): Promise<void>;
}

const RUN = join(__dirname, 'mariadb', 'run.mjs');

/** Whether this machine has the server's programs; prints one line when it has not. With `CI` set they must be there. */
export function canRunMariadb(): boolean {
  if (process.env['CI'] || spawnSync(process.execPath, [RUN, '--check']).status === 0) return true;
  process.stderr.write('skipped: the tests with MariaDB, since no mariadbd is found (Debian: mariadb-server)\n');
  return false;
}

/** Starts a server with an empty data directory; two or three seconds. */
export async function startMariadb(): Promise<MariadbServer> {
  const child = spawn(process.execPath, [RUN], { stdio: ['pipe', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (text: Buffer) => {
    errors += text.toString();
  });
  const lines = createInterface({ input: child.stdout });
  const line = await Promise.race([
    once(lines, 'line').then(([text]) => text as string),
    once(child, 'exit').then(() => undefined),
  ]);
  if (line === undefined) throw new TypeError(`MariaDB did not start (exit code ${child.exitCode}): ${errors}`);
  const { port, user, password, database } = JSON.parse(line) as MariadbServer['connection'];
  return {
    connection: { host: '127.0.0.1', port, user, password, database },
    url: `mysql://${user}:${password}@127.0.0.1:${port}/${database}`,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.stdin.end();
      await once(child, 'exit');
    },
  };
}
