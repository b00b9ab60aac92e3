/** A sequence that is behind ids which are there already: ids given by hand before the class gave them out, or a dump by hand. */
import type { DocumentModel } from '@nuthatch/model';
import { MemoryFileSystem } from '../src/file-system/memory-file-system.js';
import { dumpDirectory, importDump } from '../src/tools/directory-tools.js';
import { type AnyDatabase, DIRECTORY, field, modelWith, NUMBER, openModels } from './support/open-models.js';

const BY_HAND = modelWith([], { fields: [field('id', NUMBER), field('age', NUMBER)] });
const BY_SEQUENCE: DocumentModel = { ...BY_HAND, key: { fields: ['id'], generate: 'sequence' } };

async function insertIds(db: AnyDatabase, ids: readonly number[]): Promise<void> {
  for (const id of ids) await db.player?.insert({ id, age: 1 });
}

async function generated(db: AnyDatabase): Promise<unknown> {
  return (await db.player?.insert({ age: 2 }))?.['id'];
}

it('goes on behind the ids that a class had before it gave them out', async () => {
  const fileSystem = new MemoryFileSystem();
  const before = await openModels(fileSystem, [BY_HAND]);
  await insertIds(before, [1, 2.5, 7, -3, 2]);
  await before.close();
  const db = await openModels(fileSystem, [BY_SEQUENCE]);
  expect([await generated(db), await generated(db)]).toEqual([8, 9]);
  await db.close();
  const again = await openModels(fileSystem, [BY_SEQUENCE]);
  expect(await generated(again)).toBe(10);
  await again.close();
});

it('goes on behind the ids that came while the class did not give them out', async () => {
  const fileSystem = new MemoryFileSystem();
  const first = await openModels(fileSystem, [BY_SEQUENCE]);
  expect([await generated(first), await generated(first)]).toEqual([1, 2]);
  await first.close();
  const between = await openModels(fileSystem, [BY_HAND]);
  await insertIds(between, [3, 4, 9]);
  await between.close();
  const db = await openModels(fileSystem, [BY_SEQUENCE]);
  const refused = db.transaction((tx) => {
    const { player } = tx as unknown as { player: { insert(input: object): { id: number } } };
    expect(player.insert({ age: 5 }).id).toBe(10);
    throw new Error('taken back');
  });
  await expect(refused).rejects.toThrow('taken back');
  expect([await generated(db), await generated(db)]).toEqual([10, 11]);
  await db.close();
});

it.each(['left out', 'too small'])('goes on behind the ids of a dump whose sequence is %s', async (how) => {
  const fileSystem = new MemoryFileSystem();
  const first = await openModels(fileSystem, [BY_SEQUENCE]);
  for (let count = 0; count < 5; count++) await generated(first);
  await first.close();
  const lines: string[] = [];
  for await (const line of dumpDirectory({ directory: DIRECTORY, fileSystem })) {
    if (!line.startsWith('{"sequence"')) lines.push(line);
    else if (how === 'too small') lines.push(line.replace('5', '2'));
  }
  const imported = new MemoryFileSystem();
  await importDump({ lines, destination: DIRECTORY, fileSystem: imported });
  const db = await openModels(imported, [BY_SEQUENCE]);
  expect(await generated(db)).toBe(6);
  await db.close();
});
