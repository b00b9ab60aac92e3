import { transpilerFor } from './transpile.js';

describe('transpilerFor', () => {
  it('turns a module into JavaScript, whatever its types say', async () => {
    const transpile = await transpilerFor(undefined);
    expect(transpile('/a.ts', 'export const n: string = 5;')).toBe('export const n = 5;\n');
  });

  it.each([
    [
      'a bracket that is not closed',
      'export default async (db) => {\n  await db.clear();',
      "/a.ts:2:20: '}' expected.",
    ],
    ['a text that is not closed', 'export const a = "b;', '/a.ts:1:21: Unterminated string literal.'],
    ['a word too many', 'export const a = 1 2;', "/a.ts:1:20: ',' expected."],
    ['a mark of a merge', '<<<<<<< HEAD\nexport const a = 1;', '/a.ts:1:1: Merge conflict marker encountered.'],
  ])('refuses %s, and names the place', async (_what, text, message) => {
    const transpile = await transpilerFor(undefined);
    expect(() => transpile('/a.ts', text)).toThrow(new SyntaxError(message));
  });
});
