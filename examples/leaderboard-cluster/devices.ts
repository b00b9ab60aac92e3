/** Devices of players: each sends one result after the other to some node, and to another one until it has an answer. */
import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

const PAUSE_MS = 20;
const ANSWER_MS = 5_000;

export interface SentResult {
  readonly id: string;
  readonly player: string;
  readonly points: number;
}

export class Devices {
  /** Those that a node has acknowledged. */
  readonly acknowledged: SentResult[] = [];
  /** The first result that was refused: no device should send such a one. */
  failure: unknown;
  /** Results that were sent once more. */
  retryCount = 0;
  #isEnding = false;
  readonly #playing: Promise<unknown>;

  /** @param nodeUrls where nodes serve now. */
  constructor(count: number, nodeUrls: () => readonly string[]) {
    const players = Array.from({ length: count }, (_, index) => `player ${index + 1}`);
    this.#playing = Promise.all(players.map((player) => this.#play(player, nodeUrls)));
    this.#playing.catch((error: unknown) => {
      this.failure = error;
    });
  }

  /** Lets each have its last answer. Rejects with `failure`. */
  async end(): Promise<void> {
    this.#isEnding = true;
    await this.#playing;
  }

  async #play(player: string, nodeUrls: () => readonly string[]): Promise<void> {
    while (!this.#isEnding) {
      const result = { id: randomUUID(), player, points: randomInt(1, 1_001) };
      while (!(await isAcknowledged(anyOf(nodeUrls()), result))) {
        this.retryCount++;
        await sleep(PAUSE_MS);
      }
      this.acknowledged.push(result);
    }
  }
}

function anyOf(urls: readonly string[]): string {
  return urls[randomInt(urls.length)] as string;
}

/** @returns false when nobody knows what became of it: the node has gone, or it says that it cannot write now. */
async function isAcknowledged(url: string, result: SentResult): Promise<boolean> {
  let response: Response;
  try {
    response = await fetch(`${url}/results`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(result),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    const answer = await response.json();
    if (response.ok || response.status === 503) return response.ok;
    throw new TypeError(`${url} refused a result: ${JSON.stringify(answer)}`);
  } catch (error) {
    // What fetch throws for a connection that is refused or cut has a cause; a time that is over, a name.
    const { cause, name } = error as Error;
    if (cause === undefined && name !== 'TimeoutError' && name !== 'SyntaxError') throw error;
    return false;
  }
}
