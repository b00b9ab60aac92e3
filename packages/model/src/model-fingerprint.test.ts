import fc from 'fast-check';
import { modelArbitrary, reverseKeys } from '../test/model-arbitrary.js';
import { fieldModel, PLAYER } from '../test/player-model.js';
import type { DocumentModel } from './document-model.js';
import { modelFingerprint } from './model-fingerprint.js';

describe('modelFingerprint', () => {
  it('never changes for a given model, since it is stored with the data', () => {
    expect(modelFingerprint(PLAYER)).toBe('14a74df16f275fbbfec731b4655ef5e2');
  });

  it('has 128 bits as hexadecimal digits and does not depend on the order of keys', () => {
    fc.assert(
      fc.property(modelArbitrary, (model) => {
        expect(modelFingerprint(model)).toMatch(/^[0-9a-f]{32}$/);
        expect(modelFingerprint(reverseKeys(model))).toBe(modelFingerprint(model));
      }),
    );
  });

  it.each<[string, Partial<DocumentModel>]>([
    ['the collection', { collection: 'players' }],
    ['the storage', { storage: 'memory' }],
    ['the key', { key: { fields: ['id'], generate: 'uuidv7' } }],
    ['the order of fields', { fields: [...PLAYER.fields].reverse() }],
    ['a field', { fields: [...PLAYER.fields, fieldModel('team', 'string')] }],
    ['an index', { indexes: PLAYER.indexes.slice(1) }],
    ['a computed field', { computed: [] }],
  ])('covers %s', (_, change) => {
    expect(modelFingerprint({ ...PLAYER, ...change })).not.toBe(modelFingerprint(PLAYER));
  });
});
