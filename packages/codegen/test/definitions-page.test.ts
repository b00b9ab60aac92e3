/** The page on documents without decorators: what it shows is read, and its table names each method of `field` and of fields. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { FieldBuilder, field } from '@nuthatch/decorators';
import { readSources } from '../src/read/source-reader.js';
import { TemporaryProject } from './support/temporary-project.js';

const PAGE = readFileSync(resolve(__dirname, '../../../docs/guide/definitions.md'), 'utf8');
const [, EXAMPLE = ''] = /```ts\n([\s\S]*?)```/.exec(PAGE) ?? [];
const HEAD = "import { defineDocument, field } from '@nuthatch/decorators';\n";

function read(text: string): ReturnType<typeof readSources> {
  using project = new TemporaryProject({ 'schemas/thing.ts': text });
  return readSources([`${project.folder}/schemas/thing.ts`], undefined);
}

describe('docs/guide/definitions.md', () => {
  it('shows definitions that the generator reads', () => {
    const { sources, diagnostics } = read(EXAMPLE);
    expect(diagnostics.list).toEqual([]);
    expect(sources.map(({ model }) => [model.name, model.fields.length, model.indexes.length])).toEqual([
      ['Reader', 4, 3],
      ['Loan', 8, 6],
    ]);
  });

  it('names every type and every method', () => {
    for (const name of Object.keys(field)) expect(PAGE).toMatch(new RegExp(`\\b(field\\.)?${name}\\b[(<]`));
    for (const name of Object.getOwnPropertyNames(FieldBuilder.prototype))
      if (name !== 'constructor') expect(PAGE).toContain(`.${name}(`);
  });
});

it.each([
  ['field.string().index()', 'there is no .index() of a field', 'write .unique() for one document per value'],
  ['field.string().email()', 'there is no .email() of a field', "write .rule('min', 0)"],
  ['field.string().lower()', 'there is no .lower() of a field', 'a field has id, unique, tag,'],
  ["field.enum('a', 'b')", 'there is no field.enum()', "write field.literal('a', 'b')."],
  ['field.money()', 'there is no field.money()', 'the types are string, number,'],
])('says what stands for %s', (written, message, hint) => {
  const { diagnostics } = read(
    `${HEAD}export const Thing = defineDocument('Thing', { id: field.string().id(), x: ${written} });\n`,
  );
  expect(diagnostics.list).toMatchObject([{ message, hint: expect.stringContaining(hint) as string }]);
});

it('reports a definition that is wrong, and not those that refer to it', () => {
  const { diagnostics } = read(
    `${HEAD}export const Thing = defineDocument('Thing', { id: field.string().id(), x: field.money() });
export const Other = defineDocument('Other', { id: field.string().id(), thing: field.string().ref(() => Thing) });\n`,
  );
  expect(diagnostics.list.map(({ code }) => code)).toEqual(['UNKNOWN_TYPE']);
});
