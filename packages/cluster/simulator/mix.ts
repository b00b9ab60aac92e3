/** What goes wrong in one run: drawn from its seed. */
import type { SeededRandom } from '../../runtime/src/testing/seeded-random.js';

export interface Mix {
  /** Of 1: how many questions and answers are lost. */
  readonly lossRate: number;
  /** Of 1: how many notifications are lost. */
  readonly missRate: number;
  /** Longest time of one way to the engine, in milliseconds. */
  readonly latencyMs: number;
  /** A client waits up to so long between two writes, in milliseconds. */
  readonly paceMs: number;
  /** Of 1: how often a client asks for several writes at once. */
  readonly burstRate: number;
  /** Documents that all write to: few of them, and they write the same ones. */
  readonly keyCount: number;
  /** Up to so long passes between two faults, in milliseconds. */
  readonly faultPaceMs: number;
  readonly faults: readonly Fault[];
  /** Bytes of frames after which an image is stored, and all frames before it go. */
  readonly imageBytes: number;
  /** Nodes hear of others that wait to write, as over PostgreSQL; else they leave each other time. */
  readonly canRequestTurns: boolean;
  /** Longest time of one call to the disk, in milliseconds; 0: it takes none. */
  readonly diskMs: number;
  readonly isUpgraded: boolean;
  readonly losesSuffix: boolean;
  readonly isPoisoned: boolean;
}

export type Fault = 'cut' | 'cutAll' | 'pause' | 'kill' | 'killAll' | 'lostDirectory' | 'clock' | 'restart';

const FAULTS: readonly Fault[] = ['cut', 'cutAll', 'pause', 'kill', 'killAll', 'lostDirectory', 'clock', 'restart'];

export function drawMix(random: SeededRandom): Mix {
  const isHot = random.next() < 0.4;
  return {
    lossRate: random.pick([0, 0.01, 0.01, 0.01, 0.1]),
    missRate: random.pick([0, 0, 0.3, 1]),
    latencyMs: random.pick([1, 4, 30]),
    paceMs: isHot ? random.pick([5, 50]) : random.pick([300, 1_000, 3_000]),
    burstRate: 0.15,
    keyCount: random.pick([3, 8, 30]),
    faultPaceMs: random.pick([1_000, 10_000, 40_000]),
    // A run with few kinds of faults goes deeper into each.
    faults: FAULTS.filter(() => random.next() < 0.4),
    imageBytes: random.pick([1_500, 6_000, 2 ** 30, 2 ** 30]),
    canRequestTurns: random.next() < 0.5,
    diskMs: random.pick([0, 0.5, 20]),
    isUpgraded: random.next() < 0.25,
    losesSuffix: random.next() < 0.2,
    isPoisoned: random.next() < 0.1,
  };
}
