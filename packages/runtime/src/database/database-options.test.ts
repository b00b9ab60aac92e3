import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nearestName } from '../definition/unknown-option.js';
import { type DatabaseOptions, resolveOptions } from './database-options.js';

describe('options', () => {
  it('get the documented defaults', () => {
    expect(resolveOptions({ memory: true })).toMatchObject({
      directory: undefined,
      durability: 'fsync',
      flushIntervalMs: 100,
      unknownFields: 'refuse',
      recovery: 'refuse',
    });
    expect(resolveOptions({ directory: './data' }).directory).toBe('./data');
  });

  it('are all described in options.md, and no others', () => {
    const text = readFileSync(join(__dirname, '..', '..', 'docs', 'options.md'), 'utf8');
    const documented = [...text.matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1] as string);
    const unknown = documented.filter((name) => {
      try {
        resolveOptions({ [name]: undefined, memory: true } as DatabaseOptions);
        return false;
      } catch {
        return true;
      }
    });
    expect(unknown).toEqual([]);
    const resolved = Object.keys(resolveOptions({ memory: true }));
    expect([...resolved, 'memory'].sort()).toEqual([...documented].sort());
  });

  it('find the nearest known name, or no name', () => {
    expect(nearestName('pagebytes', ['pageBytes', 'directory'])).toBe('pageBytes');
    expect(nearestName('dir', ['pageBytes', 'directory'])).toBeUndefined();
    expect(nearestName('xyz', ['pageBytes', 'directory'])).toBeUndefined();
  });
});
