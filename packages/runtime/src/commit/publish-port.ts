import type { ChangeOrigin } from '../journal/effect.js';
import type { Written } from './write-record.js';

/** Where the commit path announces what is settled: implemented by the change feed, which this folder does not know. */
export interface PublishPort {
  /** Takes the writes of one settled transaction. Called in order of seq, never from inside a write's function. */
  publish(seq: number, timeMs: number, origin: ChangeOrigin, written: Written): void;
  /** Asks whether the function of a transaction runs at this moment; the commit path sets it. */
  isInTransaction: () => boolean;
  /** Asks how many transactions memory shows that are still to be published; the commit path sets it. */
  pendingCount: () => number;
}
