/**
 * Many nodes over one journal: a few hold the real store and write, all others follow with a digest as their state. Some
 * are paused, connections are cut one by one, and all at once: then all come back in the same moment.
 */
import { ClusterJournal } from '../src/cluster-journal.js';
import { nodeOptions } from '../src/journal-options.js';
import { Breach } from './breach.js';
import { Clients } from './clients.js';
import { DigestNode, SharedDigests } from './digest-node.js';
import { type Actor, newActor } from './scheduler.js';
import { type Link, SimulatedEngine } from './simulated-engine.js';
import { type LifeEnd, SimulatedNode } from './simulated-node.js';
import { Simulation, type SimulationReport } from './simulation.js';
import { SumsOnce } from './sums-once.js';

export interface ManyOptions {
  readonly seed: number;
  readonly nodeCount: number;
  /** How many of them hold the real store. */
  readonly storeCount: number;
  readonly frameCount: number;
}

export interface ManyReport extends SimulationReport {
  readonly seq: number;
  /** Frames that were applied, added up over all nodes. */
  readonly appliedCount: number;
}

const LONGEST_MS = 3_600_000;
/** A word of new frames is on its way for so long: what comes meanwhile is read with it. */
const GATHER_MS = 2_000;
const POLL_MS = 5_000;
const LINK = { cutUntilMs: 0, lossRate: 0.001, missRate: 0.1, latencyMs: 2 };

interface Follower {
  readonly node: DigestNode;
  readonly actor: Actor;
  readonly link: Link;
}

/** @throws Breach, or what else went wrong. */
export async function runMany(options: ManyOptions): Promise<ManyReport> {
  const { seed, frameCount } = options;
  const simulation = new Simulation({
    seed,
    nodeCount: options.storeCount,
    frameCount,
    mix: {
      ...LINK,
      paceMs: 100,
      burstRate: 0,
      keyCount: 100,
      faults: [],
      imageBytes: 2 ** 30,
      canRequestTurns: true,
      diskMs: 0,
      isUpgraded: false,
      losesSuffix: false,
      isPoisoned: false,
    },
  });
  const sums = new SumsOnce();
  simulation.log.onFrame.add(() => sums.add(simulation.log.frames.at(-1)!.bytes));
  simulation.begin();
  sums.begin();
  try {
    return await simulation.scheduler.run(() => new ManyRun(simulation, options).run(), LONGEST_MS);
  } finally {
    sums.end();
    simulation.end();
  }
}

class ManyRun {
  readonly #simulation: Simulation;
  readonly #options: ManyOptions;
  readonly #clients: Clients;
  readonly #stores: readonly SimulatedNode[];
  readonly #followers: readonly Follower[];
  readonly #digests = new SharedDigests();

  constructor(simulation: Simulation, options: ManyOptions) {
    this.#simulation = simulation;
    this.#options = options;
    this.#clients = new Clients(simulation);
    const { storeCount, nodeCount } = options;
    this.#stores = Array.from({ length: storeCount }, (_, index) => new SimulatedNode(simulation, `n${index}`, false));
    this.#followers = Array.from({ length: nodeCount - storeCount }, (_, index) => {
      const name = `d${index}`;
      return { node: new DigestNode(name), actor: newActor(name), link: { ...LINK } };
    });
  }

  async run(): Promise<ManyReport> {
    const simulation = this.#simulation;
    const { scheduler, random, log } = simulation;
    const { frameCount } = this.#options;
    const lives = this.#stores.map((node) => this.#live(node));
    for (const follower of this.#followers) this.#open(follower);
    const links = [...this.#stores, ...this.#followers].map(({ link }) => link);
    let hasCutAll = false;
    while (log.head < frameCount) {
      await scheduler.sleep(1_000);
      const { actor, link } = random.pick(this.#followers);
      actor.pausedUntilMs = scheduler.nowMs() + random.next() * 20_000;
      link.cutUntilMs = scheduler.nowMs() + random.next() * 20_000;
      if (hasCutAll || log.head < frameCount / 2) continue;
      hasCutAll = true;
      simulation.note('all are cut off');
      for (const each of links) each.cutUntilMs = scheduler.nowMs() + 10_000;
    }
    simulation.isCalm = true;
    for (const link of links) Object.assign(link, { cutUntilMs: 0, lossRate: 0, missRate: 0 });
    const endMs = scheduler.nowMs() + 120_000;
    const { history } = simulation;
    while (this.#clients.waiting.length > 0 || this.#followers.some(({ node }) => node.seq < history.lastSeq)) {
      if (scheduler.nowMs() > endMs) throw new Breach('J10', 'some have not caught up after 120,000 ms');
      await scheduler.sleep(500);
    }
    this.#clients.requireTold();
    history.requireUnchanged();
    const [first] = this.#followers;
    for (const { node } of this.#followers)
      if (node.digest !== first!.node.digest) throw new Breach('J3', `${node.name} has another digest in the end`);
    for (const store of this.#stores) await this.#requireStore(store);
    for (const { node, actor } of this.#followers) scheduler.at(actor, 0, () => void node.close());
    for (const store of this.#stores) store.close();
    await Promise.all(lives);
    return {
      ...simulation.report(),
      seq: history.lastSeq,
      appliedCount: log.head * this.#options.nodeCount,
    };
  }

  /** Opened again where the engine gave no answer. */
  async #live(node: SimulatedNode): Promise<void> {
    let end: LifeEnd;
    do end = await node.live((db) => this.#clients.start(node, db));
    while (end === 'refused' && node.lastCode === 'JOURNAL_UNREACHABLE');
    if (end !== 'closed') this.#simulation.fail(new Breach('J3', `${node.name} ${end} with ${String(node.lastCode)}`));
  }

  #open({ node, actor, link }: Follower): void {
    const simulation = this.#simulation;
    const { scheduler, random, log } = simulation;
    const input = { scheduler, random, log, actor, link, gatherMs: GATHER_MS, pollMs: POLL_MS };
    const journal = new ClusterJournal(() => new SimulatedEngine(input), nodeOptions({ unreachableMs: 600_000 }));
    const clock = { now: () => scheduler.wallMs() };
    const fail = (error: Error): void => simulation.fail(error);
    // Not all in the same moment.
    scheduler.at(actor, random.next() * 1_000, () => {
      node.open(journal, clock, this.#digests, fail).catch(fail);
    });
  }

  async #requireStore(store: SimulatedNode): Promise<void> {
    const { scheduler, history } = this.#simulation;
    const endMs = scheduler.nowMs() + 60_000;
    while (store.settledSeq < history.lastSeq) {
      if (scheduler.nowMs() > endMs) throw new Breach('J10', `${store.name} has not caught up`);
      await scheduler.sleep(100);
    }
    store.requireState(store.db!);
  }
}
