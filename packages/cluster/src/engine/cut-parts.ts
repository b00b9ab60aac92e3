/**
 * Bytes that come in pieces of any length, as parts of one length, the last one shorter; none of nothing. Each part is the
 * caller's own. Memory: one part.
 */
export async function* cutParts(
  pieces: AsyncIterable<Uint8Array>,
  partBytes: number,
): AsyncGenerator<Uint8Array, void> {
  let part = new Uint8Array(partBytes);
  let length = 0;
  for await (const piece of pieces)
    for (let done = 0; done < piece.length; ) {
      const count = Math.min(partBytes - length, piece.length - done);
      part.set(piece.subarray(done, done + count), length);
      length += count;
      done += count;
      if (length < partBytes) continue;
      yield part;
      part = new Uint8Array(partBytes);
      length = 0;
    }
  if (length > 0) yield part.subarray(0, length);
}
