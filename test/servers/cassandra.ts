/**
 * A real Apache Cassandra for a test file: started on a free port of loopback, its data in a temporary directory.
 *
 * It runs under `cassandra/run.mjs`, which holds our pipe as its standard input: when this process ends in any way,
 * the pipe closes and the server is stopped. Its jars are fetched once per user (68 MB).
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const RUN = join(__dirname, 'cassandra', 'run.mjs');

/** Whether this machine can run the server; prints one line when it cannot. With `CI` set it must: always true. */
export function canRunCassandra(): boolean {
  if (process.env['CI']) return true;
  const check = spawnSync(process.execPath, [RUN, '--check'], { encoding: 'utf8' });
  if (check.status !== 0) process.stderr.write(`skipped: ${check.stderr.trim()}\n`);
  return check.status === 0;
}

export interface CassandraServerOptions {
  /** It knows the user `cassandra`/`cassandra` only. */
  readonly passwords?: boolean;
  /** Tables and all that was acknowledged are there again after `kill` and `restart`; a table costs 100 ms more. */
  readonly durable?: boolean;
}

/** A running server; `kill` and `restart` keep its data and its port. */
export class CassandraServer {
  readonly contactPoints = ['127.0.0.1'];
  readonly localDataCenter = 'datacenter1';
  #runner: ChildProcess | undefined;
  #pid = 0;
  #port = 0;

  private constructor(
    readonly directory: string,
    readonly options: CassandraServerOptions,
  ) {}

  /** Starts a server; about 6 s on a free machine. */
  static async start(options: CassandraServerOptions = {}): Promise<CassandraServer> {
    const directory = mkdtempSync(join(tmpdir(), 'nuthatch-cassandra-'));
    const server = new CassandraServer(directory, options);
    await server.restart();
    return server;
  }

  get port(): number {
    return this.#port;
  }

  /** What `new Client(…)` of the driver needs to reach it. */
  get clientOptions() {
    const { contactPoints, localDataCenter, port } = this;
    return { contactPoints, localDataCenter, protocolOptions: { port } };
  }

  /** Starts the server again, over the data and on the port of the run before. */
  async restart(): Promise<void> {
    const args = [RUN, '--directory', this.directory, '--port', String(this.#port)];
    if (this.options.passwords) args.push('--passwords');
    if (this.options.durable) args.push('--durable');
    const runner = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#runner = runner;
    for await (const line of createInterface({ input: runner.stdout })) {
      const { port, pid } = JSON.parse(line) as { port: number; pid: number };
      this.#port = port;
      this.#pid = pid;
      runner.stdout.resume();
      return;
    }
    throw new Error('Cassandra did not start: see above');
  }

  /** Stops the process as a power cut would, in the middle of whatever it does. */
  async kill(): Promise<void> {
    process.kill(this.#pid, 'SIGKILL');
    this.#runner?.stdin?.write('keep');
    await this.#endRunner();
  }

  /** The process stands still: connections stay open, nothing is answered, until `resume`. */
  pause(): void {
    process.kill(this.#pid, 'SIGSTOP');
  }

  resume(): void {
    process.kill(this.#pid, 'SIGCONT');
  }

  async stop(): Promise<void> {
    await this.#endRunner();
    // After a `kill` nobody else does.
    rmSync(this.directory, { recursive: true, force: true });
  }

  async #endRunner(): Promise<void> {
    const runner = this.#runner;
    if (runner === undefined || runner.exitCode !== null || runner.signalCode !== null) return;
    const ended = new Promise((resolve) => runner.once('exit', resolve));
    runner.stdin?.end();
    await ended;
  }
}
