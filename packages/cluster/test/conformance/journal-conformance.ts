/**
 * What every journal has to hold, whoever keeps it: J1 to J9. Files of one process and engines of several nodes pass the
 * same suite; what only an engine has to do stands in engine-contract.ts.
 */
import type { Change } from '../../../runtime/src/feed/change.js';
import { randomFrom } from '../../../runtime/test/support/seeded.js';
import type { Db, JournalSubject } from './journal-subject.js';
import { type LivedHistory, live, toldText, traceOf } from './lived-history.js';
import { Replay } from './replay.js';
import { shownReleases, shownState, textOf } from './shown-state.js';

export interface ConformanceOptions {
  /** Histories, each over a journal of its own. */
  readonly historyCount: number;
  /** Steps of each. */
  readonly stepCount: number;
}

/** @param newSubject over a journal that nobody has written to. */
export function describeJournal(
  name: string,
  newSubject: () => JournalSubject,
  { historyCount, stepCount }: ConformanceOptions,
): void {
  describe(`${name} as a journal of databases`, () => {
    const lived: { readonly subject: JournalSubject; readonly history: LivedHistory }[] = [];
    const seed = Number(process.env['NUTHATCH_SEED'] ?? Math.floor(Math.random() * 2 ** 32));
    /** The suite goes on with one of them. */
    let subject: JournalSubject;

    beforeAll(async () => {
      const random = randomFrom(seed);
      try {
        for (let index = 0; index < historyCount; index++) {
          const each = newSubject();
          lived.push({ subject: each, history: await live(each, random, stepCount) });
        }
      } catch (error) {
        throw new TypeError(`replay with NUTHATCH_SEED=${seed}`, { cause: error });
      }
      subject = lived[0]!.subject;
    }, 300_000);
    afterAll(async () => {
      await Promise.all(lived.map((each) => each.subject.end()));
    });

    /** Runs a check over each history; what it throws says how to replay it. */
    const check = async (look: (history: LivedHistory, subject: JournalSubject) => unknown): Promise<void> => {
      try {
        for (const each of lived) await look(each.history, each.subject);
      } catch (error) {
        if (error instanceof Error) error.message = `replay with NUTHATCH_SEED=${seed}\n${error.message}`;
        throw error;
      }
    };

    it('lives through kills and lost answers', () =>
      check((history) => {
        expect(history.problems).toEqual([]);
        expect([...history.outcomes.values()]).toEqual(expect.arrayContaining(['acknowledged', 'refused']));
        expect(history.releases.size).toBeGreaterThan(0);
      }));

    it('J1: holds at most one frame per seq, in one unbroken chain', () =>
      check(async (history, each) => {
        const frames = await each.frames();
        const lastSeq = Number(history.changes.at(-1)!.seq);
        let next = { frameId: 1, firstSeq: 1, previousChain: frames[0]!.previousChain };
        for (const { frameId, firstSeq, previousChain, transactionCount, chain } of frames) {
          expect({ frameId, firstSeq, previousChain }).toEqual(next);
          next = { frameId: frameId + 1, firstSeq: firstSeq + transactionCount, previousChain: chain };
        }
        expect(next.firstSeq).toBe(lastSeq + 1);
      }));

    it('J2: shows what was acknowledged to every later reader', () =>
      check((history) => {
        expect(history.missing).toEqual([]);
        const found = insertsOf(history.changes);
        for (const [attempt, outcome] of history.outcomes)
          if (outcome === 'acknowledged') expect([attempt, found.get(traceOf(attempt))]).toEqual([attempt, 1]);
      }));

    it('J3: shows a prefix of the journal on every node, and the same at equal seqs', () =>
      check((history) => {
        for (const texts of [...history.told.values(), ...history.shown.values()]) expect([...texts]).toHaveLength(1);
        const replay = new Replay();
        let compared = 0;
        for (let seq = 1; seq <= Number(history.changes.at(-1)!.seq); seq++) {
          const changes = history.changes.filter((change) => change.seq === BigInt(seq));
          const told = history.told.get(seq);
          if (told !== undefined) expect([...told][0]).toBe(changes.map(toldText).join('\n'));
          for (const change of changes) replay.apply(change);
          const shown = history.documents.get(seq);
          if (shown === undefined) continue;
          expect(replay.text()).toBe(shown);
          compared++;
        }
        expect(compared).toBeGreaterThan(1);
      }));

    it('J4: lets no frame land that others came before', async () => {
      const player = (id: string) => ({ id, email: `${id}@late.org`, age: 1, name: 'Late' });
      const count = Date.now();
      let rounds = 0;
      const stale = await subject.staleFrame(
        (db) => db.player.insert(player(`late${count}`)),
        (db) => db.player.insert(player(`first${count}x${++rounds}`)),
      );
      expect(await stale.isThere()).toBe(false);
      await stale.arrive();
      expect(await stale.isThere()).toBe(false);
      const frames = await subject.frames();
      expect(new Set(frames.map(({ frameId }) => frameId)).size).toBe(frames.length);
    });

    it('J5: ends every unknown outcome in exactly one of in and out', () =>
      check((history) => {
        const found = insertsOf(history.changes);
        const counted = new Map<number, number>();
        const log = history.changes.findLast(({ collection }) => collection === 'match')?.after as
          | { readonly goals: readonly number[] }
          | undefined;
        for (const attempt of log?.goals ?? []) counted.set(attempt, (counted.get(attempt) ?? 0) + 1);
        for (const [attempt, outcome] of history.outcomes) {
          const times = found.get(traceOf(attempt)) ?? 0;
          const least = outcome === 'acknowledged' ? 1 : 0;
          const most = outcome === 'refused' ? 0 : 1;
          expect([attempt, outcome, least <= times && times <= most]).toEqual([attempt, outcome, true]);
          // What it did besides its trace is there with the trace, and as often.
          expect([attempt, (counted.get(attempt) ?? 0) <= times]).toEqual([attempt, true]);
        }
      }));

    it('J6: gives no unique value to two documents, at any seq', () =>
      check((history) => {
        const replay = new Replay();
        let seq = 0n;
        for (const change of history.changes) {
          if (change.seq > seq) {
            expect([seq, replay.shared('player', 'email'), replay.shared('part', 'number')]).toEqual([seq, [], []]);
            seq = change.seq;
          }
          replay.apply(change);
        }
      }));

    it('J7: keeps released documents byte for byte', () =>
      check((history) => {
        for (const [release, texts] of history.releases) expect([release, texts.size]).toEqual([release, 1]);
      }));

    it('J8: shows the same from an image and the frames behind it as from all frames', async () => {
      const before = await onceOpen(subject, 'n1', shownReleases);
      await subject.storeImage(false);
      await onceOpen(subject, 'n2', (db) => writeSome(db, 'behind'));
      const fromImage = await onceOpen(subject, 'new', shownState);
      const fromStart = await onceOpen(subject, 'other', shownState, true);
      expect(fromImage).toBe(fromStart);
      const releases = await onceOpen(subject, 'newer', shownReleases);
      for (const [release, text] of before) expect([release, releases.get(release)]).toEqual([release, text]);
    });

    it('J9: strands nobody by a truncation', async () => {
      // One that sleeps with a copy that ends before what goes, one that stands still, with a write on its way, and a
      // frame that comes too late.
      await onceOpen(subject, 'sleeper', (db) => writeSome(db, 'before'));
      const still = subject.writerCount > 1 ? await subject.open('still') : undefined;
      const goOn = still?.pause?.();
      const waiting = still?.db.club.insert({ id: 'waiting', name: 'waiting' }).then(
        () => 1,
        () => 0,
      );
      const stale =
        still &&
        (await subject.staleFrame(
          (db) => db.club.insert({ id: 'stale', name: 'stale' }),
          (db) => writeSome(db, 'other'),
        ));
      await subject.storeImage(true);
      await onceOpen(subject, 'n3', (db) => writeSome(db, 'after'));
      goOn?.();
      const waited = await waiting;
      await stale?.arrive();
      expect(await (stale?.isThere() ?? false)).toBe(false);
      const expected = await onceOpen(subject, 'late', shownState);
      expect(await onceOpen(subject, 'sleeper', shownState)).toBe(expected);
      if (still !== undefined) {
        // It goes on, or says that it has to begin with the image.
        const barrier = await still.db.barrier().catch(({ code }: { readonly code?: string }) => code);
        if (barrier === undefined) expect(shownState(still.db)).toBe(expected);
        else expect(barrier).toBe('DATABASE_FAILED');
        await still.db.close().catch(() => undefined);
        expect(await onceOpen(subject, 'still', shownState)).toBe(expected);
        const found = await onceOpen(subject, 'again', (db) => Number(db.club.has('waiting')));
        expect(found).toBe(waited);
      }
      // A reader of changes hears that what it asks for is gone; it is never given the rest as if it were all.
      const answer = await onceOpen(subject, 'fresh', async (db) => {
        for await (const change of db.changes({ since: 0n })) return change.seq;
        return undefined;
      }).catch((error: { readonly code?: string }) => error.code);
      expect(['CHANGES_GONE', 1n]).toContain(answer);
      const frames = await subject.frames();
      for (const [index, { frameId }] of frames.entries()) expect(frameId).toBe(frames[0]!.frameId + index);
      await onceOpen(subject, 'last', (db) => writeSome(db, 'last'));
    });
  });
}

/** How often the document of each id was made. */
function insertsOf(changes: readonly Change[]): Map<unknown, number> {
  const counts = new Map<unknown, number>();
  for (const { collection, key, kind } of changes)
    if (collection === 'club' && kind !== 'delete') counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

async function writeSome(db: Db, name: string): Promise<void> {
  for (let index = 0; index < 10; index++) await db.club.insert({ id: `${name}${index}`, name: textOf(index) + name });
}

async function onceOpen<T>(
  subject: JournalSubject,
  name: string,
  work: (db: Db) => T | Promise<T>,
  isFromStart = false,
): Promise<T> {
  subject.weather(undefined);
  const { db } = await subject.open(name, { isFromStart });
  try {
    await db.barrier();
    return await work(db);
  } finally {
    await db.close();
  }
}
