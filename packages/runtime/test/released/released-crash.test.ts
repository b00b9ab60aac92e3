/**
 * A fault at every call of the file system while documents are released, revised and given up: whatever was answered is
 * there after reopening, whatever was rejected is not, and a release is never there by half: its document, its state and its
 * bytes come together.
 */
import { DatabaseError } from '@nuthatch/model';
import { type NuthatchDatabase, openDatabase } from '../../../../generated/index.js';
import { FaultFileSystem } from '../fault-file-system.js';
import { repeats } from '../support/long-run.js';
import { randomFrom } from '../support/seeded.js';

const DIRECTORY = '/db';
/** Every call nightly, each seventh otherwise. */
const STRIDE = repeats('NUTHATCH_RELEASE_FAULT_STRIDE', 7);

type Step = (db: NuthatchDatabase) => Promise<unknown>;

const STEPS: readonly Step[] = [
  (db) => db.part.insert({ id: 'a', number: 'a', weight: 1 }),
  (db) => db.part.release('a'),
  (db) => db.part.setLifetime('a', 'active'),
  (db) => db.part.revise('a'),
  (db) => db.part.update('a', { weight: 2 }),
  (db) => db.compact(),
  (db) =>
    db.transaction((tx) => {
      tx.part.release('a');
      tx.part.insert({ id: 'b', number: 'b', weight: 7 });
      tx.part.release('b');
    }),
  (db) => db.part.setLifetime('a', 'obsolete', { release: 1 }),
  (db) => db.part.revise('b'),
  (db) => db.part.delete('b'),
];

function shownOf(db: NuthatchDatabase): string {
  const shown = [...db.part].map((part) => ({
    ...{ ...part, isReleased: db.part.isReleased(part.id), revision: db.part.revision(part.id) },
    history: db.part.history(part.id).map(({ release, digest, document, asReleased }) => {
      expect(asReleased()).toMatchObject({ id: part.id, weight: document.weight });
      return { release, digest, document };
    }),
  }));
  return JSON.stringify(shown.sort((a, b) => (a.id < b.id ? -1 : 1)));
}

const open = (fileSystem: FaultFileSystem): Promise<NuthatchDatabase> =>
  openDatabase({ directory: DIRECTORY, fileSystem, pageBytes: 4096 } as never);

interface Life {
  /** Steps that were answered. */
  readonly answered: number;
  /** What memory showed after each of them. */
  readonly shown: readonly string[];
}

async function live(fileSystem: FaultFileSystem): Promise<Life> {
  const shown: string[] = [];
  let db: NuthatchDatabase | undefined;
  try {
    db = await open(fileSystem);
    shown.push(shownOf(db));
    for (const step of STEPS) {
      await step(db);
      shown.push(shownOf(db));
    }
  } catch (error) {
    if (!DatabaseError.is(error)) throw error;
  }
  await db?.close().catch(() => undefined);
  return { answered: Math.max(0, shown.length - 1), shown };
}

describe('releases over a disk that fails at every call', () => {
  it('are there whole or not at all', async () => {
    const probe = new FaultFileSystem();
    const { shown: whole } = await live(probe);
    expect(whole.length).toBe(STEPS.length + 1);
    expect(probe.calls.length).toBeGreaterThan(40);
    for (let failAt = 0; failAt < probe.calls.length; failAt += STRIDE) {
      const fileSystem = new FaultFileSystem({ failAt, errno: 'EIO', isPermanent: true });
      const { answered, shown } = await live(fileSystem);
      expect(shown).toEqual(whole.slice(0, shown.length));
      fileSystem.crash(randomFrom(failAt));
      const again = await open(fileSystem);
      // A step whose answer the fault has taken may have become durable: then it is there as a whole.
      expect(whole.slice(answered, answered + 2)).toContain(shownOf(again));
      await again.close();
    }
  });
});
