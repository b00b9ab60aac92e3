/**
 * The value that an index takes from a document: a field, a computed field (a getter of the class), several of them for
 * a composite index, and nothing when the index's condition says so.
 */
import { DatabaseError, type IndexModel, readClassMetadata } from '@nuthatch/model';
import type { CollectionDefinition } from '../../definition/collection-definition.js';
import { isSetValue } from '../../document/brands.js';
import type { ValueOf } from '../../indexes/secondary-index.js';

export type ValueExtractor = ValueOf;

type Fields = Readonly<Record<string, unknown>>;

/**
 * The extractor of one index. Conditions are functions, so they are read from the class's metadata, not the model.
 *
 * A getter or condition that throws is `INVALID_INDEX_VALUE` with the cause: the write is refused.
 *
 * @param condition of an index that is not in the class's metadata.
 * @throws DatabaseError `MODEL_MISMATCH` when the model says there is a condition and the class has none.
 */
export function valueExtractor(
  definition: CollectionDefinition,
  index: IndexModel,
  condition?: (document: never) => boolean,
): ValueExtractor {
  const { model } = definition;
  // A row is made, not given: a sum that is NaN must not refuse the write that made it so.
  const takes = definition.isDerived === true ? orderedOnly(fieldsOf(index), index.kind) : fieldsOf(index);
  const isComputed = index.fields.some((name) => !model.fields.some((field) => field.name === name));
  const conditional =
    index.where === undefined ? takes : underCondition(takes, condition ?? conditionOf(definition, index));
  if (isComputed || index.where !== undefined) return guarded(conditional, model.collection, index.name);
  return Object.assign(conditional, { fields: index.fields });
}

function fieldsOf({ fields }: IndexModel): ValueExtractor {
  const [only] = fields as readonly [string];
  if (fields.length === 1) return (document) => (document as Fields)[only];
  return (document) => fields.map((name) => (document as Fields)[name]);
}

/** Values without a place in an order are left out of the index. */
function orderedOnly(take: ValueExtractor, kind: IndexModel['kind']): ValueExtractor {
  return (document) => {
    const value = take(document);
    // Tags that are undefined are none.
    if (kind === 'tag' && isSetValue(value)) return [...value].map(orNone);
    return Array.isArray(value) ? value.map(orNone) : orNone(value);
  };
}

function orNone(value: unknown): unknown {
  return typeof value === 'number' && Number.isNaN(value) ? undefined : value;
}

function underCondition(take: ValueExtractor, condition: (document: never) => boolean): ValueExtractor {
  return (document) => {
    const verdict: unknown = condition(document as never);
    if (typeof verdict === 'object' && verdict !== null) requireNoPromise(verdict);
    return verdict ? take(document) : undefined;
  };
}

/** A promise is always truthy: a condition that answers one would hold for every document. @throws DatabaseError `ASYNC_RULE`. */
export function requireNoPromise(verdict: { readonly then?: unknown }, of = 'an index'): void {
  if (typeof verdict.then !== 'function') return;
  (verdict as Promise<unknown>).then(undefined, () => undefined);
  throw new DatabaseError('ASYNC_RULE', `the condition of ${of} returned a promise`);
}

function conditionOf({ model, documentClass }: CollectionDefinition, index: IndexModel): (document: never) => boolean {
  const declared = readClassMetadata(documentClass)?.indexes.find(
    ({ name, kind }) => name === index.name && kind === index.kind,
  );
  if (declared?.where !== undefined) return declared.where;
  const what = `index ${index.name} of ${model.name} must have the condition ${String(index.where)}, but its class has none`;
  throw new DatabaseError('MODEL_MISMATCH', what, {
    className: model.name,
    index: index.name,
    command: 'npx nuthatch generate',
  });
}

/** How many getters and conditions are being asked at this moment: the code of a class, in the midst of a write or read. */
let askedCount = 0;

/**
 * To be called before anything is written: while an index asks the code of a class, indexes and entries are between
 * two states.
 *
 * @throws DatabaseError `INVALID_INDEX_VALUE`, when a getter or condition writes.
 */
export function requireNoneAsked(collection: string): void {
  if (askedCount === 0) return;
  const what = `a getter or condition of an index tried to write to ${collection} while the index read its value`;
  throw new DatabaseError('INVALID_INDEX_VALUE', what, { collection });
}

function guarded(take: ValueExtractor, collection: string, index: string): ValueExtractor {
  return (document) => {
    try {
      return whileAsked(take, document);
    } catch (cause) {
      throw new DatabaseError(
        'INVALID_INDEX_VALUE',
        `the getter or condition of index ${index} threw`,
        { collection, index },
        { cause },
      );
    }
  };
}

/** Asks code of a class about a document; a write of that code is refused meanwhile. */
export function whileAsked<D, T>(ask: (document: D) => T, document: D): T {
  askedCount++;
  try {
    return ask(document);
  } finally {
    askedCount--;
  }
}
