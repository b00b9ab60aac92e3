/** References found in the sources → references of models: each names a document class, wherever it stands. */
import { type ReferenceModel, referenceIndexes } from '@nuthatch/model';
import { ts } from '@ts-morph/common';
import type { DocumentSource } from '../document-source.js';
import { findDecorators } from './decorator-reader.js';
import type { FoundReference } from './found-reference.js';
import type { ReadContext } from './read-context.js';
import { positionOf } from './source-position.js';

/** Once all classes are read: two may refer to each other. */
export function linkReferences(sources: readonly DocumentSource[], context: ReadContext): readonly DocumentSource[] {
  const byDeclaration = new Map(sources.map((source) => [source.declaration, source]));
  return sources.map((source) => {
    const { foundReferences = [], model } = source;
    if (foundReferences.length === 0) return source;
    const references: ReferenceModel[] = [];
    for (const found of foundReferences) {
      const target = byDeclaration.get(found.target);
      if (target === undefined) reportUnknown(found, context);
      else {
        refuseReadonly(found, source, context);
        refuseOtherKeys(found, target, context);
        references.push({ field: found.field, to: target.model.collection, ...found.how });
      }
    }
    if (references.length === 0) return source;
    const indexes = [...model.indexes];
    const own = referenceIndexes({ fields: model.fields, indexes, references });
    // Composite ones come last.
    const place = indexes.findIndex(({ fields }) => fields.length > 1);
    indexes.splice(place < 0 ? indexes.length : place, 0, ...own);
    return { ...source, model: { ...model, indexes, references } };
  });
}

function reportUnknown({ target, targetName, node, field }: FoundReference, { diagnostics, graph }: ReadContext): void {
  const { fileName } = target.getSourceFile();
  const isDocument =
    ts.isClassDeclaration(target) &&
    findDecorators(target, graph).some(({ origin, name }) => origin === 'nuthatch' && name === 'Document');
  // What is wrong with that class is said there.
  const isDefinition = ts.isVariableDeclaration(target);
  if ((isDocument || isDefinition) && diagnostics.list.some(({ position }) => position.file === fileName)) return;
  const message = isDocument
    ? `${field} refers to ${targetName}, which is not among the schemas that are read`
    : `${field} refers to ${targetName}, which is not a document class`;
  const hint = isDocument ? 'add its file to `schemas` of nuthatch.config.ts.' : 'decorate the class with @Document().';
  diagnostics.add('BAD_REFERENCE', positionOf(node), message, hint);
}

/** No update changes such a field, so no delete of another document can. */
function refuseReadonly(
  { field, how, node }: FoundReference,
  source: DocumentSource,
  { diagnostics }: ReadContext,
): void {
  if (!('onDelete' in how) || how.onDelete !== 'setAbsent' || !source.readonlyFields.has(field)) return;
  const message = `${field} is readonly, so a deleted document cannot be taken out of it`;
  diagnostics.add('BAD_REFERENCE', positionOf(node), message, "take `readonly` away, or say 'cascade' or 'restrict'.");
}

/** No key could be given to such a field: those of the one class are refused by its type, those of the other by `@Ref`. */
function refuseOtherKeys(
  { field, keysOf }: FoundReference,
  target: DocumentSource,
  { diagnostics }: ReadContext,
): void {
  const { name } = target.model;
  if (keysOf === undefined || keysOf.name === name) return;
  const message = `${field} holds keys of ${keysOf.name}, and refers to ${name}`;
  diagnostics.add(
    'BAD_REFERENCE',
    positionOf(keysOf.node),
    message,
    `write Key<'${name}'>, or refer to ${keysOf.name}.`,
  );
}
