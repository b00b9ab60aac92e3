import type { DocumentModel, FieldModel, FieldType } from '../src/index.js';

/** A required field without rules. */
export function fieldModel(
  name: string,
  type: FieldType | Extract<FieldType, { kind: string }>['kind'],
  more: Partial<FieldModel> = {},
): FieldModel {
  return {
    name,
    type: typeof type === 'string' ? ({ kind: type } as FieldType) : type,
    optional: false,
    rules: [],
    ...more,
  };
}

/** A model without problems, to be changed by tests. */
export const PLAYER: DocumentModel = {
  name: 'Player',
  collection: 'player',
  storage: 'disk',
  key: { fields: ['id'] },
  fields: [
    fieldModel('id', 'string'),
    fieldModel('email', 'string', { rules: [{ name: 'isEmail', args: [] }] }),
    fieldModel('clubs', { kind: 'array', element: { kind: 'string' } }, { default: { kind: 'empty', of: 'array' } }),
    fieldModel('age', 'number', {
      rules: [
        { name: 'min', args: [0] },
        { name: 'max', args: [120] },
      ],
    }),
    fieldModel('nick', 'string', { optional: true }),
  ],
  computed: [{ name: 'nameLength', type: { kind: 'number' }, optional: false }],
  indexes: [
    { name: 'email', kind: 'unique', fields: ['email'] },
    { name: 'clubs', kind: 'tag', fields: ['clubs'] },
    { name: 'age', kind: 'range', fields: ['age'] },
    { name: 'nick', kind: 'unique', fields: ['nick'], where: '(player) => player.nick !== undefined' },
    { name: 'nameLength', kind: 'range', fields: ['nameLength'] },
  ],
};
