/** The connection to NATS, made when it is needed and made anew after it was closed for good. */
import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection, NodeConnectionOptions } from '@nats-io/transport-node';
import { driverMissing } from '../../engine/engine-errors.js';

export interface JetStreamSessionOptions {
  readonly connection: NodeConnectionOptions;
  /** A call without an answer for so long, in milliseconds, has failed. */
  readonly answerMs: number;
}

export interface OpenSession {
  readonly connection: NatsConnection;
  readonly stream: JetStreamClient;
  readonly manager: JetStreamManager;
}

export class JetStreamSession {
  readonly #options: JetStreamSessionOptions;
  readonly #onMessage: ReadonlyMap<string, (text: string) => void>;
  #open: Promise<OpenSession> | undefined;
  #isClosed = false;

  /** @param onMessage told of the messages of each subject. */
  constructor(options: JetStreamSessionOptions, onMessage: ReadonlyMap<string, (text: string) => void>) {
    this.#options = options;
    this.#onMessage = onMessage;
  }

  get(): Promise<OpenSession> {
    if (this.#isClosed) return Promise.reject(new Error('the journal is closed'));
    this.#open ??= this.#connect().catch((error: unknown) => {
      this.#open = undefined;
      throw error;
    });
    return this.#open;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const open = this.#open;
    this.#open = undefined;
    if (open !== undefined) await open.then(({ connection }) => connection.close()).catch(() => undefined);
  }

  async #connect(): Promise<OpenSession> {
    const { connection: given, answerMs } = this.#options;
    const { transport, jetstream } = await drivers();
    const connection = await transport.connect({ name: 'nuthatch', timeout: answerMs, ...given });
    const subscriptions = [...this.#onMessage].map(([subject, tell]) =>
      connection.subscribe(subject, {
        callback: (error, message) => {
          if (error === null) tell(message.string());
        },
      }),
    );
    void connection.closed().then(() => {
      for (const subscription of subscriptions) subscription.unsubscribe();
      this.#open = undefined;
    });
    const manager = await jetstream.jetstreamManager(connection, { timeout: answerMs });
    return { connection, manager, stream: jetstream.jetstream(connection, { timeout: answerMs }) };
  }
}

/** @throws DatabaseError `JOURNAL_DRIVER_MISSING`. */
async function drivers(): Promise<{
  readonly transport: typeof import('@nats-io/transport-node');
  readonly jetstream: typeof import('@nats-io/jetstream');
}> {
  try {
    const [transport, jetstream] = await Promise.all([import('@nats-io/transport-node'), import('@nats-io/jetstream')]);
    return { transport, jetstream };
  } catch (cause) {
    throw driverMissing('JetStream', ['@nats-io/transport-node', '@nats-io/jetstream'], cause);
  }
}
