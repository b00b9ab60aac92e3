/** docs/guarantees.md numbers its promises in order, and names only tests that exist. No other page numbers promises. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..', '..');
const read = (name: string): string => readFileSync(join(ROOT, name), 'utf8');
const PROMISE = /^\| P\d+ \|/;
const rows = read('docs/guarantees.md')
  .split('\n')
  .filter((line) => PROMISE.test(line));

describe('docs/guarantees.md', () => {
  it('numbers the promises in order', () => {
    expect(rows.length).toBeGreaterThan(30);
    expect(rows.map((line) => line.split('|')[1]?.trim())).toEqual(rows.map((_, index) => `P${index + 1}`));
  });

  it('names a test for each promise, and only tests that exist', () => {
    for (const row of rows) {
      const tests = [...row.matchAll(/`([^`]+\.ts)` › "([^"]+)"/g)];
      expect([row.slice(0, 6), tests.length > 0]).toEqual([row.slice(0, 6), true]);
      for (const [, file, name] of tests as unknown as [string, string, string][]) {
        expect([file, existsSync(join(ROOT, file))]).toEqual([file, true]);
        expect([file, name, read(file).includes(name)]).toEqual([file, name, true]);
      }
    }
  });

  it('is the only page that numbers promises', () => {
    for (const page of ['ARCHITECTURE.md', 'README.md', 'docs/guide/durability.md']) {
      expect([
        page,
        read(page)
          .split('\n')
          .filter((line) => PROMISE.test(line)),
      ]).toEqual([page, []]);
      expect([page, read(page).includes('guarantees.md')]).toEqual([page, true]);
    }
  });

  it('answers sixteen questions', () => {
    expect(read('docs/guarantees.md').match(/^\d+\. \*\*/gm)).toHaveLength(16);
  });
});
