import {
  DatabaseError,
  isVectorMetric,
  MAX_VECTOR_DIMENSIONS,
  type VectorMetric,
  type VectorModel,
} from '@nuthatch/model';
import { checkArguments } from './decorator-arguments.js';
import { type FieldDecorator, fieldDecorator } from './field-decorator.js';

/** Types that hold a vector; a document without one is nobody's neighbour. */
export type VectorValue = Float32Array | readonly number[] | null | undefined;

export interface VectorOptions {
  /** How many numbers each vector has; others are refused. */
  readonly dimensions: number;
  /**
   * `cosine`: 1 − the cosine of the angle, 0 to 2. `dot`: − the inner product. `euclidean`: the straight distance. The least
   * is the nearest.
   */
  readonly metric: VectorMetric;
}

/**
 * The field holds a vector, such as an embedding: `db.document.nearest(vector, { limit: 10 })` gives the documents whose
 * vectors are nearest, exactly. Costs 4 bytes of memory for each number beside the document.
 *
 *   `@Vector({ dimensions: 384, metric: 'cosine' }) embedding!: Float32Array;`
 *
 * @throws DatabaseError `INVALID_DECORATOR` for other options.
 */
export function Vector(options: VectorOptions): FieldDecorator<VectorValue>;
export function Vector(options: VectorOptions, ...rest: readonly unknown[]): FieldDecorator<VectorValue> {
  checkArguments('Vector', [options, ...rest], ['dimensions', 'metric']);
  const checked = checkedVector(options);
  return fieldDecorator<VectorValue>('Vector', (draft, field) => {
    draft.vectors.push({ field, ...checked });
  });
}

/** The options for programs that no compiler checks, copied. @throws DatabaseError `INVALID_DECORATOR`. */
export function checkedVector(options: Partial<VectorOptions> | undefined): Omit<VectorModel, 'field'> {
  const { dimensions, metric } = options ?? {};
  const refuse = (what: string): never => {
    throw new DatabaseError('INVALID_DECORATOR', `@Vector ${what}`, { decorator: 'Vector' });
  };
  if (!Number.isInteger(dimensions) || dimensions! < 1 || dimensions! > MAX_VECTOR_DIMENSIONS)
    return refuse(
      `needs \`dimensions\`: a whole number from 1 to ${MAX_VECTOR_DIMENSIONS}, found ${String(dimensions)}`,
    );
  if (!isVectorMetric(metric))
    return refuse(`needs a \`metric\`: 'cosine', 'dot' or 'euclidean', found ${String(metric)}`);
  return { dimensions: dimensions!, metric };
}
