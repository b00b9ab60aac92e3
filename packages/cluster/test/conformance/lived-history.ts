/**
 * A random life of a journal: databases write, lose answers, are killed and come back. What was asked, answered and seen
 * is noted; the conformance suite then looks at the notes.
 */
import { DatabaseError } from '@nuthatch/model';
import type { Change } from '../../../runtime/src/feed/change.js';
import type { Db, JournalSubject, Writer } from './journal-subject.js';
import { KEY_COUNT, shownDocuments, shownReleases, shownState, textOf } from './shown-state.js';

/** Answers that say that nothing was written. */
const REFUSALS = [
  'DUPLICATE_KEY',
  'DOCUMENT_NOT_FOUND',
  'DOCUMENT_RELEASED',
  'DOCUMENT_NOT_RELEASED',
  'TRANSITION_REFUSED',
];
/** Answers that leave it open: the writer has failed, or was killed. */
const FAILURES = ['DATABASE_FAILED', 'DATABASE_CLOSED', 'JOURNAL_UNREACHABLE'];
/** Its documents hold the numbers of the attempts that counted. */
const LOG_KEY = 1;
/** Of the document that a history ends with. */
const LAST_ID = 'the-end';

export type Outcome = 'acknowledged' | 'refused' | 'unknown';

interface Living {
  readonly name: string;
  writer: Writer;
  /** Attempts that it has not answered yet. */
  waiting: Set<Promise<unknown>>;
}

export class LivedHistory {
  /** By the number of the attempt. */
  readonly outcomes = new Map<number, Outcome>();
  /** What databases told of each transaction: one text, or they disagree. */
  readonly told = new Map<number, Set<string>>();
  /** What databases showed after each transaction. */
  readonly shown = new Map<number, Set<string>>();
  /** The documents alone, to be compared with a replay. */
  readonly documents = new Map<number, string>();
  readonly releases = new Map<string, Set<string>>();
  /** Acknowledged attempts that a later reader did not find. */
  readonly missing: string[] = [];
  /** Every change, read back from the journal at the end. */
  changes: readonly Change[] = [];
  killCount = 0;
  /** Answers that nobody expects. */
  readonly problems: string[] = [];

  /** Notes what a database shows that nobody writes to. */
  look(db: Db): void {
    const seq = Number(db.seq);
    add(this.shown, seq, shownState(db));
    this.documents.set(seq, textOf(shownDocuments(db)));
    for (const [release, text] of shownReleases(db)) add(this.releases, release, text);
    for (const [attempt, outcome] of this.outcomes)
      if (outcome === 'acknowledged' && !db.club.has(traceOf(attempt))) this.missing.push(traceOf(attempt));
  }

  /** Notes what a database tells from now on. */
  hear(db: Db): void {
    const open = new Map<number, string[]>();
    db.subscribe((change) => {
      const seq = Number(change.seq);
      for (const [earlier, texts] of open)
        if (earlier < seq) {
          open.delete(earlier);
          add(this.told, earlier, texts.join('\n'));
        }
      const texts = open.get(seq) ?? [];
      open.set(seq, texts);
      texts.push(toldText(change));
    });
  }
}

/** What one change says that a reader of the journal hears, too. */
export function toldText({ collection, key, after, revision, kind }: Change): string {
  return textOf(kind === 'delete' ? [collection, key, 'delete'] : [collection, key, revision, after]);
}

export function traceOf(attempt: number): string {
  return `t${attempt}`;
}

function add<K>(map: Map<K, Set<string>>, key: K, text: string): void {
  const texts = map.get(key);
  if (texts === undefined) map.set(key, new Set([text]));
  else texts.add(text);
}

/** Lives so many steps, by these random numbers. */
export async function live(subject: JournalSubject, random: () => number, steps: number): Promise<LivedHistory> {
  const life = new Life(subject, random);
  await life.begin();
  for (let step = 0; step < steps; step++) await life.step();
  await life.end();
  return life.history;
}

class Life {
  readonly history = new LivedHistory();
  readonly #subject: JournalSubject;
  readonly #random: () => number;
  #living: Living[] = [];
  #attempt = 0;

  constructor(subject: JournalSubject, random: () => number) {
    this.#subject = subject;
    this.#random = random;
  }

