/** The lines of a file or of standard input, as a stream. */
import { createReadStream } from 'node:fs';

/**
 * Line by line, without line ends and the byte order mark that some editors begin a file with. Not by `readline`, whose loop never ends when the stream fails. Memory: one line and
 * one piece of the file.
 *
 * @param file undefined: standard input. @param onPiece told how many bytes and whole lines have been read.
 */
export async function* readLines(
  file: string | undefined,
  onPiece: (readBytes: number, lineCount: number) => void = () => undefined,
): AsyncGenerator<string, void> {
  // Opened when the first line is asked for: an error before anybody listens would end the process.
  const input: NodeJS.ReadableStream = file === undefined ? process.stdin : createReadStream(file);
  input.setEncoding('utf8');
  let rest = '';
  let readBytes = 0;
  let lineCount = 0;
  let isBegin = true;
  for await (const chunk of input) {
    readBytes += Buffer.byteLength(String(chunk));
    onPiece(readBytes, lineCount);
    const text = isBegin ? String(chunk).replace(/^\ufeff/, '') : String(chunk);
    isBegin = false;
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    lineCount += lines.length;
    yield* lines;
  }
  if (rest !== '') yield rest;
}
