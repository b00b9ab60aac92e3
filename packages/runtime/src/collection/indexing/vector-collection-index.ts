/** The vectors of one field as their collection sees them. No condition can name them: they are asked for by `nearest`. */
import { DatabaseError, type DocumentModel, type IndexModel, type VectorModel } from '@nuthatch/model';
import type { ApproximateVectors } from '../../indexes/approximate-vectors.js';
import { VectorIndex } from '../../indexes/vector-index.js';
import { SLICE_MS, SliceClock } from '../../scheduling/slice-clock.js';
import type { ShardedStore } from '../../store/sharded-store.js';
import type { CollectionIndex, IndexCondition } from './collection-index.js';

/** Vectors between two looks at the clock: a library may take a millisecond for each. */
const VECTORS_PER_LOOK = 4;

export class VectorCollectionIndex implements CollectionIndex {
  readonly model: IndexModel;
  readonly structure: VectorIndex;

  constructor(vector: VectorModel, store: ShardedStore) {
    const { field } = vector;
    // Of a kind that is never looked at: it is in no list that queries know.
    this.model = { name: field, kind: 'range', fields: [field] };
    const read = (document: object): unknown => (document as Readonly<Record<string, unknown>>)[field];
    this.structure = new VectorIndex({
      source: store,
      name: field,
      valueOf: Object.assign(read, { fields: [field] }),
      vector,
    });
  }

  condition(): IndexCondition {
    const { name: field } = this.model;
    throw new DatabaseError('UNINDEXED_FIELD', `${field} holds vectors: ask for them with \`nearest\``, { field });
  }

  /**
   * Fills a library with every vector, in slices, while writes go on and are told to it, too.
   *
   * @throws DatabaseError `INVALID_INDEX_VALUE` when the library throws; it is let go then.
   */
  async approximate(library: ApproximateVectors): Promise<void> {
    const { structure } = this;
    const refuse = (cause: unknown): never => {
      structure.library.use(undefined);
      const what = `the library for the vectors of ${structure.name} could not be filled`;
      throw new DatabaseError('INVALID_INDEX_VALUE', what, { index: structure.name }, { cause });
    };
    structure.library.use(library);
    try {
      library.clear();
    } catch (error) {
      refuse(error);
    }
    const clock = new SliceClock(SLICE_MS.writing, VECTORS_PER_LOOK);
    for (const slot of structure.slots()) {
      structure.tellLibrary(slot);
      if (clock.isOver()) await clock.rest();
      if (structure.library.isUsing(library)) continue;
      if (structure.library.failure !== undefined) refuse(structure.library.failure);
      // Another one was given meanwhile.
      return;
    }
    structure.library.endFilling();
  }
}

/** The empty vector indexes of a class, in the model's order. */
export function vectorIndexes({ vectors = [] }: DocumentModel, store: ShardedStore): readonly VectorCollectionIndex[] {
  return vectors.map((vector) => new VectorCollectionIndex(vector, store));
}
