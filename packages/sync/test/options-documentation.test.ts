import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const read = (...path: readonly string[]): string => readFileSync(join(__dirname, '..', ...path), 'utf8');
/** Members of an interface, from its source: types are gone when a test runs. */
const membersOf = (source: string, name: string): readonly string[] => {
  const body = source.slice(source.indexOf(`export interface ${name}`));
  return [...body.slice(0, body.indexOf('\n}')).matchAll(/^ {2}readonly (\w+)\?:/gm)].map(
    ([, member]) => member as string,
  );
};

describe('options.md', () => {
  const [, serve = '', replica = ''] = read('docs', 'options.md').split(/^## /m);

  it.each<[string, string, string[], string]>([
    ['serve', serve, ['src', 'server', 'server-options.ts'], 'ServeOptions'],
    ['openReplica', replica, ['src', 'replica', 'replica-options.ts'], 'SyncOptions'],
  ])('names every option of %s, and no other', (_, page, path, name) => {
    const documented = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, option]) => option as string);
    const declared = membersOf(read(...path), name);
    expect(declared.length).toBeGreaterThan(5);
    expect([...documented].sort()).toEqual([...declared].sort());
  });
});
