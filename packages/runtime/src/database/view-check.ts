/** Whether generated views still fit the classes they were generated from, and the classes of their documents. */
import { DatabaseError, readViewMetadata, viewDeclarationFingerprint } from '@nuthatch/model';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import { showValue } from '../definition/show-value.js';
import type { ViewDefinition } from '../definition/view-definition.js';

/**
 * @param reserved names that a view cannot have, because the database has them.
 * @throws DatabaseError `INVALID_OPTION` when they are no views of generated code; `INVALID_MODEL` for a name that is
 *   taken or reserved; `MODEL_MISMATCH` when a class was changed, or its documents are not among the definitions.
 */
export function checkViews(
  views: readonly ViewDefinition[],
  definitions: readonly CollectionDefinition[],
  reserved: (name: string) => boolean,
): void {
  if (!Array.isArray(views) || !views.every(isView))
    throw new DatabaseError('INVALID_OPTION', `views must be the views of generated code, found ${showValue(views)}`, {
      option: 'views',
    });
  const names = new Set(definitions.map(({ model }) => model.collection));
  for (const { model, view, documentClass, declarationFingerprint } of views) {
    const { name, collection } = model;
    if (names.has(collection) || reserved(collection)) {
      const what = `${name} cannot be the view ${collection}: the database has a member of that name`;
      throw new DatabaseError('INVALID_MODEL', what, { collection });
    }
    names.add(collection);
    const documents = definitions.find((definition) => definition.model.collection === view.of);
    const metadata = readViewMetadata(documentClass);
    const isSame =
      documents !== undefined &&
      metadata !== undefined &&
      metadata.of() === documents.documentClass &&
      declarationFingerprint ===
        viewDeclarationFingerprint({
          ...(metadata.groupBy && { groupBy: metadata.groupBy }),
          isConditional: metadata.where !== undefined,
          aggregates: Object.entries(metadata.aggregates).map(([field, aggregate]) => ({ name: field, ...aggregate })),
          indexes: metadata.indexes,
        });
    if (isSame) continue;
    const what = `the view ${name} was changed since its repository was generated`;
    throw new DatabaseError('MODEL_MISMATCH', what, { className: name, collection, command: 'npx nuthatch generate' });
  }
}

function isView(value: unknown): boolean {
  const { model, view, row } = Object(value) as Partial<ViewDefinition>;
  return typeof model?.collection === 'string' && typeof view?.of === 'string' && typeof row === 'function';
}
