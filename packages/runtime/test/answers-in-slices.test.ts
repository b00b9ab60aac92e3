/**
 * Many who wait for one batch are answered little by little, so that timers and sockets have their turn between them:
 * docs/decisions/0034-lone-writes.md. The clock is the test's: every look at it is a millisecond later.
 */
import { MemoryFileSystem } from '../src/file-system/memory-file-system.js';
import type { Durability } from '../src/journal/durability.js';
import { measureBy } from '../src/time/real-time.js';
import { FaultFileSystem } from './fault-file-system.js';
import { openPlayers, type PlayerDatabase, player } from './support/open-players.js';

const WRITERS = 1_000;
/** Two milliseconds of a slice are three looks, of 64 answers each; one more step may come before the first look. */
const MOST_IN_A_TURN = 4 * 64;

let giveBack: () => void;
beforeEach(() => {
  let nowMs = 0;
  giveBack = measureBy(() => ++nowMs);
});
afterEach(() => giveBack());

/** Watches turns of the event loop until `work` is done. @returns the most that was counted in one of them. */
async function mostInATurn(counted: () => number, work: Promise<unknown>): Promise<number> {
  let isDone = false;
  void work.finally(() => {
    isDone = true;
  });
  let most = 0;
  for (let last = counted(); !isDone; ) {
    await new Promise((resolve) => setImmediate(resolve));
    most = Math.max(most, counted() - last);
    last = counted();
  }
  return most;
}

/** Inserts at once; notes who was answered, and how. */
function insertMany(db: PlayerDatabase, count: number, prefix: string, answered: string[], refused: string[] = []) {
  return Array.from({ length: count }, (_, index) => {
    const id = `${prefix}${index}`;
    return db.player.insert(player(id)).then(
      () => answered.push(id),
      () => refused.push(id),
    );
  });
}

describe.each(['fsync', 'os', 'interval'] as const)(
  'answers to 1,000 writers of level %s',
  (durability: Durability) => {
    const options = () => ({ directory: '/data', fileSystem: new MemoryFileSystem(), durability });

    it('come in slices, in order', async () => {
      const db = await openPlayers(options());
      const answered: string[] = [];
      const waiting = insertMany(db, WRITERS, 'p', answered);
      const most = await mostInATurn(() => answered.length, Promise.all(waiting));
      expect(most).toBeLessThanOrEqual(MOST_IN_A_TURN);
      expect(answered).toEqual(Array.from({ length: WRITERS }, (_, index) => `p${index}`));
      expect(db.stats().journal.frameCount).toBe(1);
      await db.close();
    });

    it('come before those to programs that flushed or closed after them', async () => {
      const db = await openPlayers(options());
      const answered: string[] = [];
      void insertMany(db, WRITERS, 'p', answered);
      await db.flush();
      expect([answered.length, db.stats().pendingTransactionCount]).toEqual([WRITERS, 0]);
      void insertMany(db, WRITERS, 'q', answered);
      await db.close();
      expect(answered.length).toBe(2 * WRITERS);
    });

    it('leave room for those who write again: each is in one of the next frames', async () => {
      const db = await openPlayers(options());
      let next = 0;
      const writer = async (): Promise<void> => {
        while (next < 5 * WRITERS) await db.player.insert(player(`p${next++}`));
      };
      const most = await mostInATurn(() => next, Promise.all(Array.from({ length: WRITERS }, writer)));
      expect(most).toBeLessThanOrEqual(MOST_IN_A_TURN);
      expect(db.stats().journal.frameCount).toBeLessThanOrEqual(6);
      await db.close();
    });

    it('are all given to the writers of a batch that is durable, though the next one fails', async () => {
      const fileSystem = new FaultFileSystem();
      const db = await openPlayers({ directory: '/data', fileSystem, durability });
      const [answered, refused]: [string[], string[]] = [[], []];
      const first = insertMany(db, WRITERS, 'p', answered, refused);
      let second: Promise<unknown>[] = [];
      void first[100]?.then(() => {
        // While the rest of the first batch waits for its answers.
        expect(answered.length).toBeLessThan(WRITERS);
        second = insertMany(db, WRITERS, 'q', answered, refused);
        fileSystem.calls.length = 0;
        fileSystem.plan = { failAt: 0, errno: 'EIO', operations: ['write'] };
      });
      await Promise.all(first);
      await Promise.all(second);
      expect([answered.length, refused.length, db.state]).toEqual([WRITERS, WRITERS, 'failed']);
      expect([db.player.size, db.player.has('p999'), db.player.has('q0')]).toEqual([WRITERS, true, false]);
      fileSystem.plan = {};
      await db.close();
      const again = await openPlayers({ directory: '/data', fileSystem });
      expect([again.player.size, again.player.has('q0')]).toEqual([WRITERS, false]);
      await again.close();
    });
  },
);
