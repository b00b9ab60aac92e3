/**
 * What the clients of a node ask for. Each write leaves a document of its own name, so the history says whether it took
 * place; what its caller was told is held against that.
 */
import { DatabaseError } from '@nuthatch/model';
import { Breach } from './breach.js';
import type { NodeDatabase, SimulatedNode } from './simulated-node.js';
import type { Simulation } from './simulation.js';

type Transaction = Parameters<Parameters<NodeDatabase['transaction']>[0]>[0];

interface Write {
  readonly name: string;
  readonly node: SimulatedNode;
  readonly actor: SimulatedNode['actor'];
  /** Code of the refusal; `acknowledged`; `unknown` when nobody can say. */
  outcome: string | undefined;
}

/** With these a write is refused as it should be; all others are mistakes. */
const REFUSALS: ReadonlySet<string> = new Set([
  'DUPLICATE_KEY',
  'DOCUMENT_NOT_FOUND',
  'JOURNAL_CONTENDED',
  'JOURNAL_UNREACHABLE',
  'DATABASE_CLOSED',
  'DATABASE_FAILED',
  'TOO_MUCH_PENDING',
]);

const CLUBS = ['red', 'blue', 'green'];

export class Clients {
  readonly writes: Write[] = [];
  readonly #simulation: Simulation;
  #count = 0;

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
  }

  /** Two clients of a node that is open; they end with it, or when the run calms down. */
  start(node: SimulatedNode, db: NodeDatabase): void {
    for (let index = 0; index < 2; index++)
      this.#client(node, db).catch((error: Error) => this.#simulation.fail(error));
  }

  async #client(node: SimulatedNode, db: NodeDatabase): Promise<void> {
    const simulation = this.#simulation;
    const { random, scheduler, mix } = simulation;
    for (;;) {
      await scheduler.sleep(random.next() * mix.paceMs);
      if (simulation.isCalm || node.db !== db) return;
      if (random.next() < 0.1) await this.#read(node, db);
      const burst = random.next() < mix.burstRate ? random.between(2, 6) : 1;
      const writes = Array.from({ length: burst }, () => this.#write(node, db));
      if (random.next() < 0.8) await Promise.all(writes);
    }
  }

  /** Behind a barrier a node shows all that was acknowledged before it began. */
  async #read(node: SimulatedNode, db: NodeDatabase): Promise<void> {
    const simulation = this.#simulation;
    const { ackedSeq, history } = simulation;
    try {
      await db.barrier();
    } catch (error) {
      if (DatabaseError.is(error)) return simulation.note(`barrier: ${error.code}`);
      throw error;
    }
    if (simulation.history !== history || node.history !== history) return;
    const seq = db.stats().journal.writtenSeq;
    if (seq < ackedSeq)
      throw new Breach('J11', `${node.name} is at seq ${seq} behind a barrier, ${ackedSeq} was acknowledged`);
    if (Number(db.seq) === seq) node.requireState(db);
  }

  async #write(node: SimulatedNode, db: NodeDatabase): Promise<void> {
    const simulation = this.#simulation;
    const name = `w${++this.#count}`;
    const write: Write = { name, node, actor: node.actor, outcome: undefined };
    this.writes.push(write);
    const [kind, work] = this.#draw(name, node);
    try {
      await db.transaction((tx) => {
        tx.trace.insert({ id: name, kind, value: 0 });
        work(tx);
      });
      this.#acknowledged(write);
    } catch (error) {
      if (!DatabaseError.is(error)) throw error;
      const isUnknown = (error.facts as { isOutcomeUnknown?: boolean }).isOutcomeUnknown === true;
      write.outcome = isUnknown ? 'unknown' : error.code;
      if (!REFUSALS.has(error.code)) throw new Breach('J5', `${name} was refused with ${error.code}: ${error.message}`);
    }
    simulation.note(`${kind} ${name}: ${write.outcome}`);
  }

  #acknowledged(write: Write): void {
    const simulation = this.#simulation;
    const { node, name } = write;
    write.outcome = 'acknowledged';
    const seq = node.history.seqOf(name);
    if (seq === undefined) {
      const { lostHistory } = simulation;
      // Its frame had landed, and was lost before the answer came.
      if (lostHistory?.seqOf(name) === undefined)
        throw new Breach('J2', `${name} was acknowledged and is not in the journal`);
      node.history = lostHistory;
    } else if (node.history === simulation.history) simulation.ackedSeq = Math.max(simulation.ackedSeq, seq);
  }

  #draw(name: string, { version }: SimulatedNode): [string, (tx: Transaction) => void] {
    const { random, mix } = this.#simulation;
    const id = `p${random.between(1, mix.keyCount)}`;
    const other = `p${random.between(1, mix.keyCount)}`;
    const email = `e${random.between(1, mix.keyCount)}`;
    const age = random.between(1, 99);
    const clubs = [random.pick(CLUBS)];
    const note = version > 0 && random.next() < 0.5 ? { note: name } : {};
    const lot = random.next();
    if (lot < 0.25) return ['insert', (tx) => tx.player.insert({ id, name, email, clubs, age, ...note })];
    if (lot < 0.45) return ['update', (tx) => tx.player.update(id, { name, age, clubs, ...note })];
    if (lot < 0.55) return ['email', (tx) => tx.player.update(id, { email })];
    if (lot < 0.65) return ['delete', (tx) => tx.player.delete(id)];
    if (lot < 0.75)
      return [
        'swap',
        (tx) => {
          const [one, two] = [tx.player.get(id), tx.player.get(other)];
          if (one === undefined || two === undefined || id === other) return;
          tx.player.update(id, { email: two['email'] });
          tx.player.update(other, { email: one['email'] });
        },
      ];
    if (lot < 0.9)
      return [
        'count',
        (tx) => {
          const count = tx.counter.get('c')?.['count'] as number | undefined;
          if (count === undefined) tx.counter.insert({ id: 'c', count: 1 });
          else tx.counter.update('c', { count: count + 1 });
        },
      ];
    return ['ticket', (tx) => tx.ticket.insert({ holder: name })];
  }

  /** Writes that nobody was told anything of, and whose node lives. */
  get waiting(): readonly Write[] {
    return this.writes.filter(({ outcome, actor }) => outcome === undefined && !actor.isKilled);
  }

  /** What callers were told is what the history says. @throws Breach. */
  requireTold(): void {
    const { history, lostHistory } = this.#simulation;
    for (const { name, outcome, node } of this.writes) {
      const isKept = history.seqOf(name) !== undefined;
      const isLost = lostHistory?.seqOf(name) !== undefined;
      if (outcome === 'acknowledged' && !isKept && !isLost)
        throw new Breach('J2', `${name} of ${node.name} was acknowledged and is not in the journal`);
      if (outcome !== undefined && REFUSALS.has(outcome) && isKept)
        throw new Breach('J5', `${name} of ${node.name} was refused with ${outcome} and is in the journal`);
    }
  }
}
