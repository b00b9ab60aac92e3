/** Sends one blob to the server: from where the server is, a few parts ahead of its answers. */
import type { ReadableBlob } from '@nuthatch/runtime/sync';
import type { MessageOf } from '../protocol/messages.js';
import type { Asker } from './requests.js';

/** Bytes in one part: a message is then shorter than its limit. */
export const PART_BYTES: number = 512 * 1024;
/** Parts on their way: a link with a long delay is kept busy. */
const PARTS_AHEAD = 4;

/** The server's refusal; undefined: it has every byte. */
export type Refusal = { readonly code: string; readonly message: string } | undefined;

/** The server may let go of an upload that it takes for forgotten: it is announced again, so often. */
const MOST_TRIES = 3;

/** @throws DatabaseError `SERVER_UNREACHABLE` when the connection ends; errors of reading the blob. */
export async function uploadBlob(session: Asker, hash: string, size: number, reader: ReadableBlob): Promise<Refusal> {
  let refusal: Refusal;
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    refusal = await tryUpload(session, hash, size, reader);
    if (refusal?.code !== 'BLOB_MISSING') return refusal;
  }
  return refusal;
}

async function tryUpload(session: Asker, hash: string, size: number, reader: ReadableBlob): Promise<Refusal> {
  const name = Buffer.from(hash, 'hex');
  const begun = await session.ask<MessageOf<'blobAt'>>((request) => ({
    kind: 'blobHave',
    request,
    hash: name,
    byteCount: size,
  }));
  if (begun.code !== '') return begun;
  let next = begun.offset;
  const sent: { readonly end: number; readonly answer: Promise<MessageOf<'blobAt'>> }[] = [];
  try {
    while (next < size || sent.length > 0) {
      while (next < size && sent.length < PARTS_AHEAD) {
        const offset = next;
        const part = await read(reader, offset, Math.min(size, offset + PART_BYTES));
        const end = offset + part.length;
        const isLast = end === size;
        const answer = session.ask<MessageOf<'blobAt'>>((request) => ({
          ...{ kind: 'blobPart', request, hash: name, offset, isLast, part },
        }));
        sent.push({ end, answer });
        next = end;
      }
      const first = sent.shift()!;
      const { code, message, offset } = await first.answer;
      if (code !== '') return { code, message };
      if (offset === first.end) continue;
      // Another connection of the user was quicker, or the server has begun anew: what is on its way says where it is.
      for (const { answer } of sent.splice(0)) await answer;
      next = offset;
    }
    return undefined;
  } finally {
    // Their ends are the end of the connection, which is said once.
    for (const { answer } of sent) answer.catch(() => undefined);
  }
}

async function read(reader: ReadableBlob, start: number, end: number): Promise<Uint8Array> {
  const part = new Uint8Array(end - start);
  let done = 0;
  for await (const piece of reader.chunks({ start, end })) {
    part.set(piece, done);
    done += piece.length;
  }
  return part;
}
