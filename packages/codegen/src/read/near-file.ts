/** The source that a path without or with a JavaScript extension stands for. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Files that are parsed: TypeScript and declarations. */
export const SOURCE = /\.[mc]?tsx?$/;

/** `./player`, `./player.js` and `./players` (a folder) → the source. */
export function nearFile(base: string): string | undefined {
  if (SOURCE.test(base) && isFile(base)) return base;
  const extension = /\.([mc]?)jsx?$/.exec(base);
  if (extension) {
    const stem = base.slice(0, extension.index);
    const found = [`.${extension[1]}ts`, '.tsx', `.d.${extension[1]}ts`].map((end) => stem + end).find(isFile);
    if (found) return found;
  }
  const ends = ['.ts', '.tsx', '.mts', '.cts', '.d.ts', '.d.mts', '.d.cts'];
  return [...ends.map((end) => base + end), ...ends.map((end) => join(base, `index${end}`))].find(isFile);
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}
