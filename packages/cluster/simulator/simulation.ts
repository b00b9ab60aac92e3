/** What all parts of one run share: clock, chance, engine, the history that is checked, and the trace. */
import { createHash } from 'node:crypto';
import { SeededRandom } from '../../runtime/src/testing/seeded-random.js';
import type { Breach } from './breach.js';
import { History } from './history.js';
import { drawMix, type Mix } from './mix.js';
import { Scheduler } from './scheduler.js';
import { seedProcess } from './seeded-process.js';
import type { NodeBugs } from './simulated-engine.js';
import { type EngineBugs, SimulatedLog } from './simulated-log.js';

/** Mistakes put in by a test: the simulator has to find them. */
export interface Bugs {
  readonly engine?: EngineBugs;
  readonly node?: NodeBugs;
  /** What waits is not run again when others came first: it is acknowledged with whatever comes next. */
  readonly isNotRunAgain?: boolean;
  /** Of each transaction of another node the last effect is left out. */
  readonly isHalfApplied?: boolean;
}

export interface SimulationOptions {
  readonly seed: number;
  readonly nodeCount: number;
  /** The run calms down when so many frames have landed. */
  readonly frameCount: number;
  readonly mix?: Partial<Mix>;
  readonly bugs?: Bugs;
}

/** What every run tells of itself. */
export interface SimulationReport {
  readonly frameCount: number;
  readonly eventCount: number;
  /** Milliseconds on the fake clock. */
  readonly simulatedMs: number;
  /** The trace in a few letters: two runs of a seed have the same. */
  readonly traceDigest: string;
  readonly trace: readonly string[];
}

export class Simulation {
  readonly options: SimulationOptions;
  readonly mix: Mix;
  /** Of the scenario: what clients do, and what goes wrong. */
  readonly random: SeededRandom;
  readonly scheduler = new Scheduler();
  readonly log: SimulatedLog;
  history: History;
  /** Up to where the engine lost its end; undefined: it has lost nothing. */
  lostHistory: History | undefined;
  readonly trace: string[] = [];
  /** Seq of the last acknowledged write: a barrier that begins later shows it. */
  ackedSeq = 0;
  /** Nothing goes wrong any more, and nothing new is asked for. */
  isCalm = false;
  #giveBack: (() => void) | undefined;

  constructor(options: SimulationOptions) {
    this.options = options;
    this.random = new SeededRandom(options.seed);
    this.mix = { ...drawMix(this.random), ...options.mix };
    this.log = new SimulatedLog(options.bugs?.engine);
    this.history = new History(this.log);
    this.log.onFrame.add(() => {
      const { bytes, position } = this.log.frames.at(-1)!;
      this.note(`frame ${position} of ${bytes.length} bytes, ${digestOf(bytes)}`);
      this.history.follow().catch((error: Error) => this.fail(error));
    });
  }

  begin(): void {
    const { seed } = this.options;
    this.#giveBack = seedProcess(
      seed + 1,
      () => this.scheduler.wallMs(),
      (text) => this.note(text),
    );
    this.scheduler.begin();
  }

  end(): void {
    this.scheduler.end();
    this.#giveBack?.();
  }

  /** One more line of what happened, and in whose name. */
  note(text: string): void {
    const { scheduler, trace } = this;
    trace.push(`${scheduler.nowMs().toFixed(2)} ${scheduler.current.name}: ${text}`);
  }

  /** The first of them ends the run. */
  fail(breach: Breach | Error): void {
    this.note(`BREACH ${breach.message}`);
    this.scheduler.stop(breach);
  }

  report(): SimulationReport {
    const { log, scheduler, trace } = this;
    return {
      frameCount: log.head,
      eventCount: scheduler.eventCount,
      simulatedMs: scheduler.nowMs(),
      traceDigest: digestOf(trace.join('\n')),
      trace,
    };
  }
}

function digestOf(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex').slice(0, 16);
}
