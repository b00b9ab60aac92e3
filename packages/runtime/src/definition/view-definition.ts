/** The generator's output for one view, and what the engine makes of it: a collection of rows that nobody writes to. */
import { DatabaseError, type DocumentModel, type ViewModel } from '@nuthatch/model';
import type { CollectionDefinition, DocumentClass } from './collection-definition.js';

export interface ViewDefinition {
  /** The rows as a collection: name, key, fields, indexes. It is nowhere stored. */
  readonly model: DocumentModel;
  readonly view: ViewModel;
  /** Of what the decorators of the class say; compared with the class on open. */
  readonly declarationFingerprint: string;
  /** The class of the rows. */
  readonly documentClass: DocumentClass;
  /** A frozen row of these values, in the model's order of fields. */
  row(values: readonly unknown[]): object;
}

/** The rows as a collection has them: they are made here, so there is nothing to check, and never leave memory. */
export function rowsDefinition({ model, documentClass, declarationFingerprint }: ViewDefinition): CollectionDefinition {
  const refuse = (): never => {
    throw new DatabaseError('READ_ONLY_VIEW', `${model.collection} is a view: its rows follow the documents`, {
      collection: model.collection,
    });
  };
  return {
    model,
    fingerprint: '',
    declarationFingerprint,
    documentClass,
    codec: { encode: refuse, decode: refuse },
    unknownFields: () => undefined,
    build: refuse,
    merge: refuse,
    validate: () => undefined,
    seal: (row) => row,
    isDerived: true,
  };
}
