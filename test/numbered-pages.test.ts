/** Pages and rows that others name by number: decisions, and the rows of docs/failures.md. Two never share a number. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const DOCS = resolve(__dirname, '..', 'docs');
const DECISIONS = readdirSync(join(DOCS, 'decisions')).sort();

describe('docs/decisions', () => {
  it('has no two decisions of one number', () => {
    const numbers = DECISIONS.map((name) => name.slice(0, 4));
    expect(numbers).toEqual([...new Set(numbers)]);
  });

  it.each(DECISIONS)('%s is named and titled by its number', (name) => {
    const [number] = /^\d{4}(?=-[a-z0-9-]+\.md$)/.exec(name) ?? [];
    const [title = ''] = readFileSync(join(DOCS, 'decisions', name), 'utf8').split('\n');
    expect(title).toMatch(new RegExp(`^# ${number}: \\S`));
  });
});

describe('docs/failures.md', () => {
  it('numbers its failures in order, each once', () => {
    const rows = readFileSync(join(DOCS, 'failures.md'), 'utf8').matchAll(/^\| F(\d+) \|/gm);
    const numbers = Array.from(rows, ([, number]) => Number(number));
    expect(numbers.length).toBeGreaterThan(100);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  });
});
