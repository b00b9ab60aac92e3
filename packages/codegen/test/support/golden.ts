/** Compares a text with a file that is kept; `NUTHATCH_UPDATE_GOLDEN=1` writes the files anew. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const FOLDER = join(__dirname, '..', 'golden');

export function expectGolden(name: string, text: string): void {
  const path = join(FOLDER, name);
  if (process.env['NUTHATCH_UPDATE_GOLDEN']) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  expect(existsSync(path) ? readFileSync(path, 'utf8') : undefined).toBe(text);
}
