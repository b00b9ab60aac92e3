/** Server-sent events, which a browser reads with `EventSource` and asks for again when the connection is lost. */
import type { ServerResponse } from 'node:http';

export const EVENT_STREAM = 'text/event-stream';

export interface EventStream {
  /** @param id what the browser sends as `Last-Event-ID` when it comes back. */
  send(data: unknown, id?: string): void;
}

/** More than this waiting for a slow reader ends its stream: it comes back, and goes on where it was. */
const MAX_WAITING_BYTES = 1024 * 1024;
const PING_MS = 15_000;

/** Begins a stream of server-sent events. @param onClose is called once, whatever ends it. */
export function openEventStream(response: ServerResponse, onClose: () => void): EventStream {
  response.setHeader('content-type', EVENT_STREAM);
  response.setHeader('cache-control', 'no-store');
  response.write(': hello\n\n');
  const ping = setInterval(() => response.write(': ping\n\n'), PING_MS);
  response.once('close', () => {
    clearInterval(ping);
    onClose();
  });
  return {
    send(data, id) {
      if (response.writableLength > MAX_WAITING_BYTES) response.destroy();
      else response.write(`${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`);
    },
  };
}
