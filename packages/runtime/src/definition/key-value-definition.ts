/**
 * A collection of keys with values of any shape beside the classes of a database: `db.keyValue('sessions')`. Its model says
 * `any` of the value, so that copies, dumps and reflection write what is in it.
 */
import { checkModel, DatabaseError, type DocumentModel, modelFingerprint } from '@nuthatch/model';
import { decodeAnyValue, encodeAnyValue } from '../codec/any-value-codec.js';
import { frozenAnyValue } from '../document/frozen-any-value.js';
import type { CollectionDefinition } from './collection-definition.js';
import type { KeyedValue } from './keyed-values.js';

/**
 * The definitions of such collections.
 *
 * @param ofClasses those beside them.
 * @throws DatabaseError `INVALID_OPTION` for a name that no collection can have, or that one of a class has.
 */
export function keyValueDefinitions(
  names: readonly string[],
  ofClasses: readonly CollectionDefinition[],
): readonly CollectionDefinition[] {
  const taken = names.find((name) => ofClasses.some(({ model }) => model.collection === name));
  if (taken === undefined) return names.map(keyValueDefinition);
  const what = `\`keyValues\` names ${taken}, which is the collection of a class`;
  throw new DatabaseError('INVALID_OPTION', what, { option: 'keyValues', collection: taken });
}

function keyValueDefinition(collection: string): CollectionDefinition<KeyedValue> {
  const model: DocumentModel = {
    // Never change: files hold it, and fingerprints are made of it.
    name: `KeyValue_${collection}`,
    collection,
    storage: 'disk',
    key: { fields: ['key'] },
    fields: [
      { name: 'key', type: { kind: 'string' }, optional: false, rules: [] },
      { name: 'value', type: { kind: 'any' }, optional: false, rules: [] },
    ],
    computed: [],
    indexes: [],
  };
  const [problem] = checkModel(model);
  if (problem !== undefined) {
    const what = `\`keyValues\` names ${JSON.stringify(collection)}: ${problem.message}`;
    throw new DatabaseError('INVALID_OPTION', what, { option: 'keyValues', collection });
  }
  const fingerprint = modelFingerprint(model);
  return {
    model,
    fingerprint,
    declarationFingerprint: fingerprint,
    documentClass: class {} as unknown as CollectionDefinition<KeyedValue>['documentClass'],
    isKeyValue: true,
    codec: {
      encode: ({ key, value }, writer) => {
        writer.string(key);
        encodeAnyValue(value, writer);
      },
      decode: (reader) => Object.freeze({ key: reader.string(), value: decodeAnyValue(reader) }),
    },
    unknownFields: (input) => {
      const unknown = Object.keys(input).filter((name) => name !== 'key' && name !== 'value');
      return unknown.length === 0 ? undefined : unknown;
    },
    build: (input) => {
      const { key, value } = input as KeyedValue;
      return { key, value };
    },
    merge: (document, patch) => ({ key: document.key, value: 'value' in patch ? patch.value : document.value }),
    validate: ({ value }) =>
      value === undefined ? [{ path: 'value', rule: 'type', message: 'undefined cannot be stored' }] : undefined,
    // Whoever writes it: a value that is not ours may be changed by others.
    seal: ({ key, value }) => Object.freeze({ key, value: frozenAnyValue(value) }),
  };
}
