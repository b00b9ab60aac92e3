/**
 * One node: the product's own database over the product's own node code. It is opened, killed, closed and opened again
 * in one directory in memory; what it shows is compared with the history.
 */
import { DatabaseError } from '@nuthatch/model';
import type { SharedJournal } from '@nuthatch/runtime/cluster';
import type { Database } from '../../runtime/src/database/database.js';
import type { DatabaseOptions } from '../../runtime/src/database/database-options.js';
import { openDatabase } from '../../runtime/src/database/open-database.js';
import { noteClosed } from '../../runtime/src/database/open-databases.js';
import type { DirectoryLock, FileSystem } from '../../runtime/src/file-system/file-system.js';
import { MemoryFileSystem } from '../../runtime/src/file-system/memory-file-system.js';
import type { Repository } from '../../runtime/src/repository/repository.js';
import type { AnyTypes } from '../../runtime/test/support/open-models.js';
import { ClusterJournal } from '../src/cluster-journal.js';
import { nodeOptions } from '../src/journal-options.js';
import { Breach } from './breach.js';
import { withBugs } from './buggy-journal.js';
import type { History } from './history.js';
import { DEFINITIONS } from './models.js';
import { type Actor, newActor } from './scheduler.js';
import { type Link, SimulatedEngine } from './simulated-engine.js';
import type { Simulation } from './simulation.js';
import { slowFiles } from './slow-files.js';

type Repositories = Readonly<Record<'player' | 'trace' | 'counter' | 'ticket', Repository<AnyTypes>>>;
export type NodeDatabase = Database<Repositories> & Repositories;

/** A killed process leaves no lock behind. */
class NodeFiles extends MemoryFileSystem {
  override async lock(): Promise<DirectoryLock> {
    return { release: async () => undefined };
  }
}

export type LifeEnd = 'killed' | 'closed' | 'failed' | 'refused';

export class SimulatedNode {
  readonly name: string;
  readonly link: Link;
  /** Which version of the classes its code has, */
  version = 0;
  /** and which it has from its next opening on. */
  nextVersion = 0;
  actor: Actor;
  db: NodeDatabase | undefined;
  /** The history that it is part of: one that lost its end goes no further. */
  history: History;
  /** Its directory may hold frames that the engine has lost since. */
  mayBeTainted = false;
  /** How often it was opened. */
  lifeCount = 0;
  /** It was asked to close. */
  isClosing = false;
  /** Why its last life ended. */
  lastCode: string | undefined;
  readonly #simulation: Simulation;
  readonly #isInMemory: boolean;
  #files = new NodeFiles();
  #endLife: ((end: LifeEnd) => void) | undefined;

  constructor(simulation: Simulation, name: string, isInMemory: boolean) {
    this.#simulation = simulation;
    this.#isInMemory = isInMemory;
    this.name = name;
    this.actor = newActor(name);
    this.history = simulation.history;
    const { lossRate, missRate, latencyMs } = simulation.mix;
    this.link = { cutUntilMs: 0, lossRate, missRate, latencyMs };
  }

  get isUp(): boolean {
    return this.db !== undefined;
  }

  /** Up to where it shows what is settled. */
  get settledSeq(): number {
    return this.db?.stats().journal.writtenSeq ?? 0;
  }

