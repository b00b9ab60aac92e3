/** Every promise of guarantees.md is numbered in order and names tests that exist. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const DOCS = join(__dirname, '../docs');

it('numbers the promises in order and names tests that exist', () => {
  const rows = readFileSync(join(DOCS, 'guarantees.md'), 'utf8')
    .split('\n')
    .filter((line) => /^\| G\d+ \|/.test(line));
  expect(rows.map((row) => row.split('|')[1]?.trim())).toEqual(rows.map((_, index) => `G${index + 1}`));
  for (const row of rows) {
    const files = [...row.matchAll(/\]\(([^)]+)\)/g)].map((match) => match[1] as string);
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) expect({ file, isThere: existsSync(join(DOCS, file)) }).toEqual({ file, isThere: true });
  }
});
