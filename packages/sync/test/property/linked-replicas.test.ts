/**
 * Two replicas write random transactions of classes that refer to each other, offline and at once: what the server took
 * leaves no key without document, and each replica ends with what the server has, conflicts given up.
 */
import {
  contentsOf,
  LINKED_MODELS,
  LinkedChance,
  runSteps,
  textOf,
  valuesOf,
  worldText,
} from '../../../runtime/test/support/linked-world.js';
import { repeats } from '../../../runtime/test/support/long-run.js';
import { seeded } from '../../../runtime/test/support/seeded.js';
import { ModelServer } from '../support/model-server.js';
import { until } from '../support/sync-players.js';

const RUNS = repeats('NUTHATCH_LINKED_REPLICAS', 2);
const ROUNDS = 8;

it(`end with what the server has, in ${RUNS} histories`, async () => {
  const codes = new Set<string>();
  for (let run = 0; run < RUNS; run++)
    await seeded(async (random) => {
      const chance = new LinkedChance(random);
      const server = await ModelServer.open(LINKED_MODELS);
      const replicas = await Promise.all(['ann', 'bea'].map((token) => server.replica(LINKED_MODELS, { token })));
      const all = [server.db, ...replicas] as never[];
      for (let round = 0; round < ROUNDS; round++) {
        for (const replica of replicas) await replica.connection.synced();
        if (random() < 0.4) server.cut();
        for (let count = 0; count < 4; count++)
          for (const db of all) {
            const work = runSteps(db, chance.steps(contentsOf(db), 0.05, 20));
            await work.catch((error: { code: string }) => expect(error.code).toMatch(/^REFERENCE/));
          }
        for (const replica of replicas) {
          await replica.connection.synced();
          for (const { number, code } of replica.conflicts.all()) {
            codes.add(String(code));
            await replica.conflicts.discard(number);
          }
        }
        const world = contentsOf(server.db as never);
        for (const { collection, references } of LINKED_MODELS)
          for (const [key, document] of world[collection]!)
            for (const { field, to } of references!) {
              const gone = valuesOf(document[field]).filter((each) => !world[to]!.has(textOf(each)));
              expect([collection, key, field, gone]).toEqual([collection, key, field, []]);
            }
        for (const replica of replicas) await until(() => worldText(contentsOf(replica as never)) === worldText(world));
      }
      expect(server.errors).toEqual([]);
      for (const replica of replicas) await replica.close();
      await server.close();
    });
  expect([...codes].some((code) => code.startsWith('REFERENCE'))).toBe(true);
});
