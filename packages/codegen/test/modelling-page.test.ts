/** The page on modelling: its fields are stored as it says, and it names every code of the generator. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { KEY_GENERATIONS, MODEL_PROBLEMS } from '@nuthatch/model';
import { readSources } from '../src/read/source-reader.js';
import { TemporaryProject } from './support/temporary-project.js';

const ROOT = resolve(__dirname, '../../..');
const PAGE = readFileSync(`${ROOT}/docs/guide/modelling.md`, 'utf8');
const FIELDS = [...PAGE.matchAll(/^\| `{1,2} ?(x!: .+?) ?`{1,2} \|/gm)].map(([, field]) =>
  (field as string).replaceAll('\\|', '|'),
);

describe('docs/guide/modelling.md', () => {
  it('lists the types of fields', () => {
    expect(FIELDS.length).toBeGreaterThan(15);
  });

  it.each(FIELDS)('%s is stored', (field) => {
    const text = `import { type BlobRef, Document, Id } from '@nuthatch/decorators';\n@Document()\nexport class Thing {\n  @Id() id!: string;\n  ${field};\n}\n`;
    using project = new TemporaryProject({ 'schemas/thing.ts': text });
    const { sources, diagnostics } = readSources([`${project.folder}/schemas/thing.ts`], undefined);
    expect(diagnostics.list).toEqual([]);
    expect(sources[0]?.model.fields.map(({ name }) => name)).toContain('x');
  });

  it('names every way to generate an id, and the types of ids that the generator takes', async () => {
    const listed = [...PAGE.matchAll(/^\| `'(\w+)'` \|/gm)].map(([, generate]) => generate);
    expect(listed).toEqual([...KEY_GENERATIONS]);
    expect(PAGE).toContain('a string, a number, a bigint, a `Date`, a boolean or a union of literals');
    for (const type of ['string', 'number', 'bigint', 'Date', 'boolean', "'a' | 1", 'true', 'symbol', "'a' | true"]) {
      const text = `import { Document, Id } from '@nuthatch/decorators';\n@Document()\nexport class Thing {\n  @Id() id!: ${type};\n}\n`;
      using project = new TemporaryProject({ 'schemas/thing.ts': text });
      const { diagnostics } = await project.generate();
      const isRefused = type === 'symbol' || type === "'a' | true";
      expect([type, diagnostics.length > 0]).toEqual([type, isRefused]);
    }
  });

  it('names every code, and no other', () => {
    const source = readFileSync(`${ROOT}/packages/codegen/src/diagnostic.ts`, 'utf8');
    const own = [...source.matchAll(/\| '([A-Z_]+)'/g)].map(([, code]) => code as string);
    const listed = [...PAGE.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code]) => code as string);
    expect([...listed].sort()).toEqual([...own, ...Object.keys(MODEL_PROBLEMS)].sort());
  });
});
