/**
 * A JSON service over plain `node:http`, for the examples that show what is behind it. A framework does the same and
 * more: see fastify-service and nestjs-service.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { EVENT_STREAM } from './event-stream.js';

const MAX_BODY_BYTES = 64 * 1024;

/** HTTP status by error code; a code that is not here is our own fault. */
const STATUS: Readonly<Record<string, number>> = {
  INVALID_CURSOR: 400,
  INVALID_JSON: 400,
  INVALID_KEY: 400,
  INVALID_QUERY: 400,
  VALIDATION_FAILED: 400,
  CONFLICT: 409,
  DOCUMENT_NOT_FOUND: 404,
  NOT_FOUND: 404,
  DUPLICATE_KEY: 409,
  LEASE_LOST: 409,
  REVISION_MISMATCH: 409,
  CHANGES_GONE: 410,
  BODY_TOO_LARGE: 413,
  NOT_JSON: 415,
  // Nothing was written, or nobody knows: to be sent again, here or to another node.
  DATABASE_CLOSED: 503,
  JOURNAL_CONTENDED: 503,
  JOURNAL_UNREACHABLE: 503,
};

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
};

/** What a request is refused with, beside the errors of the database. */
export class Refusal extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export interface Call {
  /** What stands in the path for each `:name` of the route. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  /** The parsed body; undefined for GET. */
  readonly body: unknown;
  /** Aborted when the caller has gone: nothing is to be done for it any more. */
  readonly gone: AbortSignal;
}

/** Returns what is sent as JSON, or begins to answer by itself, as event streams do. */
export type Route = (call: Call, response: ServerResponse) => unknown;

export interface ServiceOptions {
  /** `'POST /rooms/:room/messages'` → what answers it. */
  readonly routes: Readonly<Record<string, Route>>;
  /** A folder whose files are served as they are; `index.html` at `/`. */
  readonly pages?: string;
  /** 0 for any free one. */
  readonly port: number;
}

export interface Service {
  readonly url: string;
  /** Resolves when the last request has ended; event streams are ended at once. */
  close(): Promise<void>;
}

/** Listens on 127.0.0.1. */
export async function serveJson({ routes, pages, port }: ServiceOptions): Promise<Service> {
  const table = Object.entries(routes).map(([route, answer]) => ({ matches: matcherOf(route), answer }));
  const files = pages === undefined ? new Map<string, Buffer>() : filesOf(pages);

  const answering = new Set<ServerResponse>();

  const server = createServer((request, response) => {
    answering.add(response);
    response.once('close', () => answering.delete(response));
    respond(request, response).catch((error: unknown) => refuse(response, error));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        // Connections that are kept alive become idle when their last answer has ended.
        const idle = setInterval(() => server.closeIdleConnections(), 20);
        server.close(() => {
          clearInterval(idle);
          resolve();
        });
        for (const response of answering) if (response.getHeader('content-type') === EVENT_STREAM) response.end();
      }),
  };

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const method = request.method ?? 'GET';
    const file = method === 'GET' ? files.get(pathname === '/' ? '/index.html' : pathname) : undefined;
    if (file !== undefined) {
      response.setHeader('content-type', MEDIA_TYPES[extname(pathname === '/' ? 'index.html' : pathname)]!);
      response.setHeader('content-security-policy', "default-src 'self'");
      response.end(file);
      return;
    }
    for (const { matches, answer } of table) {
      const params = matches(`${method} ${pathname}`);
      if (params === undefined) continue;
      const body = method === 'GET' ? undefined : await bodyOf(request);
      const gone = new AbortController();
      response.once('close', () => gone.abort());
      const result = await answer({ params, query, headers: request.headers, body, gone: gone.signal }, response);
      if (!response.headersSent) send(response, result === undefined ? 204 : 200, result);
      return;
    }
    // Browsers ask for it without being told to.
    if (pathname === '/favicon.ico') return send(response, 204, undefined);
    throw new Refusal('NOT_FOUND', `nothing answers ${method} ${pathname}`);
  }
}

function send(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(value === undefined ? undefined : JSON.stringify(value));
}

function refuse(response: ServerResponse, error: unknown): void {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  const status = STATUS[code] ?? 500;
  if (status === 500) console.error(error);
  if (response.headersSent) response.destroy();
  else
    send(response, status, status === 500 ? { code: 'INTERNAL', message: 'something went wrong' } : { code, message });
}

/** Refuses bodies of other types: a page of another origin can send those without being asked, and no JSON. */
async function bodyOf(request: IncomingMessage): Promise<unknown> {
  if (request.headers['content-type']?.split(';')[0] !== 'application/json')
    throw new Refusal('NOT_JSON', 'expected content-type application/json');
  const chunks: Buffer[] = [];
  let byteCount = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    byteCount += chunk.length;
    if (byteCount > MAX_BODY_BYTES) throw new Refusal('BODY_TOO_LARGE', `more than ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch (cause) {
    throw new Refusal('INVALID_JSON', `the body is not JSON: ${(cause as Error).message}`);
  }
}

function matcherOf(route: string): (asked: string) => Readonly<Record<string, string>> | undefined {
  const names = [...route.matchAll(/:(\w+)/g)].map(([, name]) => name as string);
  const pattern = new RegExp(`^${route.replace(/:\w+/g, '([^/]+)')}$`);
  return (asked) => {
    const match = pattern.exec(asked);
    if (!match) return undefined;
    return Object.fromEntries(names.map((name, index) => [name, decoded(match[index + 1] as string)]));
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Refusal('INVALID_KEY', `${text} is not a part of a URL`);
  }
}

/** Read once, so that no path of a request ever reaches the file system. */
function filesOf(folder: string): Map<string, Buffer> {
  const names = readdirSync(folder).filter((name) => Object.hasOwn(MEDIA_TYPES, extname(name)));
  return new Map(names.map((name) => [`/${name}`, readFileSync(join(folder, name))]));
}
