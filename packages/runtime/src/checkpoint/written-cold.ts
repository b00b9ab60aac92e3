/** The documents of a cold collection in the file of an image that was written. */
import type { CollectionDefinition } from '../definition/collection-definition.js';
import type { ColdFrame } from '../recovery/tables/cold-file.js';
import type { WrittenRows } from '../store/moving-documents.js';

export interface WrittenCold {
  readonly definition: CollectionDefinition;
  readonly rows: WrittenRows;
  readonly frames: readonly ColdFrame[];
}
