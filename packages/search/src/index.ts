/** Public API; re-exports only. */

export { type Highlight, highlights, marked } from './query/highlights.js';
export { searchIndex } from './search-index.js';
