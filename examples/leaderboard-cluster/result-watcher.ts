/** A client that watches results at one node, and goes on with another one from the seq that it saw last. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ResultEvent } from './leaderboard.js';

const PAUSE_MS = 50;

export class ResultWatcher {
  /** Ids of results as they came: each once, in the order of the journal. */
  readonly seen: string[] = [];
  /** Seq of the last transaction that came. */
  cursor = 0;
  /** Whether every seq was above the one before. */
  isInOrder = true;
  /** How often it went on with another node. */
  changeCount = 0;
  /** The node that it watches. */
  url = '';
  readonly #end = new AbortController();
  readonly #watching: Promise<void>;

  /** @param nodeUrls where nodes serve now, the first choice first. */
  constructor(nodeUrls: () => readonly string[]) {
    this.#watching = this.#watch(nodeUrls);
  }

  async end(): Promise<void> {
    this.#end.abort();
    await this.#watching;
  }

  async #watch(nodeUrls: () => readonly string[]): Promise<void> {
    const { signal } = this.#end;
    for (let at = 0; !signal.aborted; at++) {
      const urls = nodeUrls();
      const url = urls[at % urls.length] as string;
      if (this.url !== '' && url !== this.url) this.changeCount++;
      this.url = url;
      try {
        const headers = { 'last-event-id': String(this.cursor) };
        const response = await fetch(`${url}/results/events`, { headers, signal });
        if (response.ok) for await (const event of eventsOf(response)) this.#take(event);
      } catch {
        // The node has gone, or this client ends.
      }
      if (!signal.aborted) await sleep(PAUSE_MS);
    }
  }

  #take({ id, data }: ReceivedEvent): void {
    const seq = Number(id);
    if (seq <= this.cursor) this.isInOrder = false;
    this.cursor = seq;
    this.seen.push(...data);
  }
}

interface ReceivedEvent {
  readonly id: string;
  readonly data: ResultEvent;
}

/** Server-sent events, each a few lines and an empty one. One that is cut off is none. */
async function* eventsOf(response: Response): AsyncGenerator<ReceivedEvent> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const bytes of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(bytes, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop() as string;
    for (const block of blocks) {
      const event = /^id: (\d+)\ndata: (.*)$/m.exec(block);
      if (event) yield { id: event[1] as string, data: JSON.parse(event[2] as string) as ResultEvent };
    }
  }
}
