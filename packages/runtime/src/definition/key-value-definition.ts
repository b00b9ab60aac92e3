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
  // As the generator does for classes: tables and files of copies are the same in capital letters.
  const owners = new Map(ofClasses.map(({ model }) => [model.collection.toLowerCase(), model.collection]));
  for (const name of names) {
    const owner = owners.get(name.toLowerCase());
    if (owner !== undefined) throw taken(name, owner, names.includes(owner));
    owners.set(name.toLowerCase(), name);
  }
  return names.map(keyValueDefinition);
}

function taken(name: string, owner: string, isKeyValue: boolean): DatabaseError {
  const alike = isKeyValue ? `${owner} and ${name}` : `${name}, and a class has the collection ${owner}`;
  const what =
    name === owner
      ? `\`keyValues\` names ${name}, which is the collection of a class`
      : `\`keyValues\` names ${alike}: they differ in capital letters alone`;
  return new DatabaseError('INVALID_OPTION', what, { option: 'keyValues', collection: name });
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
  const problems = checkModel(model);
  // That of the name that was given, before that of the class which is made of it.
  const problem = problems.find(({ code }) => code === 'BAD_COLLECTION_NAME') ?? problems[0];
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
