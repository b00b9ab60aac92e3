import { STORAGE_DEFINITION, type StorageMark } from '../definition/storage-mark.js';
import { ModelTable } from '../journal/model-table.js';
import type { StoredDocument } from '../journal/stored-document.js';
import { LastState } from './last-state.js';
import { newestDefinition } from './newest-definition.js';
import { storedDefinition } from './stored-definition.js';

function thing(fingerprint: string, fieldName: string): ReturnType<typeof storedDefinition> {
  const fields = ['id', fieldName].map((name) => ({
    name,
    type: { kind: 'number' as const },
    optional: false,
    rules: [],
  }));
  const places = { name: 'Thing', collection: 'thing', storage: 'disk' as const, computed: [], indexes: [] };
  return storedDefinition({ ...places, key: { fields: ['id'] }, fields }, fingerprint);
}

const THING = thing('a'.repeat(64), 'age');

function stored(id: number): StoredDocument {
  return { definition: THING, key: id, document: { id }, revision: 1, expiresAt: undefined } as StoredDocument;
}

function mark(storage: StorageMark['storage']): StoredDocument {
  const document: StorageMark = { collection: 'thing', storage, declared: 'disk' };
  return {
    definition: STORAGE_DEFINITION,
    key: 'thing',
    document,
    revision: 1,
    expiresAt: undefined,
  } as StoredDocument;
}

function state(...documents: readonly StoredDocument[]): LastState<number> {
  const made = new LastState<number>();
  for (const each of documents) made.put(each, each.definition === THING ? (each.key as number) : undefined);
  return made;
}

const keysOf = (of: LastState<number>): unknown[] => [...(new Map(of.collections()).get('thing')?.keys() ?? [])];

describe('LastState', () => {
  it('keeps the last value of each key, and nothing of what was deleted', () => {
    const made = state(stored(1), stored(2), stored(3));
    made.put(stored(2), 20);
    made.put(stored(3), undefined);
    made.delete(THING, 1);
    expect([...made.collections()]).toEqual([['thing', new Map([[2, 20]])]]);
  });

  it('counts no document before a mark of memory, and those behind a copy that is complete', () => {
    expect(keysOf(state(stored(1), mark('memory')))).toEqual([]);
    expect(keysOf(state(stored(1), mark('copying'), stored(2), mark('disk'), stored(3)))).toEqual([2, 3]);
  });

  it('leaves out a copy that was cut short, until its mark is gone', () => {
    const made = state(stored(1), mark('copying'), stored(2));
    expect(keysOf(made)).toEqual([]);
    made.delete(STORAGE_DEFINITION, 'thing');
    expect(keysOf(made)).toEqual([2]);
  });
});

describe('newestDefinition', () => {
  it('goes by the numbers of models, not by the order in which their documents are met', () => {
    const newer = thing('b'.repeat(64), 'years');
    const models = new ModelTable();
    models.bind(THING, { modelId: 1, fingerprint: THING.fingerprint, json: '{"model":1}' });
    models.bind(newer, { modelId: 2, fingerprint: newer.fingerprint, json: '{"model":2}' });
    expect(newestDefinition([newer, THING], models)).toBe(newer);
    expect(newestDefinition([THING, newer, THING], models)).toBe(newer);
  });
});
