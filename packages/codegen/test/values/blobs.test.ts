/** Fields of type `BlobRef`, read from a class and from `defineDocument`, as the generator makes them. */
import { BLOB_REF_TYPE, type FieldType } from '@nuthatch/model';
import { readSources } from '../../src/read/source-reader.js';
import { TemporaryProject } from '../support/temporary-project.js';

function typesOf(text: string): Readonly<Record<string, FieldType>> {
  using project = new TemporaryProject({ 'schemas/thing.ts': text });
  const { sources, diagnostics } = readSources([`${project.folder}/schemas/thing.ts`], undefined);
  expect(diagnostics.list).toEqual([]);
  return Object.fromEntries(sources[0]!.model.fields.map(({ name, type }) => [name, type]));
}

it('are references wherever they stand, and under an alias', () => {
  const types = typesOf(`
    import { type BlobRef, type BlobRef as File, Document, Id } from '@nuthatch/decorators';
    import type * as nuthatch from '@nuthatch/runtime';
    type Attachment = { title: string; file: File };
    @Document()
    export class Thing {
      @Id() id!: string;
      photo?: BlobRef;
      other!: nuthatch.BlobRef | null;
      inline!: import('@nuthatch/runtime').BlobRef;
      list: readonly BlobRef[] = [];
      byName!: Map<string, BlobRef>;
      attachment?: Attachment;
    }
  `);
  expect(types).toMatchObject({
    photo: BLOB_REF_TYPE,
    other: { kind: 'nullable', of: BLOB_REF_TYPE },
    inline: BLOB_REF_TYPE,
    list: { kind: 'array', element: BLOB_REF_TYPE },
    byName: { kind: 'map', value: BLOB_REF_TYPE },
    attachment: { kind: 'object', fields: [{ name: 'title' }, { name: 'file', type: BLOB_REF_TYPE }] },
  });
});

it('are field.blob() of defineDocument', () => {
  const types = typesOf(`
    import { defineDocument, field } from '@nuthatch/decorators';
    export const Thing = defineDocument('Thing', {
      id: field.string().id(),
      photo: field.blob().optional(),
      list: field.array(field.blob()),
    });
  `);
  expect(types).toMatchObject({ photo: BLOB_REF_TYPE, list: { kind: 'array', element: BLOB_REF_TYPE } });
});

it('are not what a project calls BlobRef itself', () => {
  const types = typesOf(`
    import { Document, Id } from '@nuthatch/decorators';
    interface BlobRef { hash: string; size: number; mediaType: string }
    @Document()
    export class Thing {
      @Id() id!: string;
      photo?: BlobRef;
    }
  `);
  expect(types['photo']).not.toHaveProperty('isBlob');
});
