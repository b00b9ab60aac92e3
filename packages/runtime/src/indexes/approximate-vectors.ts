/** The port for libraries of the user's own that find near vectors. */
import { DatabaseError } from '@nuthatch/model';

/**
 * A library that finds near vectors faster than a look at each, and may miss some: usearch, hnswlib, faiss. The engine
 * keeps it up to date inside the atomic step of each write (undo, too), and takes its answers for candidates: their
 * distances are computed again, exactly, and conditions and filters are held against their documents.
 *
 * Ids are small whole numbers, each of one document as long as that is there; a removed one is given out again. Calls are
 * synchronous. One that throws in a write is not called again: queries with `approximate: true` throw until the library
 * is given anew; exact ones do not need it.
 */
export interface ApproximateVectors {
  /** The id has this vector now; it may have had another one. The array is not to be changed, and must be copied to be kept. */
  set(id: number, vector: Float32Array): void;
  /** The id has no vector any more; it may have had none. */
  remove(id: number): void;
  /** Forget all. */
  clear(): void;
  /** About `count` ids whose vectors are near, in any order; fewer when there are no more. Of 64 bits as well (usearch). */
  search(vector: Float32Array, count: number): ArrayLike<number> | ArrayLike<bigint>;
}

const METHODS = ['set', 'remove', 'clear', 'search'] as const;

/** For programs that no compiler checks. @throws DatabaseError `INVALID_OPTION`. */
export function requireLibrary(library: unknown): asserts library is ApproximateVectors {
  const given = (typeof library === 'object' && library !== null ? library : {}) as Readonly<Record<string, unknown>>;
  const missing = METHODS.find((name) => typeof given[name] !== 'function');
  if (missing === undefined) return;
  const what = `a library for vectors has the methods ${METHODS.join(', ')}, and \`${missing}\` is not there`;
  throw new DatabaseError('INVALID_OPTION', what, { option: 'library' });
}
