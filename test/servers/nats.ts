/** Real NATS servers for a test file: on loopback, their data in a temporary directory, ended with the test process. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { LineServer } from './line-server.js';

export interface NatsServers {
  readonly servers: readonly string[];
  readonly monitors: readonly string[];
  /** Ends a server by SIGKILL. */
  kill(index: number): Promise<void>;
  /** Begins it again, on its data. */
  start(index: number): Promise<void>;
  /** Which server leads a stream; undefined while none does. */
  leaderOf(stream: string): Promise<number | undefined>;
  /** Ends all and removes their data. Idempotent. */
  stop(): Promise<void>;
}

const RUN = join(__dirname, 'nats', 'run.mjs');

/** Whether this machine has the server's program, or can fetch it; prints one line when not. With `CI` set it must be there. */
export function canRunNats(): boolean {
  if (process.env['CI'] || spawnSync(process.execPath, [RUN, '--fetch']).status === 0) return true;
  process.stderr.write(
    'skipped: the tests with NATS, since no nats-server of 2.10 or later is found or can be fetched\n',
  );
  return false;
}

/** @param isSynced each write is on the disk before it is acknowledged. */
export async function startNats(count = 3, isSynced = true): Promise<NatsServers> {
  // Where many files need it, one has fetched it.
  spawnSync(process.execPath, [RUN, '--fetch']);
  const server = new LineServer('NATS', RUN, ['--nodes', String(count), ...(isSynced ? ['--sync'] : [])]);
  const { servers, monitors } = (await server.answer()) as Pick<NatsServers, 'servers' | 'monitors'>;
  return {
    servers,
    monitors,
    kill: (index) => server.order(`kill ${index}`),
    start: (index) => server.order(`start ${index}`),
    leaderOf: async (stream) => ((await server.ask(`leader ${stream}`)) as { readonly leader?: number }).leader,
    stop: () => server.stop(),
  };
}
