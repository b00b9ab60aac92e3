/** Classes with several collections: names that cannot be, or are taken, and references that would not say which is meant. */
import { checkModel, type ModelProblem } from '@nuthatch/model';
import type { DiagnosticCode } from './diagnostic.js';
import { type DocumentSource, modelsOf } from './document-source.js';
import type { ViewSource } from './view-source.js';

/** A problem of one class. */
export interface CollectionProblem extends Omit<ModelProblem, 'code'> {
  readonly code: DiagnosticCode;
  readonly source: DocumentSource;
}

export function checkCollections(sources: readonly DocumentSource[]): readonly CollectionProblem[] {
  const owners = new Map<string, DocumentSource>();
  const several = new Set<string>();
  for (const source of sources) {
    owners.set(source.model.collection.toLowerCase(), source);
    if (source.collections) several.add(source.model.collection);
  }
  return sources.flatMap((source) => {
    const problems: Omit<CollectionProblem, 'source'>[] = [];
    for (const model of modelsOf(source).slice(1)) {
      problems.push(...checkModel(model).filter(({ code }) => code === 'BAD_COLLECTION_NAME'));
      const name = model.collection.toLowerCase();
      const other = owners.get(name);
      if (other !== undefined) {
        const message = `the classes ${other.model.name} and ${model.name} both have the collection name ${model.collection}`;
        problems.push({ code: 'DUPLICATE_COLLECTION', message, hint: 'name another one in `collections`.' });
      }
      owners.set(name, source);
    }
    if ('view' in source && several.has((source as ViewSource).view.of))
      problems.push({
        code: 'BAD_VIEW',
        message: `${source.model.name} is a view of a class with several collections`,
        hint: 'make the view of a class with one: nothing says which of them is meant.',
      });
    for (const { field, to } of source.model.references ?? []) {
      if (source.collections)
        problems.push({
          code: 'BAD_REFERENCE',
          field,
          message: `${source.model.name} has several collections, and ${field} is a @Ref`,
          hint: 'store the key without @Ref: its reverse side could not say which collection it finds in.',
        });
      else if (several.has(to))
        problems.push({
          code: 'BAD_REFERENCE',
          field,
          message: `${field} refers to a class of several collections`,
          hint: 'store the key without @Ref: nothing says in which of them the document is.',
        });
    }
    return problems.map((problem) => ({ ...problem, source }));
  });
}
