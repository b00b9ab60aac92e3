/**
 * One run of one seed: nodes live, clients write, things go wrong; then it becomes calm, and everything has to be right.
 */
import { DatabaseError } from '@nuthatch/model';
import { FRAME_HEADER_BYTES, frameCrcSeed, fromHex, PLAIN_CODEC, readFrameHeader } from '@nuthatch/runtime/cluster';
import { Breach } from './breach.js';
import { Clients } from './clients.js';
import { type LifeEnd, type NodeDatabase, SimulatedNode } from './simulated-node.js';
import { Simulation, type SimulationOptions, type SimulationReport } from './simulation.js';

export interface RunReport extends SimulationReport {
  readonly seed: number;
  readonly writeCount: number;
  readonly acknowledgedCount: number;
  readonly openingCount: number;
}

/** No run is longer, on the fake clock. */
const LONGEST_MS = 3_600_000;
/** Faults end after so long even if few frames have landed. */
const FAULTS_MS = 1_800_000;
/** So many lives end by a fault in one run: each costs an opening. */
const MOST_ENDS = 15;
/** By then all that waits is told something, once nothing goes wrong any more. */
const CALM_MS = 120_000;

/** @throws Breach, or what else went wrong: its message says the seed, and its `trace` what had happened. */
export async function runSeed(options: SimulationOptions): Promise<RunReport> {
  const simulation = new Simulation(options);
  simulation.begin();
  try {
    const run = new SeedRun(simulation);
    await simulation.scheduler.run(() => run.run(), LONGEST_MS);
    return run.report();
  } catch (error) {
    const { trace } = simulation;
    const text = `seed ${options.seed}: ${(error as Error).message}`;
    throw Object.assign(new Error(text, { cause: error }), { trace, seed: options.seed });
  } finally {
    simulation.end();
  }
}

