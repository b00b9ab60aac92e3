/** Writes a file that is there whole or not at all, and never in the place of another. */
import { closeSync, existsSync, linkSync, openSync, renameSync, rmSync } from 'node:fs';
import { open, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { beforeEndingSignals } from './ending-signals.js';
import { fileError } from './exit-code.js';

/**
 * The text goes to a hidden file beside it, which takes the name when it is complete and on disk. A crash or kill -9
 * leaves the hidden file, and nothing under the name.
 *
 * @param file absolute path. @throws DatabaseError `FILE_UNUSABLE`; and what the text throws.
 */
export async function writeNewFile(file: string, text: AsyncIterable<string>): Promise<void> {
  refuseExisting(file);
  const begun = join(dirname(file), `.${basename(file)}.${process.pid}.part`);
  const takeAway = (): void => rmSync(begun, { force: true });
  const stop = beforeEndingSignals(takeAway);
  try {
    // Documents are nobody else's business. Made at once: a signal that came while it was on its way would leave it.
    closeSync(openSync(begun, 'wx', 0o600));
    const handle = await open(begun, 'r+');
    try {
      await writeFile(handle, inPieces(text));
      await handle.sync();
    } finally {
      await handle.close();
    }
    giveName(begun, file);
  } catch (error) {
    // The hidden name is ours; what is wrong with its folder or disk is wrong with the name that was asked for.
    const { path } = error as NodeJS.ErrnoException;
    throw path === begun
      ? fileError({ code: (error as NodeJS.ErrnoException).code, syscall: 'open', path: file })
      : error;
  } finally {
    stop();
    takeAway();
  }
}

/** One write for many lines. */
const PIECE_CHARACTERS = 65_536;

async function* inPieces(text: AsyncIterable<string>): AsyncGenerator<string, void> {
  let piece = '';
  for await (const line of text) {
    piece += line;
    if (piece.length < PIECE_CHARACTERS) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

function refuseExisting(file: string): void {
  if (existsSync(file)) throw fileError({ code: 'EEXIST', syscall: 'open', path: file });
}

/** A link refuses a name that was taken meanwhile; where there are no links, the moment between is ours to lose. */
function giveName(begun: string, file: string): void {
  try {
    linkSync(begun, file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw fileError({ code, syscall: 'link', path: file });
    refuseExisting(file);
    renameSync(begun, file);
  }
}