  /** Lives once: from its opening to its end. @param work what its clients do, in its name. */
  live(work: (db: NodeDatabase) => void): Promise<LifeEnd> {
    const { scheduler } = this.#simulation;
    const actor = newActor(`${this.name}.${++this.lifeCount}`);
    actor.skewMs = this.actor.skewMs;
    this.actor = actor;
    this.lastCode = undefined;
    this.isClosing = false;
    return new Promise((resolve) => {
      this.#endLife = (end) => {
        if (this.actor !== actor || this.#endLife === undefined) return;
        this.#endLife = undefined;
        // The simulation goes on where a process would have ended, and with it all that it knew.
        if (this.db !== undefined) noteClosed(this.db);
        this.db = undefined;
        // The process is gone, with all that it was about to do.
        actor.isKilled = true;
        scheduler.at(scheduler.world, 0, () => resolve(end));
      };
      scheduler.at(actor, 0, () => void this.#open(actor, work));
    });
  }

  async #open(actor: Actor, work: (db: NodeDatabase) => void): Promise<void> {
    const simulation = this.#simulation;
    const { scheduler, random, log, mix, options } = simulation;
    const { link } = this;
    const { canRequestTurns } = mix;
    this.history = simulation.history;
    this.version = this.nextVersion;
    const bugs = options.bugs?.node;
    const makeEngine = (): SimulatedEngine =>
      new SimulatedEngine({ scheduler, random, log, actor, link, canRequestTurns, ...(bugs && { bugs }) });
    const retention = { retentionMs: 0, retentionBytes: 0 };
    const own = new ClusterJournal(makeEngine, nodeOptions({ ...retention, imageBytes: mix.imageBytes }, 500));
    const journal: SharedJournal = withBugs(own, options.bugs ?? {});
    const place = this.#isInMemory ? { memory: true } : { directory: '/node', fileSystem: this.#disk() };
    try {
      const db = await openDatabase<Repositories, Repositories>(DEFINITIONS[this.version]!, {
        ...place,
        journal,
        compaction: 'manual',
        pageBytes: 65_536,
      } as DatabaseOptions);
      this.db = db;
      simulation.note(`opened at seq ${db.seq}`);
      if (!this.#isTainted()) this.mayBeTainted = false;
      db.on('failed', (error) => this.#failed(db, error));
      this.#compareChanges(db);
      this.requireState(db);
      work(db);
    } catch (error) {
      if (!DatabaseError.is(error)) return simulation.fail(error as Error);
      simulation.note(`not opened: ${error.code} ${error.message}`);
      this.lastCode = error.code;
      this.#endLife?.('refused');
    }
  }

  #disk(): FileSystem {
    const { mix, scheduler, random } = this.#simulation;
    if (mix.diskMs === 0) return this.#files;
    return slowFiles(this.#files, () => scheduler.sleep(random.next() * mix.diskMs));
  }

  /** What it has applied is no longer what the journal says. */
  #isTainted(): boolean {
    return this.history !== this.#simulation.history;
  }

  /** The engine has lost frames: a node that has applied any of them stays with the old history. */
  noteLoss(old: History, keptSeq: number): void {
    this.mayBeTainted = true;
    if (this.db !== undefined && this.settledSeq > keptSeq) this.history = old;
    else this.history = this.#simulation.history;
  }

  #failed(db: NodeDatabase, error: DatabaseError): void {
    const simulation = this.#simulation;
    simulation.note(`failed: ${error.code} ${error.message}`);
    this.lastCode = (error.facts as { causeCode?: string }).causeCode ?? error.code;
    try {
      this.requireState(db);
    } catch (breach) {
      simulation.fail(breach as Error);
    }
    this.db = undefined;
    const end = (): void => this.#endLife?.('failed');
    db.close().then(end, end);
  }

  kill(): void {
    this.#simulation.note(`${this.actor.name} is killed`);
    this.actor.isKilled = true;
    this.#endLife?.('killed');
  }

  /** Closes it as a deployment does. */
  close(): void {
    const { db, actor } = this;
    if (db === undefined) return;
    const { scheduler } = this.#simulation;
    scheduler.at(actor, 0, () => {
      this.#simulation.note('is closed');
      this.isClosing = true;
      const end = (): void => this.#endLife?.('closed');
      db.close().then(end, (error: DatabaseError) => {
        this.#simulation.note(`closed with ${error.code} ${error.message}`);
        end();
      });
    });
  }

  loseDirectory(): void {
    this.#files = new NodeFiles();
    this.mayBeTainted = false;
  }

