/** Chat rooms as a service: rooms and topics are tags, and each room streams its changes to the pages that show it. */
import { DatabaseError } from '@nuthatch/runtime';
import { type EventStream, openEventStream } from '../shared/event-stream.js';
import { type Call, Refusal, type Service, serveJson } from '../shared/json-service.js';
import type { MessageInput, NuthatchDatabase } from './generated/index.js';

const PAGE_SIZE = 50;

export function serveChat(db: NuthatchDatabase, port: number, pages: string): Promise<Service> {
  return serveJson({
    port,
    pages,
    routes: {
      // Each index keeps its counts: nothing is read to answer these.
      'GET /rooms': () => Object.fromEntries(db.message.tags('room')),
      'GET /topics': () => Object.fromEntries(db.message.tags('topics')),
      'GET /topics/:topic': ({ params }) =>
        db.message
          .findByTopics(params['topic'] as string)
          .orderBy('sentAt', 'desc')
          .limit(PAGE_SIZE)
          .all(),
      'GET /rooms/:room/messages': (call) => pageOf(db, call),
      'POST /rooms/:room/messages': ({ params, body }) => {
        const { author, text } = fields(body);
        return db.message.insert({ room: params['room'], author, text } as MessageInput);
      },
      'POST /messages/:id/likes': ({ params, body }) => {
        const { author } = fields(body);
        if (typeof author !== 'string' || author === '')
          throw new Refusal('VALIDATION_FAILED', 'author must be a text');
        return db.message.addTag(Number(params['id']), 'likedBy', author);
      },
      'GET /rooms/:room/events': (call, response) => {
        // Before the stream begins: a bad cursor is still answered with a status.
        const changes = changesOf(db, call);
        const stream = openEventStream(response, () => changes.return?.());
        follow(changes, stream).catch((error: unknown) => {
          console.error(error);
          response.destroy();
        });
      },
    },
  });
}

/** Newest first; `before` goes on. `since` is where the room's events go on from these messages, without a gap. */
function pageOf(db: NuthatchDatabase, { params, query }: Call) {
  const newestFirst = db.message
    .findByRoom(params['room'] as string)
    .orderBy('sentAt', 'desc')
    .limit(PAGE_SIZE);
  const before = query.get('before');
  const { items, next } = (before === null ? newestFirst : newestFirst.after(before)).page();
  return { messages: items, before: next, since: String(db.seq) };
}

/**
 * The changes of one room from the place on that the page names. Each has a cursor, which is the event's id: a browser
 * that lost its connection sends the last one it saw, and gets what it missed from the journal, though the server was
 * started anew meanwhile.
 */
function changesOf(db: NuthatchDatabase, { params, query, headers }: Call) {
  const seen = String(headers['last-event-id'] ?? query.get('since') ?? db.seq);
  try {
    return db.message.changes({
      since: /^\d+$/.test(seen) ? BigInt(seen) : seen,
      filter: ({ before, after }) => (after ?? before)?.room === params['room'],
    });
  } catch (error) {
    throw DatabaseError.is(error, 'INVALID_OPTION') ? new Refusal('INVALID_CURSOR', error.message) : error;
  }
}

async function follow(changes: ReturnType<typeof changesOf>, stream: EventStream): Promise<void> {
  try {
    for await (const { kind, key, after, cursor } of changes) stream.send({ kind, key, message: after }, cursor);
  } catch (error) {
    // Compaction took what was missed, or the page is of an older database: it reads the messages again.
    if (!DatabaseError.is(error, 'CHANGES_GONE')) throw error;
    stream.send({ kind: 'reload' });
  }
}

function fields(body: unknown): Readonly<Record<string, unknown>> {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Record<string, unknown>;
  throw new Refusal('VALIDATION_FAILED', 'the body must be an object');
}
