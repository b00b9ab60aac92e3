import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERROR_CATALOGUE } from '@nuthatch/model';

describe('errors.md', () => {
  const text = readFileSync(join(__dirname, '..', 'docs', 'errors.md'), 'utf8');
  const documented = [...text.matchAll(/^\| `([A-Z_]+)` \|/gm)].map((match) => match[1]);

  it('describes every code of the catalogue', () => {
    expect(Object.keys(ERROR_CATALOGUE).filter((code) => !documented.includes(code))).toEqual([]);
  });

  it('describes no code that the catalogue does not have, and no code twice', () => {
    expect(documented.filter((code) => !((code as string) in ERROR_CATALOGUE))).toEqual([]);
    expect(new Set(documented).size).toBe(documented.length);
  });

  it('says meaning, cause and remedy of each', () => {
    for (const line of text.split('\n').filter((row) => row.startsWith('| `'))) {
      const cells = line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim());
      expect(cells).toHaveLength(5);
      expect(cells.slice(0, 4).every((cell) => cell.length > 0)).toBe(true);
    }
  });
});
