/** The source that a path without or with a JavaScript extension stands for. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Files that are parsed: TypeScript and declarations. */
export const SOURCE = /\.[mc]?tsx?$/;

/**
 * `./player`, `./player.js` and `./players` (a folder) → the source.
 *
 * @param absent gets the paths that were looked at before: a file there would be found instead.
 */
export function nearFile(base: string, absent?: Set<string>): string | undefined {
  const isThere = (path: string): boolean => {
    if (isFile(path)) return true;
    absent?.add(path);
    return false;
  };
  if (SOURCE.test(base) && isThere(base)) return base;
  const extension = /\.([mc]?)jsx?$/.exec(base);
  if (extension) {
    const stem = base.slice(0, extension.index);
    const found = [`.${extension[1]}ts`, '.tsx', `.d.${extension[1]}ts`].map((end) => stem + end).find(isThere);
    if (found) return found;
  }
  const ends = ['.ts', '.tsx', '.mts', '.cts', '.d.ts', '.d.mts', '.d.cts'];
  return [...ends.map((end) => base + end), ...ends.map((end) => join(base, `index${end}`))].find(isThere);
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}
