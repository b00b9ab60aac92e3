/** Two nodes write random transactions of classes that refer to each other: both end alike, and no key is without document. */
import {
  contentsOf,
  LINKED_MODELS,
  LinkedChance,
  runSteps,
  textOf,
  valuesOf,
} from '../../runtime/test/support/linked-world.js';
import { repeats } from '../../runtime/test/support/long-run.js';
import { type AnyDatabase, openModels } from '../../runtime/test/support/open-models.js';
import { seeded } from '../../runtime/test/support/seeded.js';
import { memoryJournal } from '../src/index.js';

const RUNS = repeats('NUTHATCH_LINKED_NODES', 2);
const ROUNDS = 40;

it(`leave no key without document, in ${RUNS} histories`, async () => {
  const outcomes = { fulfilled: 0, REFERENCED: 0, REFERENCE_MISSING: 0 };
  for (let run = 0; run < RUNS; run++)
    await seeded(async (random) => {
      const chance = new LinkedChance(random);
      const journal = memoryJournal();
      const options = { directory: undefined, fileSystem: undefined, memory: true, journal } as never;
      const open = (): Promise<AnyDatabase> => openModels(undefined as never, LINKED_MODELS, options);
      await using a = await open();
      await using b = await open();
      for (let round = 0; round < ROUNDS; round++) {
        // Each node goes by what it knows: it may be behind the other.
        const works = [a, b, a, b].map((db) => runSteps(db, chance.steps(contentsOf(db), 0.05, 20)));
        for (const result of await Promise.allSettled(works)) {
          if (result.status === 'fulfilled') outcomes.fulfilled++;
          else outcomes[(result.reason as { code: 'REFERENCED' }).code]++;
        }
        if (random() < 0.5) continue;
        await Promise.all([a.barrier(), b.barrier()]);
        const world = contentsOf(a);
        expect(contentsOf(b)).toEqual(world);
        for (const { collection, references } of LINKED_MODELS)
          for (const [key, document] of world[collection]!)
            for (const { field, to } of references!)
              expect([
                collection,
                key,
                field,
                valuesOf(document[field]).filter((each) => !world[to]!.has(textOf(each))),
              ]).toEqual([collection, key, field, []]);
      }
    });
  expect(Object.values(outcomes).every((count) => count > 0)).toBe(true);
  expect(Object.keys(outcomes)).toHaveLength(3);
});
