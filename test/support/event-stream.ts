/** Reads server-sent events, as a browser's EventSource does. */
export interface ReceivedEvent {
  readonly id: string | undefined;
  readonly data: unknown;
}

export class EventReader implements AsyncDisposable {
  readonly response: Response;
  readonly #end: AbortController;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #text = '';

  private constructor(response: Response, end: AbortController) {
    this.response = response;
    this.#end = end;
    this.#reader = (response.body as ReadableStream<Uint8Array>).getReader();
  }

  /** @param lastEventId of a stream that was cut. */
  static async open(url: string, lastEventId?: string): Promise<EventReader> {
    const end = new AbortController();
    const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
    return new EventReader(await fetch(url, { headers, signal: end.signal }), end);
  }

  /** The next event; undefined when the stream has ended. */
  async next(): Promise<ReceivedEvent | undefined> {
    for (;;) {
      const blockEnd = this.#text.indexOf('\n\n');
      if (blockEnd !== -1) {
        const lines = this.#text.slice(0, blockEnd).split('\n');
        this.#text = this.#text.slice(blockEnd + 2);
        const fieldOf = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
        const data = fieldOf('data');
        if (data !== undefined) return { id: fieldOf('id'), data: JSON.parse(data) };
        continue;
      }
      const { value, done } = await this.#reader.read();
      if (done) return undefined;
      this.#text += this.#decoder.decode(value, { stream: true });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.#reader.closed.catch(() => undefined);
  }
}
