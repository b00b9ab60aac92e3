/** Names that a class has at run time, and members that break what everybody does with a document. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Document, defineDocument, field, Id, Index } from '@nuthatch/decorators';
import type { DocumentModel } from '@nuthatch/model';
import { openDatabase } from '@nuthatch/runtime';
import { readSources } from '../../src/read/source-reader.js';
import { loadGenerated } from '../support/load-generated.js';

const model = {
  name: 'Player',
  collection: 'player',
  storage: 'disk',
  key: { fields: ['id'] },
  fields: [
    { name: 'id', type: { kind: 'string' }, optional: false, rules: [] },
    { name: 'mail', type: { kind: 'string' }, optional: false, rules: [] },
  ],
  computed: [],
  indexes: [{ name: 'mail', kind: 'unique', fields: ['mail'] }],
} as DocumentModel;

/** A decorator as compiled code applies it. */
function decorated(decorator: unknown, documentClass: { readonly prototype: object }, name: string): void {
  (decorator as PropertyDecorator)(documentClass.prototype, name);
}

describe('a class that a minifier has renamed', () => {
  it.each([
    ['named by its class', undefined, 'player'],
    ['named by @Document', 'players', 'players'],
  ])('opens, its collection %s', async (_, collection, expected) => {
    // What `esbuild --minify` makes of `class Player`.
    const a = class a {};
    decorated(Id(), a, 'id');
    decorated(Index(), a, 'mail');
    Document(collection === undefined ? {} : { collection })(a);
    expect(a.name).toBe('a');
    const db = await openDatabase<Record<string, { insert(input: object): Promise<object> }>, object>(
      [loadGenerated({ ...model, collection: expected }, a)],
      { memory: true },
    );
    await expect(db[expected]?.insert({ id: '1', mail: 'x' })).resolves.toBeInstanceOf(a);
    await db.close();
  });

  it('is still refused when its decorators say something else than the generated code', async () => {
    const a = class a {};
    decorated(Id(), a, 'id');
    Document()(a);
    const opening = openDatabase([loadGenerated(model, a)], { memory: true });
    await expect(opening).rejects.toMatchObject({ code: 'MODEL_MISMATCH' });
    const b = class b {};
    decorated(Id(), b, 'id');
    decorated(Index(), b, 'mail');
    Document({ collection: 'others' })(b);
    await expect(openDatabase([loadGenerated(model, b)], { memory: true })).rejects.toMatchObject({
      code: 'MODEL_MISMATCH',
    });
  });
});

describe('a member `then`', () => {
  const codesOf = (members: string): readonly string[] => {
    const directory = mkdtempSync(join(tmpdir(), 'nuthatch-then-'));
    try {
      const file = join(directory, 'thing.ts');
      writeFileSync(
        file,
        `import { Document, Id } from '@nuthatch/decorators';
export class Nested { ${members.includes('nested') ? 'then() {}' : 'name!: string;'} }
class Base { ${members.includes('inherited') ? 'then(): void {}' : ''} }
@Document() export class Thing extends Base { @Id() id!: string; part?: Nested; ${members.replace(/nested|inherited/, '')} }`,
      );
      return readSources([file], undefined).diagnostics.list.map(({ code }) => code);
    } finally {
      rmSync(directory, { recursive: true });
    }
  };

  it.each([
    'then!: string;',
    'then(): void {}',
    'get then(): number { return 1; }',
    "'then'(): void {}",
    'async then() {}',
    'inherited',
    'nested',
  ])('is diagnosed by the generator: %s', (members) => {
    expect(codesOf(members)).toContain('DANGEROUS_NAME');
  });

  it.each(['static then(): void {}', 'thenable!: string;', 'toJSON() { return {}; }', 'catch!: string;'])(
    'is not what this is: %s',
    (members) => {
      expect(codesOf(members)).toEqual([]);
    },
  );

  it('is refused by defineDocument, and so are names that every object has', () => {
    const names = ['then', 'constructor', '__proto__', 'toString', 'valueOf', 'hasOwnProperty', 'isPrototypeOf'];
    for (const name of names) {
      const fields = Object.fromEntries([
        ['id', field.string().id()],
        [name, field.string()],
      ]);
      expect(() => defineDocument('Thing', fields)).toThrow(expect.objectContaining({ code: 'INVALID_MODEL' }));
    }
  });

  it('is refused when the database opens, whichever version generated the code', async () => {
    const Player = class {};
    Object.defineProperty(Player.prototype, 'then', { value: () => undefined });
    await expect(openDatabase([loadGenerated(model, Player)], { memory: true })).rejects.toMatchObject({
      code: 'INVALID_MODEL',
    });
  });
});