  async begin(): Promise<void> {
    // The last one is never killed: it hears everything.
    for (let index = 0; index < this.#subject.writerCount; index++) this.#living.push(await this.#open(`w${index}`));
    const { db } = this.#living[0]!.writer;
    await db.match.insert({ home: 'log', away: 'log', playedAt: new Date(0) });
    await db.transaction((tx) => {
      for (let key = 0; key < KEY_COUNT; key += 2) {
        tx.player.insert({ id: `p${key}`, email: `e${key}@x.org`, age: key, name: 'P' });
        tx.part.insert({ id: `q${key}`, number: `n${key}`, weight: key + 1 });
      }
      tx.part.release('q0');
    });
    await this.#quiet();
  }

  async step(): Promise<void> {
    const living = this.#living[this.#pick(this.#living.length)]!;
    const lot = this.#pick(100);
    if (living.writer.db.state === 'failed' || lot < 6) await this.#kill(living);
    else if (lot < 10) await this.#quiet();
    else if (lot < 25) await new Promise((resolve) => setImmediate(resolve));
    else this.#write(living);
  }

  async end(): Promise<void> {
    await this.#quiet();
    this.#subject.weather(undefined);
    const { db } = this.#living.at(-1)!.writer;
    await db.club.insert({ id: LAST_ID, name: 'the end' });
    const changes: Change[] = [];
    for await (const change of db.changes({ since: 0n })) {
      changes.push(change);
      if (change.key === LAST_ID) break;
    }
    this.history.changes = changes;
    for (const { writer } of this.#living) await writer.db.close();
  }

  async #open(name: string): Promise<Living> {
    const writer = await this.#subject.open(name);
    this.history.hear(writer.db);
    return { name, writer, waiting: new Set() };
  }

  /** Everybody has written all, and shows the same. */
  async #quiet(): Promise<void> {
    this.#subject.weather(undefined);
    for (const living of this.#living) {
      await Promise.allSettled(living.waiting);
      if (living.writer.db.state === 'failed') await this.#kill(living);
    }
    for (const { writer } of this.#living) {
      await writer.db.barrier();
      this.history.look(writer.db);
    }
    this.#subject.weather(this.#random);
  }

  async #kill(living: Living): Promise<void> {
    if (this.#living.length > 1 && living === this.#living.at(-1)) return;
    this.history.killCount++;
    // Some are on their way, and nobody will hear of them.
    if (living.writer.db.state !== 'failed') for (let count = this.#pick(4); count > 0; count--) this.#write(living);
    for (let turns = this.#pick(6); turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve));
    await living.writer.kill();
    living.waiting = new Set();
    const { writer } = await this.#open(living.name);
    living.writer = writer;
    await writer.db.barrier().catch(() => undefined);
    for (const [attempt, outcome] of this.history.outcomes)
      if (outcome === 'acknowledged' && this.#living.length === 1 && !writer.db.club.has(traceOf(attempt)))
        this.history.missing.push(traceOf(attempt));
  }

  /** One transaction, which leaves a trace by its number, wherever it lands. */
  #write(living: Living): void {
    const attempt = ++this.#attempt;
    const { outcomes } = this.history;
    const [key, other] = [this.#pick(KEY_COUNT), this.#pick(KEY_COUNT)];
    const work = WORKS[this.#pick(WORKS.length)]!;
    outcomes.set(attempt, 'unknown');
    const { db } = living.writer;
    const answer = db
      .transaction((tx) => {
        tx.club.insert({ id: traceOf(attempt), name: 'trace', country: 'trace' });
        work(tx, key, other, attempt);
      })
      .then(
        () => outcomes.set(attempt, 'acknowledged'),
        (error: unknown) => {
          const code = DatabaseError.is(error) ? error.code : String(error);
          if (REFUSALS.includes(code)) outcomes.set(attempt, 'refused');
          else if (!FAILURES.includes(code)) this.history.problems.push(`attempt ${attempt}: ${String(error)}`);
        },
      );
    living.waiting.add(answer);
    void answer.then(() => living.waiting.delete(answer));
  }

  #pick(count: number): number {
    return Math.floor(this.#random() * count);
  }
}

type Tx = Parameters<Parameters<Db['transaction']>[0]>[0];

const WORKS: readonly ((tx: Tx, key: number, other: number, attempt: number) => void)[] = [
  (tx, key, other) =>
    tx.player.insert({ id: `p${key}`, email: `e${other}@x.org`, age: key, name: 'P', clubs: [`c${other}`] }),
  (tx, key, other) => tx.player.update(`p${key}`, { email: `e${other}@x.org`, age: other }),
  (tx, key, other) => tx.player.update(`p${key}`, { clubs: [`c${other}`, 'c0'] }),
  (tx, key) => tx.player.delete(`p${key}`),
  (tx, key, other) => {
    const [one, two] = [tx.player.get(`p${key}`), tx.player.get(`p${other}`)];
    if (one === undefined || two === undefined || one === two) return;
    tx.player.update(one.id, { email: two.email });
    tx.player.update(two.id, { email: one.email });
  },
  (tx, _key, _other, attempt) => {
    tx.match.update(LOG_KEY, (match) => ({ goals: [...match.goals, attempt] }));
  },
  (tx, key, other) => tx.part.insert({ id: `q${key}`, number: `n${other}`, weight: key + 1 }),
  (tx, key) => tx.part.update(`q${key}`, { note: `note ${key}` }),
  (tx, key) => {
    tx.part.release(`q${key}`);
  },
  (tx, key) => {
    tx.part.revise(`q${key}`);
  },
  (tx, key) => {
    tx.part.setLifetime(`q${key}`, 'active');
  },
];
