/** Documents with blobs: one in a field, more in containers of every kind. */
import { BLOB_REF_TYPE, type FieldType } from '@nuthatch/model';
import { field, modelWith, STRING } from './open-models.js';

/** A type that contains itself: `{ photo: BlobRef, parts: Part[] }`. */
const PART: FieldType = {
  kind: 'recursive',
  name: 'Part',
  of: {
    kind: 'object',
    fields: [
      field('photo', BLOB_REF_TYPE),
      field('parts', { kind: 'array', element: { kind: 'reference', name: 'Part' } }),
    ],
  },
};

const optional = { optional: true } as const;

/** `photo?`, and a field for each way in which a reference can lie inside another value. */
export const PHOTOS = modelWith(
  [
    field('photo', BLOB_REF_TYPE, optional),
    field('list', { kind: 'array', element: BLOB_REF_TYPE }, optional),
    field('byName', { kind: 'map', key: STRING, value: { kind: 'nullable', of: BLOB_REF_TYPE } }, optional),
    field('record', { kind: 'record', fields: [], key: { kind: 'string' }, value: BLOB_REF_TYPE }, optional),
    field('pair', { kind: 'tuple', elements: [STRING, BLOB_REF_TYPE], least: 2 }, optional),
    field('either', { kind: 'union', members: [STRING, { kind: 'array', element: BLOB_REF_TYPE }] }, optional),
    field('inside', { kind: 'object', fields: [field('photo', BLOB_REF_TYPE)] }, optional),
    field(
      'variant',
      {
        kind: 'variants',
        discriminator: 'kind',
        variants: [
          {
            value: 'shown',
            type: {
              kind: 'object',
              fields: [field('kind', { kind: 'literal', values: ['shown'] }), field('photo', BLOB_REF_TYPE)],
            },
          },
          {
            value: 'none',
            type: { kind: 'object', fields: [field('kind', { kind: 'literal', values: ['none'] })] },
          },
        ],
      },
      optional,
    ),
    field('part', PART, optional),
  ],
  { name: 'Machine', collection: 'machine' },
);
