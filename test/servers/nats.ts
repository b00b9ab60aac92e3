/** Real NATS servers for a test file: on loopback, their data in a temporary directory, ended with the test process. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

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
  const child = spawn(process.execPath, [RUN, '--nodes', String(count), ...(isSynced ? ['--sync'] : [])], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (text: Buffer) => {
    errors += text.toString();
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<unknown> => {
    const { value, done } = await answers.next();
    if (done === true) throw new TypeError(`NATS did not answer (exit code ${child.exitCode}): ${errors}`);
    return JSON.parse(value as string);
  };
  const ask = async (line: string): Promise<unknown> => {
    child.stdin.write(`${line}\n`);
    return answer();
  };
  const { servers, monitors } = (await answer()) as Pick<NatsServers, 'servers' | 'monitors'>;
  return {
    servers,
    monitors,
    kill: async (index) => void (await ask(`kill ${index}`)),
    start: async (index) => void (await ask(`start ${index}`)),
    leaderOf: async (stream) => ((await ask(`leader ${stream}`)) as { readonly leader?: number }).leader,
    stop: () => stop(child),
  };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.stdin?.end();
  await once(child, 'exit');
}
