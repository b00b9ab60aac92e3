import type { FieldModel } from '@nuthatch/model';
import {
  DIRECTORY,
  definitionOf,
  field,
  ITEM_MODEL,
  ITEMS,
  MapTarget,
  model,
  openItems,
  put,
  transaction,
  writeItems,
} from '../../test/disk-fixture.js';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import { MemoryFileSystem } from '../file-system/memory-file-system.js';
import { openFileJournal } from './open-file-journal.js';
import type { RecoveryProgress } from './recovery-target.js';

/** Opens a directory written with ITEMS by another version of the class. */
async function openWith(fileSystem: MemoryFileSystem, definitions: readonly CollectionDefinition[]) {
  const target = new MapTarget();
  const { journal, report } = await openFileJournal({ directory: DIRECTORY, fileSystem, definitions }, target);
  return { journal, target, report };
}

function itemsWith(...fields: readonly FieldModel[]): CollectionDefinition {
  return definitionOf(model(fields));
}

const [ID, VALUE, TEXT] = ITEM_MODEL.fields as [FieldModel, FieldModel, FieldModel];

describe('recovery', () => {
  it('gives back keys of every type, revisions, expiry, deletions, sequences and commands', async () => {
    const fileSystem = new MemoryFileSystem();
    const { journal } = await openItems(fileSystem);
    const document = { id: 'x', value: 1, text: undefined };
    journal.append(
      {
        timeMs: 5,
        command: { name: 'rename', argumentsJson: '["a"]' },
        effects: [
          { kind: 'put', definition: ITEMS, key: 'text', document, revision: 1, expiresAt: 1_800_000_000_000 },
          { kind: 'put', definition: ITEMS, key: -4.5, document, revision: 2 ** 40 },
          { kind: 'put', definition: ITEMS, key: -(2n ** 90n), document, revision: 3 },
          { kind: 'put', definition: ITEMS, key: 'gone', document, revision: 1 },
          { kind: 'delete', definition: ITEMS, key: 'gone' },
          { kind: 'sequence', definition: ITEMS, value: 77 },
        ],
      },
      'fsync',
    );
    await journal.close();
    const { target, journal: again, report } = await openItems(fileSystem);
    expect([...target.documents.keys()]).toEqual(['text', -4.5, -(2n ** 90n)]);
    expect(target.puts.map(({ revision, expiresAt }) => [revision, expiresAt])).toEqual([
      [1, 1_800_000_000_000],
      [2 ** 40, undefined],
      [3, undefined],
      [1, undefined],
    ]);
    expect([target.sequences.get('item'), target.isFinished, report.transactionCount]).toEqual([77, true, 1]);
    await again.close();
  });

  it('tells how far it is and leaves the event loop its turns', async () => {
    const fileSystem = new MemoryFileSystem();
    const { journal } = await openItems(fileSystem);
    for (let index = 0; index < 3000; index++) journal.append(transaction(put(`k${index}`, index)), 'os');
    await journal.close();
    const told: RecoveryProgress[] = [];
    let turns = 0;
    let isDone = false;
    const turn = (): void => {
      turns++;
      if (!isDone) setImmediate(turn);
    };
    setImmediate(turn);
    const onProgress = (progress: RecoveryProgress) => void told.push(progress);
    const slicing = { onProgress, sliceMs: 0.1 };
    const input = { directory: DIRECTORY, fileSystem, definitions: [ITEMS], ...slicing };
    const opened = await openFileJournal(input, new MapTarget());
    isDone = true;
    const last = told.at(-1) as RecoveryProgress;
    expect(last).toEqual({ readBytes: last.totalBytes, totalBytes: expect.any(Number), transactionCount: 3000 });
    expect(turns).toBeGreaterThan(3);
    await opened.journal.close();
  });

  it('rebuilds documents of an older model: fields added with a default or as optional, removed, made optional', async () => {
    const fileSystem = new MemoryFileSystem();
    await writeItems(fileSystem, 2);
    const definition = itemsWith(
      field('level', { kind: 'number' }, { default: { kind: 'literal', json: '3' } }),
      ID,
      { ...VALUE, optional: true },
      field('note', { kind: 'string' }, { optional: true }),
    );
    const { journal, target } = await openWith(fileSystem, [definition]);
    expect([...target.documents.values()]).toEqual([
      { level: 3, id: 'k0', value: 0, note: undefined },
      { level: 3, id: 'k1', value: 1, note: undefined },
    ]);
    journal.append(
      transaction({ kind: 'put', definition, key: 'k1', document: { level: 9, id: 'k1', value: 5 }, revision: 2 }),
      'os',
    );
    await journal.close();
    const again = await openWith(fileSystem, [definition]);
    expect(again.target.documents.get('k1')).toEqual({ level: 9, id: 'k1', value: 5, note: undefined });
    await again.journal.close();
  });

  it('refuses a field whose type changed, a required field without default and another key, and changes nothing', async () => {
    const fileSystem = new MemoryFileSystem();
    await writeItems(fileSystem, 2);
    const refused: Record<string, CollectionDefinition> = {
      'value is not of type string': itemsWith(ID, { ...VALUE, type: { kind: 'string' } }, TEXT),
      'more is missing': itemsWith(ID, VALUE, TEXT, field('more', { kind: 'string' })),
      'text is missing': itemsWith(ID, VALUE, { ...TEXT, optional: false }),
    };
    for (const [problem, definition] of Object.entries(refused)) {
      await expect(openWith(fileSystem, [definition])).rejects.toMatchObject({
        code: 'MIGRATION_REQUIRED',
        facts: {
          collection: 'item',
          failureCount: 2,
          failures: ['k0', 'k1'].map((key) => ({ collection: 'item', key, problem })),
        },
      });
    }
    const rekeyed = definitionOf({ ...ITEM_MODEL, key: { fields: ['value'] } });
    await expect(openWith(fileSystem, [rekeyed])).rejects.toMatchObject({
      code: 'MIGRATION_REQUIRED',
      message: expect.stringContaining('the key was id and is now value'),
    });
    const { journal, target, report } = await openItems(fileSystem);
    expect([target.values, report.isClean]).toEqual([{ k0: 0, k1: 1 }, true]);
    await journal.close();
  });

  it('takes an upcast of the caller where the built-in rule would refuse', async () => {
    const fileSystem = new MemoryFileSystem();
    await writeItems(fileSystem, 1);
    const definition = itemsWith(ID, { ...VALUE, type: { kind: 'string' } });
    const up = ({ id, value }: Readonly<Record<string, unknown>>) => ({ id, value: `#${value}` });
    const upcast = () => ({ collection: 'item', migration: '0001-item', up });
    const target = new MapTarget();
    const input = { directory: DIRECTORY, fileSystem, definitions: [definition], upcast };
    const opened = await openFileJournal(input, target);
    expect(target.documents.get('k0')).toEqual({ id: 'k0', value: '#0' });
    await opened.journal.close();
  });

  it('keeps the documents of a collection that today’s code does not define', async () => {
    const fileSystem = new MemoryFileSystem();
    await writeItems(fileSystem, 3);
    const other = definitionOf(model([ID], 'other'));
    const { journal, target, report } = await openWith(fileSystem, [other]);
    expect([target.documents.size, report.unknownCollections]).toEqual([0, ['item']]);
    journal.append(
      transaction({ kind: 'put', definition: other, key: 'o', document: { id: 'o' }, revision: 1 }),
      'fsync',
    );
    await journal.close();
    const again = await openWith(fileSystem, [other, ITEMS]);
    expect([...again.target.documents.keys()]).toEqual(['k0', 'k1', 'k2', 'o']);
    await again.journal.close();
  });

  it('continues its numbering', async () => {
    const fileSystem = new MemoryFileSystem();
    for (let run = 0; run < 3; run++) {
      const { journal, report } = await openItems(fileSystem);
      expect(report.lastSeq).toBe(run * 2);
      expect(journal.append(transaction(put('a', run)), 'os')).toBe(run * 2 + 1);
      expect(journal.append(transaction(put('b', run)), 'os')).toBe(run * 2 + 2);
      expect(journal.stats()).toMatchObject({ lastSeq: run * 2 + 2, pageCount: 1 });
      await journal.close();
    }
  });

  it('gives the lock back when the target refuses what it is given', async () => {
    const fileSystem = new MemoryFileSystem();
    const target = new MapTarget();
    target.finish = () => {
      throw new Error('no room');
    };
    const opening = openFileJournal({ directory: DIRECTORY, fileSystem, definitions: [] }, target);
    await expect(opening).rejects.toThrow('no room');
    await (await openItems(fileSystem)).journal.close();
  });
});
