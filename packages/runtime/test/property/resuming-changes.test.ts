import fc from 'fast-check';
import type { Change } from '../../src/feed/change.js';
import { MemoryFileSystem } from '../../src/file-system/memory-file-system.js';
import { type AnyDatabase, field, modelWith, NUMBER, openModels } from '../support/open-models.js';

const COLLECTIONS = ['club', 'player', 'session'] as const;
const MODELS = COLLECTIONS.map((collection) =>
  modelWith([field('n', NUMBER)], {
    name: collection[0]?.toUpperCase() + collection.slice(1),
    collection,
    storage: collection === 'session' ? 'memory' : 'disk',
  }),
);

interface Step {
  readonly collection: (typeof COLLECTIONS)[number];
  readonly key: string;
  readonly isDelete: boolean;
}

const step = fc.record<Step>({
  collection: fc.constantFrom(...COLLECTIONS),
  key: fc.constantFrom('a', 'b', 'c'),
  isDelete: fc.boolean(),
});
const transactions = fc.array(fc.array(step, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 8 });

async function write(db: AnyDatabase, steps: readonly Step[], n: number): Promise<void> {
  await db.transaction((tx) => {
    for (const { collection, key, isDelete } of steps) {
      const repository = (tx as unknown as AnyDatabase)[collection] as unknown as {
        delete(key: string): void;
        upsert(input: object): void;
      };
      if (isDelete) repository.delete(key);
      else repository.upsert({ id: key, n });
    }
  });
}

/** All that comes after a point, until the database is closed. */
async function readToEnd(db: AnyDatabase, since: string | bigint): Promise<Change[]> {
  const changes: Change[] = [];
  const reading = (async () => {
    for await (const change of db.changes({ since })) changes.push(change);
  })();
  await db.flush();
  await new Promise((resolve) => setTimeout(resolve, 0));
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  await db.close();
  await reading;
  return changes;
}

const show = ({ transactionId, collection, key, kind, after }: Change) =>
  JSON.stringify([transactionId, collection, key, kind, after]);
const isJournaled = ({ collection }: Change) => collection !== 'session';

it('continues at any change with the next one, in memory, from the journal, and without a removed class', async () => {
  const property = fc.asyncProperty(
    transactions,
    fc.constantFrom(0, 3, 1_000),
    fc.nat(),
    async (written, historyChangeCount, pick) => {
      const fileSystem = new MemoryFileSystem();
      const options = { historyChangeCount };
      const db = await openModels(fileSystem, MODELS, options);
      const heard: Change[] = [];
      db.subscribe((change) => heard.push(change));
      for (const [n, steps] of written.entries()) await write(db, steps, n);
      await db.flush();
      if (heard.length === 0) return db.close();
      const at = pick % heard.length;
      const { cursor } = heard[at] as Change;
      const rest = heard.slice(at + 1);

      const resumed = await readToEnd(db, cursor);
      // What only memory had and has let go of is in no journal; all else comes, once and in order.
      const expected = historyChangeCount === 1_000 ? rest : rest.filter(isJournaled);
      const came = historyChangeCount === 1_000 ? resumed : resumed.filter(isJournaled);
      expect(came.map(show)).toEqual(expected.map(show));

      const again = await openModels(fileSystem, MODELS, options);
      const stored = await readToEnd(again, cursor);
      expect(stored.map(show)).toEqual(rest.filter(isJournaled).map(show));

      if (stored.length > 0) {
        // A cursor that the journal gave is as good as one of memory.
        const behind = pick % stored.length;
        const once = await openModels(fileSystem, MODELS, options);
        const later = await readToEnd(once, (stored[behind] as Change).cursor);
        expect(later.map(show)).toEqual(stored.slice(behind + 1).map(show));
      }

      const withoutClubs = await openModels(fileSystem, MODELS.slice(1), options);
      const ofPlayers = rest.filter(({ collection }) => collection === 'player');
      const place = ({ seq, key, kind, after }: Change) => JSON.stringify([String(seq), key, kind, after]);
      expect((await readToEnd(withoutClubs, cursor)).map(place)).toEqual(ofPlayers.map(place));
    },
  );
  await fc.assert(property, { numRuns: 150, endOnFailure: true });
});
