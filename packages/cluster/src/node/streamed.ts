import { PassThrough } from 'node:stream';

/** What a function writes to a stream, chunk by chunk, as fast as it is asked for. @throws what the function rejects with. */
export async function* streamed(
  write: (stream: NodeJS.WritableStream) => Promise<unknown>,
): AsyncGenerator<Uint8Array, void> {
  const stream = new PassThrough();
  const written = write(stream);
  // The error comes through the stream, and once more at the end.
  written.catch((error: Error) => stream.destroy(error));
  yield* stream as AsyncIterable<Uint8Array>;
  await written;
}
