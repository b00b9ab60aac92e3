import { openDatabase } from '../database/open-database.js';
import { MemoryFileSystem } from '../file-system/memory-file-system.js';
import { storedDefinition } from '../recovery/stored-definition.js';
import { censusOfDirectory } from './directory-census.js';

describe('censusOfDirectory', () => {
  it('counts the documents, spreads its samples over all of them, and changes nothing', async () => {
    const fileSystem = new MemoryFileSystem();
    const field = { type: { kind: 'number' as const }, optional: false, rules: [] };
    const model = {
      name: 'Thing',
      collection: 'thing',
      storage: 'disk' as const,
      key: { fields: ['id'] },
      fields: [{ ...field, name: 'id' }],
      computed: [],
      indexes: [],
    };
    const definition = { ...storedDefinition(model, 'f'), build: (input: object) => ({ ...input }) };
    type Things = {
      thing: { insertMany(list: readonly object[]): Promise<unknown>; delete(id: number): Promise<unknown> };
    };
    const db = await openDatabase<Things, unknown>([definition], { directory: '/data', fileSystem });
    await db.thing.insertMany(Array.from({ length: 101 }, (_, id) => ({ id })));
    await db.thing.delete(7);
    const open = await censusOfDirectory({ directory: '/data', fileSystem });
    expect(open.get('thing')?.documentCount).toBe(100);
    await db.close();
    const { documentCount, samples } = (
      await censusOfDirectory({ directory: '/data', fileSystem, sampleCount: 10 })
    ).get('thing')!;
    expect(documentCount).toBe(100);
    expect(samples).toHaveLength(10);
    expect((samples.at(-1) as { id: number }).id).toBeGreaterThan(80);
    await expect(censusOfDirectory({ directory: '/other', fileSystem })).rejects.toThrow(/DIRECTORY_UNUSABLE/);
    const again = await openDatabase<Things, Things>([definition], { directory: '/data', fileSystem });
    await again.setStorage('thing', 'memory');
    await again.close();
    expect((await censusOfDirectory({ directory: '/data', fileSystem })).has('thing')).toBe(false);
  });
});