class SeedRun {
  readonly #simulation: Simulation;
  readonly #clients: Clients;
  readonly #nodes: readonly SimulatedNode[];
  /** Nobody is opened again. */
  #isEnding = false;
  /** Nodes that still live, or will again. */
  #liveCount = 0;

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
    this.#clients = new Clients(simulation);
    const { nodeCount } = simulation.options;
    this.#nodes = Array.from(
      { length: nodeCount },
      // One in memory alone: it begins anew each time.
      (_, index) =>
        new SimulatedNode(simulation, `n${index}`, index === nodeCount - 1 && simulation.random.next() < 0.5),
    );
  }

  async run(): Promise<void> {
    const simulation = this.#simulation;
    const { scheduler, random, log, mix, options } = simulation;
    simulation.note(JSON.stringify(mix));
    for (const node of this.#nodes) void this.#supervise(node);
    const endMs = scheduler.nowMs() + FAULTS_MS;
    const lossAt = mix.losesSuffix ? random.between(options.frameCount >> 2, options.frameCount) : Infinity;
    const upgradeAt = mix.isUpgraded ? random.between(1, options.frameCount) : Infinity;
    let [hasLost, hasUpgraded] = [false, false];
    const faults = this.#faults();
    while (log.head < options.frameCount && scheduler.nowMs() < endMs) {
      await scheduler.sleep(Math.min(1_000, mix.paceMs));
      if (log.head >= lossAt && !hasLost) {
        hasLost = this.#loseSuffix();
      }
      if (log.head >= upgradeAt && !hasUpgraded) {
        hasUpgraded = true;
        void this.#upgrade();
      }
    }
    simulation.note('calm');
    simulation.isCalm = true;
    await faults;
    await this.#settle();
    if (mix.isPoisoned) await this.#poison();
    else await this.#requireEqual();
    await this.#end();
  }

  report(): RunReport {
    const { writes } = this.#clients;
    return {
      ...this.#simulation.report(),
      seed: this.#simulation.options.seed,
      writeCount: writes.length,
      acknowledgedCount: writes.filter(({ outcome }) => outcome === 'acknowledged').length,
      openingCount: this.#nodes.reduce((sum, { lifeCount }) => sum + lifeCount, 0),
    };
  }

  /** Opens a node again and again. */
  async #supervise(node: SimulatedNode): Promise<void> {
    this.#liveCount++;
    await this.#liveAgainAndAgain(node);
    this.#liveCount--;
  }

  async #liveAgainAndAgain(node: SimulatedNode): Promise<void> {
    const simulation = this.#simulation;
    const { scheduler, random } = simulation;
    while (!this.#isEnding) {
      const end = await node.live((db) => this.#clients.start(node, db));
      simulation.note(`${node.name} has ended: ${end}`);
      if (this.#isEnding) return;
      if (end === 'failed' || end === 'refused') this.#requireExcused(node, end);
      await scheduler.sleep(simulation.isCalm ? 100 : random.next() * random.pick([100, 10_000, 120_000]));
    }
  }

  /** A node fails for reasons that there are. */
  #requireExcused(node: SimulatedNode, end: LifeEnd): void {
    const simulation = this.#simulation;
    const { mix } = simulation;
    const code = node.lastCode!;
    if (code === 'JOURNAL_UNREACHABLE' && (end === 'refused' || node.isClosing)) return;
    // Frames went while it was away: it begins again with an image.
    if (code === 'CHANGES_GONE' && mix.imageBytes < 2 ** 30) return;
    if (code === 'JOURNAL_DIVERGED' && (node.mayBeTainted || node.history !== simulation.history)) {
      // Somebody has looked at it, and takes the history as the journal has it now.
      if (end === 'refused') node.loseDirectory();
      return;
    }
    simulation.fail(new Breach('J3', `${node.name} ${end === 'failed' ? 'failed' : 'was refused'} with ${code}`));
  }

  async #faults(): Promise<void> {
    const simulation = this.#simulation;
    const { scheduler, random, mix } = simulation;
    if (mix.faults.length === 0) return;
    let endCount = 0;
    const end = (node: SimulatedNode, how: () => void): void => {
      if (!node.isUp || ++endCount > MOST_ENDS) return;
      how();
    };
    while (!simulation.isCalm) {
      await scheduler.sleep(random.next() * mix.faultPaceMs);
      if (simulation.isCalm) return;
      const node = random.pick(this.#nodes);
      const forMs = random.next() * random.pick([200, 5_000, 60_000]);
      const fault = random.pick(mix.faults);
      simulation.note(`${fault} ${node.name} ${Math.round(forMs)} ms`);
      const untilMs = scheduler.nowMs() + forMs;
      if (fault === 'cut') node.link.cutUntilMs = untilMs;
      else if (fault === 'cutAll') for (const { link } of this.#nodes) link.cutUntilMs = untilMs;
      else if (fault === 'pause') node.actor.pausedUntilMs = Math.max(node.actor.pausedUntilMs, untilMs);
      else if (fault === 'clock') node.actor.skewMs = random.between(-600_000, 600_000);
      else if (fault === 'restart') end(node, () => node.close());
      else if (fault === 'kill') end(node, () => node.kill());
      else if (fault === 'killAll') for (const each of this.#nodes) end(each, () => each.kill());
      else
        end(node, () => {
          node.kill();
          node.loseDirectory();
        });
    }
  }

  /** A failover to what had not got everything: all connections are cut, and the last frames are gone. */
  #loseSuffix(): boolean {
    const simulation = this.#simulation;
    const { scheduler, random, log } = simulation;
    // Back to before an image would be a restored backup, which has all that it had then.
    const most = log.head - (log.images.at(-1)?.entry.position ?? 0);
    if (most === 0) return false;
    const count = random.between(1, Math.min(5, most));
    for (const { link } of this.#nodes) link.cutUntilMs = scheduler.nowMs() + random.next() * 3_000;
    const old = simulation.history;
    const keptSeq = old.seqBehind(log.head - count);
    log.loseSuffix(count, scheduler.nowMs());
    simulation.note(`the engine loses ${count} frames, back to seq ${keptSeq}`);
    simulation.lostHistory = old;
    simulation.history = old.upTo(log.head);
    simulation.ackedSeq = Math.min(simulation.ackedSeq, keptSeq);
    for (const node of this.#nodes) node.noteLoss(old, keptSeq);
    return true;
  }

  /** One node after the other is closed, and opened with newer code. */
  async #upgrade(): Promise<void> {
    const { scheduler, random } = this.#simulation;
    for (const node of this.#nodes) {
      node.nextVersion = 1;
      node.close();
      await scheduler.sleep(random.next() * 20_000);
    }
  }

  /** Nothing goes wrong any more: everybody comes back, and all that waits is told something. */
  async #settle(): Promise<void> {
    const simulation = this.#simulation;
    const { scheduler } = simulation;
    for (const node of this.#nodes) {
      Object.assign(node.link, { cutUntilMs: 0, lossRate: 0, missRate: 0 });
    }
    // One who is paused may have been asked to close.
    const pausedMs = Math.max(...this.#nodes.map(({ actor }) => actor.pausedUntilMs)) - scheduler.nowMs();
    if (pausedMs > 0) await scheduler.sleep(pausedMs + 1);
    const endMs = scheduler.nowMs() + CALM_MS;
    for (;;) {
      for (const node of this.#nodes) node.lookAgain();
      const down = this.#nodes.filter((node) => !node.isUp || node.isClosing || node.history !== simulation.history);
      const { waiting } = this.#clients;
      if (down.length === 0 && waiting.length === 0) return;
      if (scheduler.nowMs() > endMs) {
        const names = down.map(
          ({ name, history }) => `${name}${history === simulation.history ? '' : ' (on a lost history)'}`,
        );
        throw new Breach(
          'J10',
          `${CALM_MS} ms after the last fault, ${waiting.length} writes still wait (${waiting[0]?.name ?? '-'}), and are not back: ${names.join() || '-'}`,
        );
      }
      await scheduler.sleep(500);
    }
  }

  /** All nodes show the same, and so do one that comes new and one that comes back. */
  async #requireEqual(): Promise<void> {
    const simulation = this.#simulation;
    const { history, log } = simulation;
    this.#clients.requireTold();
    history.requireUnchanged();
    for (const node of this.#nodes) await this.#requireCaughtUp(node);
    const newcomer = new SimulatedNode(simulation, 'late', true);
    newcomer.nextVersion = simulation.mix.isUpgraded ? 1 : 0;
    Object.assign(newcomer.link, { lossRate: 0, missRate: 0 });
    let isOpen = false;
    let life: Promise<LifeEnd> | undefined;
    // Frames may go while it reads the image before: then it begins with the next one.
    for (let tries = 0; !isOpen; tries++) {
      if (tries === 3) throw new Breach('J9', `a new node is refused with ${String(newcomer.lastCode)}`);
      life = newcomer.live(() => {
        isOpen = true;
      });
      await this.#until(() => isOpen || newcomer.lastCode !== undefined, 'a new node opens');
    }
    await this.#requireCaughtUp(newcomer);
    newcomer.close();
    await life;
    simulation.note(`all equal at seq ${history.lastSeq}, frame ${log.head}`);
  }

  /** Truncation may have been quicker than it: then it comes back with an image. */
  async #requireCaughtUp(node: SimulatedNode): Promise<void> {
    const { scheduler, history } = this.#simulation;
    let isEqual = false;
    const look = (): boolean => {
      const { db } = node;
      if (db !== undefined && !node.isClosing)
        scheduler.at(node.actor, 0, () => {
          this.#require(node, db).then(
            () => {
              isEqual = true;
            },
            (error: Error) => {
              if (!DatabaseError.is(error)) this.#simulation.fail(error);
            },
          );
        });
      return isEqual;
    };
    await this.#until(look, `${node.name} catches up`);
    if (node.history !== history) throw new Breach('J10', `${node.name} follows a lost history`);
  }

  async #require(node: SimulatedNode, db: NodeDatabase): Promise<void> {
    await db.barrier();
    const { lastSeq } = node.history;
    if (db.stats().journal.writtenSeq !== lastSeq)
      throw new Breach('J11', `${node.name} is at ${db.seq} behind a barrier, the journal at ${lastSeq}`);
    node.requireState(db);
  }

  /** A frame that no node can read, with a good checksum, right behind the last one. */
  async #poison(): Promise<void> {
    const simulation = this.#simulation;
    const { log, scheduler, history } = simulation;
    const crcSeed = frameCrcSeed(fromHex(log.uuid!));
    const last = log.frames.at(-1);
    if (last === undefined) return;
    const header = readFrameHeader(last.bytes, crcSeed);
    if (typeof header === 'string') throw new Breach('J1', header);
    const body = new Uint8Array(FRAME_HEADER_BYTES + 20).fill(0xff);
    const bytes = PLAIN_CODEC.encode(body, {
      pageNumber: 0,
      firstSeq: history.lastSeq + 1,
      transactionCount: 1,
      frameId: log.head + 1,
      previousChain: header.chain,
      syncedSeq: history.lastSeq,
      epoch: 1,
      timeMs: header.timeMs,
      crcSeed,
    }) as Uint8Array;
    history.poison = log.head + 1;
    this.#isEnding = true;
    log.append(log.head + 1, bytes.slice(), scheduler.nowMs());
    await this.#until(
      () => this.#nodes.every(({ isUp }) => !isUp),
      'every node has stopped at a frame that cannot be read',
    );
    for (const { name, lastCode } of this.#nodes)
      if (lastCode !== 'JOURNAL_DAMAGED' && lastCode !== 'FORMAT_UNSUPPORTED')
        throw new Breach('J3', `${name} stopped with ${String(lastCode)} at a frame that cannot be read`);
    this.#clients.requireTold();
  }

  async #until(isSo: () => boolean, what: string): Promise<void> {
    const { scheduler } = this.#simulation;
    const endMs = scheduler.nowMs() + CALM_MS;
    while (!isSo()) {
      if (scheduler.nowMs() > endMs) throw new Breach('J10', `not so after ${CALM_MS} ms: ${what}`);
      await scheduler.sleep(100);
    }
  }

  async #end(): Promise<void> {
    this.#isEnding = true;
    const isOver = (): boolean => {
      // One that was just being opened is closed when it is.
      for (const node of this.#nodes) if (node.isUp && !node.isClosing) node.close();
      return this.#liveCount === 0;
    };
    await this.#until(isOver, 'every node is closed');
  }
}
