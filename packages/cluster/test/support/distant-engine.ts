/** A journal in memory that answers as late as one over a network, and tells of frames later still. */
import { sleep } from '../../../runtime/src/time/real-time.js';
import { type EngineCall, MemoryEngine, type MemoryLog } from '../../src/engines/memory/memory-engine.js';

/** Of every call but an append, there and back, in milliseconds. */
const ASK_MS = 0.4;
/** Until others hear of a frame, or of a node that waits. */
const NEWS_MS = 0.5;

export interface Distance {
  /** An append takes between two thirds of this and all of it, in milliseconds. */
  readonly appendMs: number;
  /** A node can tell others that it waits. */
  readonly tellsOfWaiting: boolean;
  /** 0 … 1 */
  random(): number;
}

export class DistantEngine extends MemoryEngine {
  lostCount = 0;
  /** Nothing that is asked is answered any more. */
  isDead = false;

  constructor(log: MemoryLog, { appendMs, tellsOfWaiting, random }: Distance) {
    const wayMs = (call: EngineCall): number => (call === 'append' ? (appendMs * (2 + random())) / 6 : ASK_MS / 2);
    const way = (call: EngineCall): Promise<void> => (this.isDead ? new Promise(() => undefined) : sleep(wayMs(call)));
    super(log, { before: way, after: way });
    const tell = this.requestTurn;
    // As engines that have no way to tell.
    this.requestTurn = tellsOfWaiting ? () => void sleep(NEWS_MS).then(tell) : undefined;
  }

  override async append(position: number, bytes: Uint8Array): Promise<'won' | 'lost'> {
    const answer = await super.append(position, bytes);
    if (answer === 'lost') this.lostCount++;
    return answer;
  }

  override async wait(after: number, signal: AbortSignal): Promise<void> {
    await super.wait(after, signal);
    if (!signal.aborted) await sleep(NEWS_MS);
  }
}
