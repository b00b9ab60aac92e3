/** docs/guarantees.md names every promise of ARCHITECTURE.md, and only tests that exist. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..', '..');
const read = (name: string): string => readFileSync(join(ROOT, name), 'utf8');
const rows = read('docs/guarantees.md')
  .split('\n')
  .filter((line) => /^\| P\d+ \|/.test(line));

function numbersOf(lines: readonly string[]): readonly string[] {
  return lines.map((line) => line.split('|')[1]?.trim() ?? '');
}

describe('docs/guarantees.md', () => {
  it('has every promise of ARCHITECTURE.md, in order', () => {
    const promised = read('ARCHITECTURE.md')
      .split('\n')
      .filter((line) => /^\| P\d+ \|/.test(line));
    expect(numbersOf(rows)).toEqual(numbersOf(promised));
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

  it('answers sixteen questions', () => {
    expect(read('docs/guarantees.md').match(/^\d+\. \*\*/gm)).toHaveLength(16);
  });
});
