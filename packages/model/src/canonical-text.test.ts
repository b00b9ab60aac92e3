import fc from 'fast-check';
import { modelArbitrary, reverseKeys } from '../test/model-arbitrary.js';
import { PLAYER } from '../test/player-model.js';
import { canonicalText, compact } from './canonical-text.js';
import type { DocumentModel } from './document-model.js';

describe('canonicalText', () => {
  it('is read back as the same model, for any model', () => {
    fc.assert(
      fc.property(modelArbitrary, (model) => {
        // JSON has no -0 and no objects without prototype: compare what JSON can say.
        expect(JSON.parse(canonicalText(model))).toEqual(JSON.parse(JSON.stringify(model)));
      }),
    );
  });

  it('is the same for every order of the keys', () => {
    fc.assert(
      fc.property(modelArbitrary, (model) => {
        expect(canonicalText(reverseKeys(model))).toBe(canonicalText(model));
      }),
    );
  });

  it('is a fixed point', () => {
    fc.assert(
      fc.property(modelArbitrary, (model) => {
        expect(canonicalText(JSON.parse(canonicalText(model)) as DocumentModel)).toBe(canonicalText(model));
      }),
    );
  });

  it('has one field and one index per line', () => {
    const lines = canonicalText(PLAYER).split('\n');
    expect(lines).toContain(
      '    { "name": "age", "type": { "kind": "number" }, "optional": false, "rules": [{ "name": "min", "args": [0] }, { "name": "max", "args": [120] }] },',
    );
    expect(lines).toContain('    { "name": "clubs", "kind": "tag", "fields": ["clubs"] },');
    expect(lines.filter((line) => line.startsWith('    '))).toHaveLength(
      PLAYER.fields.length + PLAYER.computed.length + PLAYER.indexes.length,
    );
  });

  it('leaves absent properties out', () => {
    expect(compact({ name: 'a', message: undefined })).toBe('{ "name": "a" }');
    expect(compact({})).toBe('{}');
  });
});
