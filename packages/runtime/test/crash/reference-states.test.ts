/**
 * Every state that a crash can leave of a run whose transactions delete and let go along references: each opens, with every
 * key to a document, after some transaction as a whole, and not before the last one acknowledged.
 */
import type { Durability } from '../../src/journal/durability.js';
import { Disk, digestOf, fileSystemOf } from '../support/disk-states.js';
import { everyCrash } from '../support/every-crash.js';
import { contentsOf, LINKED_MODELS, linkedHistory, runSteps, worldText } from '../support/linked-world.js';
import { IS_NIGHTLY, repeats } from '../support/long-run.js';
import { openModels } from '../support/open-models.js';
import { RecordingFileSystem } from '../support/recording-file-system.js';
import { seeded } from '../support/seeded.js';

const RUN_COUNT = repeats('NUTHATCH_REFERENCE_CRASH_RUNS', 1);
/** Openings of one run, and transactions of each. */
const LIFE_COUNT = IS_NIGHTLY ? 3 : 2;
const TRANSACTIONS = IS_NIGHTLY ? 12 : 6;
const LEVELS: readonly Durability[] = ['os', 'fsync', 'interval', 'os'];

/** The run: its trace with notes of what was acknowledged, as numbers into `texts`, what was there after each. */
async function record(random: () => number) {
  const fileSystem = new RecordingFileSystem();
  const history = linkedHistory(Math.floor(random() * 2 ** 31), 0.1, 20);
  const texts = [''];
  for (let life = 0; life < LIFE_COUNT; life++) {
    const db = await openModels(fileSystem, LINKED_MODELS, { pageBytes: 4096, flushIntervalMs: 1 });
    for (let count = 0; count < TRANSACTIONS; ) {
      const { steps, isRefused, world } = history.next().value;
      const durability = LEVELS[Math.floor(random() * LEVELS.length)]!;
      const seq = db.seq;
      const done = runSteps(db, steps, false, { durability });
      if (isRefused) {
        await expect(done).rejects.toMatchObject({ code: expect.stringMatching(/^REFERENCE/) });
        continue;
      }
      count++;
      const number = texts.push(worldText(world)) - 1;
      // One that found nothing to delete wrote nothing, and says nothing of those before it.
      const noted =
        db.seq === seq
          ? done
          : done.then(() => fileSystem.note({ [durability === 'fsync' ? 'synced' : 'written']: number }));
      if (random() < 0.5) await noted;
      if (random() < 0.1) await db.compact();
    }
    await db.close();
    fileSystem.note({ synced: texts.length - 1 });
  }
  return { trace: fileSystem.trace, texts };
}

it(
  'leaves every key with its document, whatever of a cascade has reached the disk',
  () =>
    seeded(async (random) => {
      for (let run = 0; run < RUN_COUNT; run++) {
        const { trace, texts } = await record(random);
        const found = new Map<string, string>();
        await everyCrash(
          new Disk(),
          trace,
          { written: 0, synced: 0, backup: 0 },
          async (state, { written, synced }, isKill) => {
            const digest = digestOf(state);
            if (!found.has(digest)) {
              // A key without document is refused here.
              const db = await openModels(await fileSystemOf(state), LINKED_MODELS);
              found.set(digest, worldText(contentsOf(db)));
              await db.close();
            }
            const least = isKill ? Math.max(written, synced) : synced;
            expect(texts.lastIndexOf(found.get(digest)!)).toBeGreaterThanOrEqual(least);
          },
          random,
        );
        expect(found.size).toBeGreaterThan(TRANSACTIONS);
      }
    }),
  600_000 + RUN_COUNT * 300_000,
);
