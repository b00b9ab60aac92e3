/** The face of the engine for the search package; re-exports only. Not for applications. */

export { ByteReader } from './codec/byte-reader.js';
export { ByteWriter } from './codec/byte-writer.js';
export type { SearchOptions } from './collection/query-types.js';
export type { RankedHits, RankedIndex, RankedQuestion, SavedState } from './definition/ranked-index.js';
export { showValue } from './definition/show-value.js';
export { sortedOrder } from './indexes/sorted-order.js';
export { runSteps, STEP_ITEMS, type Steps } from './scheduling/steps.js';
export { GrowingMap } from './structures/growing-map.js';
export type { StoreKey } from './structures/store-key.js';
