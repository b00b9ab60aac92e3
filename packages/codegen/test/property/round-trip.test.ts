/**
 * Any model → generated code → any documents: equal after reopening, by the journal and by a snapshot, and after the way
 * through the columns of a copy and the lines of a dump.
 */
import { fromJsonValue, toJsonValue } from '@nuthatch/copy';
import { type CollectionDefinition, MemoryFileSystem, openDatabase } from '@nuthatch/runtime';
import fc from 'fast-check';
import { jsonValues } from '../../../runtime/src/document/json-values.js';
import { loadGenerated } from '../support/load-generated.js';
import { modelAndInputs } from '../support/type-arbitrary.js';

class Sample {
  declare id: string;
}

interface Repositories {
  readonly sample: {
    insert(input: object): Promise<object>;
    get(id: string): Readonly<Record<string, unknown>> | undefined;
  };
}

async function documentsOf(
  definition: CollectionDefinition,
  fileSystem: MemoryFileSystem,
  ids: readonly string[],
  compacts = false,
): Promise<readonly unknown[]> {
  const db = await openDatabase<Repositories, object>([definition], { directory: '/data', fileSystem });
  const documents = ids.map((id) => ({ ...db.sample.get(id) }));
  if (compacts) await db.compact();
  await db.close();
  return documents;
}

it('documents of any types are equal after reopening, compaction and a copy', async () => {
  await fc.assert(
    fc.asyncProperty(modelAndInputs, async ([model, inputs]) => {
      const definition = loadGenerated(model, Sample);
      const fileSystem = new MemoryFileSystem();
      const numbered = inputs.map((input, index) => ({ ...input, id: `${index}` }));
      const ids = numbered.map(({ id }) => id);
      const db = await openDatabase<Repositories, object>([definition], { directory: '/data', fileSystem });
      for (const input of numbered) await db.sample.insert(input);
      const before = ids.map((id) => ({ ...db.sample.get(id) }));
      expect(before).toEqual(numbered);
      await db.close();
      expect(await documentsOf(definition, fileSystem, ids, true)).toEqual(before);
      expect(await documentsOf(definition, fileSystem, ids)).toEqual(before);
      for (const document of before)
        for (const { name, type } of model.fields) {
          const value = (document as Record<string, unknown>)[name];
          if (value === undefined) continue;
          const text = JSON.stringify(toJsonValue(type, value));
          const back = fromJsonValue(type, JSON.parse(text));
          expect(JSON.stringify(toJsonValue(type, back))).toBe(text);
          expect(withoutSigns(back)).toEqual(withoutSigns(value));
          const dumped = jsonValues(type);
          expect(dumped.fromJson(JSON.parse(JSON.stringify(dumped.toJson(value))), name)).toEqual(value);
        }
    }),
    { numRuns: 40 },
  );
});

/** The sign of zero is not kept by a copy; absent and undefined are one. */
function withoutSigns(value: unknown): unknown {
  if (value === 0) return 0;
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(withoutSigns);
  if (value instanceof Set) return new Set(Array.from(value, withoutSigns));
  if (value instanceof Map)
    return new Map(Array.from(value, ([key, item]) => [withoutSigns(key), withoutSigns(item)] as const));
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, withoutSigns(part)]));
}