  /** Each change that it tells is one of the history, and none is left out. */
  #compareChanges(db: NodeDatabase): void {
    let lastSeq = Number(db.seq);
    db.player.subscribe(({ seq: given, key, kind }) => {
      const seq = Number(given);
      try {
        this.#judge((history) => {
          if (playerKeys(history, lastSeq, seq - 1).length > 0)
            throw new Breach('J3', `${this.name} told nothing of seqs after ${lastSeq} before ${seq}`);
          if (seq < lastSeq || !playerKeys(history, seq - 1, seq).includes(key))
            throw new Breach('J3', `${this.name} tells a ${kind} of ${key} at seq ${seq}`);
        });
      } catch (breach) {
        this.#simulation.fail(breach as Error);
      }
      lastSeq = seq;
    });
  }

  /**
   * An answer that was on its way when the engine lost its end leads to the history that is lost. The same frame may also
   * be sent once more behind that, and then both are one up to there.
   */
  #judge(check: (history: History) => void): void {
    try {
      check(this.history);
    } catch (breach) {
      const { history, lostHistory } = this.#simulation;
      const other = this.history === history ? lostHistory : history;
      if (other === undefined || !this.mayBeTainted) throw breach;
      check(other);
      this.history = other;
    }
  }

  /** It has applied nothing that was lost and did not come back: then it is of the history that there is. */
  lookAgain(): void {
    const { history } = this.#simulation;
    if (this.db === undefined || this.history === history) return;
    try {
      this.#requireStateOf(history, this.db);
      this.history = history;
    } catch {
      // It is not.
    }
  }

  /** What it shows is what the history says at its seq. Nothing of its own may be waiting. @throws Breach. */
  requireState(db: NodeDatabase): void {
    this.#judge((history) => this.#requireStateOf(history, db));
  }

  #requireStateOf(history: History, db: NodeDatabase): void {
    const seq = db.stats().journal.writtenSeq;
    if (seq > history.lastSeq)
      throw new Breach('J3', `${this.name} is at seq ${seq}, the history goes up to ${history.lastSeq}`);
    const due = history.at(seq);
    const shown = db.player.find({}).orderBy('id').all() as { readonly id: string; readonly email: string }[];
    const known = DEFINITIONS[this.version]![0]!.model.fields.map(({ name }) => name);
    const dueText = [...due.players.values()]
      .sort((left, right) => (left.id < right.id ? -1 : 1))
      .map((player) => textOf(player as never, known))
      .join('\n');
    const shownText = shown.map((player) => textOf(player as never, known)).join('\n');
    if (shownText !== dueText)
      throw new Breach('J3', `at seq ${seq}, ${this.name} shows players\n${shownText}\ninstead of\n${dueText}`);
    this.#requireIndexes(db, shown as never);
    for (const name of ['trace', 'counter', 'ticket'] as const)
      if (db[name].size !== due.of(name).size)
        throw new Breach('J3', `${this.name} holds ${db[name].size} of ${name}, due are ${due.of(name).size}`);
    for (const key of due.of('trace').keys())
      if (!db.trace.has(key as string)) throw new Breach('J3', `${this.name} has nothing of ${key}`);
    const count = db.counter.get('c')?.['count'];
    if (count !== due.of('counter').get('c')?.['count'])
      throw new Breach('J3', `${this.name} has counted to ${String(count)}`);
  }

  #requireIndexes(
    db: NodeDatabase,
    shown: readonly { id: string; email: string; age: number; clubs: readonly string[] }[],
  ): void {
    for (const { id, email } of shown) {
      const found = db.player.find({ email }).all();
      if (found.length !== 1 || found[0]!['id'] !== id)
        throw new Breach('J6', `${this.name} finds ${found.length} players by ${email}`);
    }
    const old = db.player.find({ age: { gte: 50 } }).count();
    if (old !== shown.filter(({ age }) => age >= 50).length)
      throw new Breach('J6', `${this.name} finds ${old} players of 50 and more`);
    const reds = db.player.find({ clubs: 'red' } as never).count();
    if (reds !== shown.filter(({ clubs }) => clubs.includes('red')).length)
      throw new Breach('J6', `${this.name} finds ${reds} players in the club`);
  }
}

function textOf(document: Readonly<Record<string, unknown>>, fields: readonly string[]): string {
  return fields.map((name) => JSON.stringify(document[name]) ?? '-').join(' ');
}

/** Keys of the players that the transactions after a seq and up to another one wrote to. */
function playerKeys(history: History, afterSeq: number, uptoSeq: number): unknown[] {
  return history.transactions
    .slice(afterSeq, uptoSeq)
    .flatMap(({ effects }) => effects)
    .flatMap((effect) =>
      effect.kind !== 'sequence' && effect.definition.model.collection === 'player' ? [effect.key] : [],
    );
}
