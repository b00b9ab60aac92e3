/**
 * What a view shows of the documents of one class, as plain data: a row for each document that meets its condition, or a
 * row for each group of them.
 *
 *   ViewModel      := of, groupBy?, isConditional, fields*
 *   ViewFieldModel := field | count | sum | avg | min | max | top
 *
 * A view is not stored, so no page and no `models.json` has one. The condition is the class's: conditions are kept in the
 * metadata of the class, since they may be functions.
 */
import { compact } from './canonical-text.js';
import type { IndexModel } from './document-model.js';
import { fingerprintOf } from './model-fingerprint.js';

export interface ViewModel {
  /** The collection of the documents it is made of. */
  readonly of: string;
  /** Fields of those documents: a row for each combination of their values. Absent: a row for each document. */
  readonly groupBy?: readonly string[];
  /** Only documents that meet the condition of the class count. */
  readonly isConditional: boolean;
  /** In the order of the class's fields. */
  readonly fields: readonly ViewFieldModel[];
}

export type ViewFieldModel = { readonly name: string } & AggregateModel;

/** How the value of a field of a row comes about. `of` is a field of the documents. */
export type AggregateModel =
  /** The document's own value, or that of the group. */
  | { readonly kind: 'field'; readonly of: string }
  | { readonly kind: 'count' }
  | { readonly kind: 'sum' | 'avg' | 'min' | 'max'; readonly of: string }
  | TopModel;

/** The first documents of a group in an order. */
export interface TopModel {
  readonly kind: 'top';
  readonly of: string;
  /** How many at most. */
  readonly count: number;
  /** `desc`: the greatest first. */
  readonly order: 'asc' | 'desc';
  /** What is shown of each document; absent in what decorators leave behind, which know no types. */
  readonly fields?: readonly string[];
}

/** The part of a view that decorators know at run time, for the comparison of a class with its generated code. */
export interface ViewDeclaration extends Omit<ViewModel, 'of' | 'fields'> {
  readonly aggregates: readonly ViewFieldModel[];
  readonly indexes: readonly Pick<IndexModel, 'name' | 'kind' | 'fields'>[];
}

export function viewDeclarationFingerprint({ groupBy, isConditional, aggregates, indexes }: ViewDeclaration): string {
  const byName = <T extends { readonly name: string }>(list: readonly T[]): T[] =>
    [...list].sort((a, b) => (a.name < b.name ? -1 : 1));
  return fingerprintOf(
    compact({
      groupBy: groupBy ?? [],
      isConditional,
      aggregates: byName(aggregates.filter(({ kind }) => kind !== 'field')).map((field) =>
        field.kind === 'top' ? { ...field, fields: [] } : field,
      ),
      indexes: byName(indexes).map(({ name, kind, fields }) => ({ name, kind, fields })),
    }),
  );
}
