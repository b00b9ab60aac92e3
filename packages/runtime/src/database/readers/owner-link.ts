/**
 * The reader's end of the port: asks for an image, then takes in what the database says, in a turn of the loop or when it is
 * asked to look.
 */
import { type MessagePort, parentPort, receiveMessageOnPort } from 'node:worker_threads';
import { DatabaseError } from '@nuthatch/model';
import { showValue } from '../../definition/show-value.js';
import { later, type Timer } from '../../time/real-time.js';
import { type Hello, messageToReader, type ToReader, type Welcome } from './messages.js';

/** Ports that readers have: two at one would each get half of what is said. */
const taken = new WeakSet<MessagePort>();

/** A database says that it is there when it makes the port; nobody says anything over a port of other channels. */
const SILENCE_MS = 5_000;

export interface LinkListener {
  hear(message: ToReader): void;
  /** There will be no more: the database closed, its thread ended, or something else is at the other end. */
  ended(error: DatabaseError): void;
}

export class OwnerLink {
  readonly #port: MessagePort;
  #listener: LinkListener | undefined;
  /** What was said behind the welcome, while the image is loaded. */
  #early: ToReader[] = [];
  #isEnded = false;
  readonly #silenceMs: number;
  /** Until the first word. */
  #silence: Timer | undefined;

  /** @throws DatabaseError `INVALID_OPTION` for what is no port, or one that a reader has. */
  constructor(port: unknown, silenceMs = SILENCE_MS) {
    requirePort(port);
    this.#silenceMs = silenceMs;
    taken.add(port);
    this.#port = port;
  }

  /**
   * Resolves to the image and all that belongs to it. The thread stays alive meanwhile.
   *
   * Rejects with `MODEL_MISMATCH`, `READER_ENDED`, and what kept the database from making an image; `INVALID_OPTION` when
   * nobody says anything: no database has made the port.
   */
  ask(hello: Hello): Promise<Welcome> {
    return new Promise((resolve, reject) => {
      this.#listener = {
        hear: (message) => {
          this.#listener = { hear: (early) => void this.#early.push(early), ended: () => undefined };
          if (message.kind === 'welcome') resolve(message);
          else if (message.kind === 'refused') reject(refusalOf(message));
          else reject(unexpected(message.kind));
        },
        ended: reject,
      };
      this.#port.on('message', this.#take);
      this.#port.on('messageerror', this.#lose);
      this.#port.on('close', this.#lose);
      this.#silence = later(() => this.#end(silent(this.#silenceMs)), this.#silenceMs, true);
      this.#port.postMessage(hello);
    });
  }

  /** From now on messages go to the listener. The thread may end. */
  follow(listener: LinkListener): void {
    this.#listener = listener;
    this.#port.unref();
    for (const message of this.#early.splice(0)) listener.hear(message);
    // Closed between the welcome and now.
    if (this.#isEnded) listener.ended(lost());
  }

  /** Takes in what lies at the port now, without a turn of the loop. */
  look(): void {
    for (let next = receiveMessageOnPort(this.#port); next !== undefined; next = receiveMessageOnPort(this.#port))
      this.#take(next.message);
  }

  /** Whether the thread stays alive for what may still come. */
  keepAlive(isKept: boolean): void {
    if (this.#isEnded) return;
    if (isKept) this.#port.ref();
    else this.#port.unref();
  }

  askAgain(): void {
    if (!this.#isEnded) this.#port.postMessage({ kind: 'again' });
  }

  /** Nothing is heard any more. Idempotent. */
  close(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#silence?.cancel();
    this.#port.off('message', this.#take);
    this.#port.close();
  }

  readonly #take = (given: unknown): void => {
    if (this.#isEnded) return;
    this.#silence?.cancel();
    const message = messageToReader(given);
    if (message === undefined) this.#end(unexpected(showValue(given)));
    else if (message.kind === 'closed') this.#end(lost());
    else if (message.kind !== 'here') this.#listener?.hear(message);
  };

  readonly #lose = (): void => this.#end(lost());

  #end(error: DatabaseError): void {
    if (this.#isEnded) return;
    this.close();
    this.#listener?.ended(error);
  }
}

function requirePort(port: unknown): asserts port is MessagePort {
  const { postMessage, on, unref } = Object(port) as Partial<Record<'postMessage' | 'on' | 'unref', unknown>>;
  if ([postMessage, on, unref].some((method) => typeof method !== 'function'))
    throw notAPort(`\`port\` must be the port of \`db.readerPort()\`, found ${showValue(port)}`);
  // It is a port too, but a program is at its other end, which would never answer.
  if (port === parentPort)
    throw notAPort(
      '`port` is `parentPort`: give the port of `db.readerPort()` that the thread got, as in `workerData`',
    );
  if (taken.has(port as MessagePort)) throw notAPort('another reader was opened with this port: each needs its own');
}

function notAPort(what: string): DatabaseError {
  return new DatabaseError('INVALID_OPTION', what, { option: 'port' });
}

function silent(ms: number): DatabaseError {
  return notAPort(`nothing was said over \`port\` for ${ms} ms: is it the port of \`db.readerPort()\`?`);
}

function refusalOf({ code, what, facts }: Extract<ToReader, { readonly kind: 'refused' }>): DatabaseError {
  return new DatabaseError(code, what, facts);
}

function unexpected(what: string): DatabaseError {
  return new DatabaseError('READER_ENDED', `the port of a reader received ${what}, which no database says`);
}

function lost(): DatabaseError {
  return new DatabaseError('READER_ENDED', 'the database of the reader was closed, or its thread has ended');
}
