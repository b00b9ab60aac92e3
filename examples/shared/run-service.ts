/** How the examples that serve are started and ended: `--directory ./data --port 3000`, Ctrl-C. */
import { parseArgs } from 'node:util';

export interface RunningService {
  readonly url: string;
  /** Ends the service, then closes the database. */
  close(): Promise<void>;
}

export interface StartOptions {
  /** Where the database is. */
  readonly directory: string;
  /** 0 for any free one. */
  readonly port: number;
}

/** Starts a service, prints where it listens, and closes it when a signal comes. A second signal ends the process. */
export async function runService(
  port: number,
  start: (options: StartOptions) => Promise<RunningService>,
): Promise<void> {
  try {
    const { values } = parseArgs({
      options: { directory: { type: 'string', default: './data' }, port: { type: 'string', default: String(port) } },
    });
    const service = await start({ directory: values.directory, port: Number(values.port) });
    console.log(`listening on ${service.url} (Ctrl-C ends it)`);
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => {
        service.close().then(
          () => console.log('closed'),
          (error: unknown) => {
            console.error(error);
            process.exitCode = 1;
          },
        );
      });
  } catch (error) {
    // A port that is taken, an option that is unknown, a directory that another process has open.
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
