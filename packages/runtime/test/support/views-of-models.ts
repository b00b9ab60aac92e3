/** Views of models, without generated code: as the generator would write them. */
import 'reflect-metadata';
import {
  type FieldModel,
  type IndexModel,
  VIEW_METADATA_KEY,
  type ViewFieldModel,
  type ViewMetadata,
  type ViewModel,
  viewDeclarationFingerprint,
} from '@nuthatch/model';
import type { CollectionDefinition } from '../../src/definition/collection-definition.js';
import type { ViewDefinition } from '../../src/definition/view-definition.js';

export interface ViewOfModel {
  readonly name: string;
  readonly where?: object;
  readonly groupBy?: readonly string[];
  readonly fields: readonly { readonly model: FieldModel; readonly made: ViewFieldModel }[];
  readonly indexes?: readonly Omit<IndexModel, 'where'>[];
}

export function viewOf(
  documents: CollectionDefinition,
  { name, where, groupBy, fields, indexes = [] }: ViewOfModel,
): ViewDefinition {
  class Row {}
  const metadata: ViewMetadata = {
    name,
    collection: name,
    isCollectionNamed: true,
    of: () => documents.documentClass,
    where,
    groupBy,
    aggregates: Object.fromEntries(
      fields.flatMap(({ made }) => {
        const { name: field, ...aggregate } = made;
        return made.kind === 'field' ? [] : [[field, aggregate]];
      }),
    ),
    indexes,
  };
  Reflect.defineMetadata(VIEW_METADATA_KEY, metadata, Row);
  const view: ViewModel = {
    of: documents.model.collection,
    ...(groupBy && { groupBy }),
    isConditional: where !== undefined,
    fields: fields.map(({ made }) => made),
  };
  return {
    model: {
      name,
      collection: name,
      storage: 'memory',
      key: { fields: groupBy ?? documents.model.key.fields },
      fields: fields.map(({ model }) => model),
      computed: [],
      indexes,
    },
    view,
    declarationFingerprint: viewDeclarationFingerprint({ ...view, aggregates: view.fields, indexes }),
    documentClass: Row as never,
    row: (values) => {
      const row = new Row() as Record<string, unknown>;
      for (const [place, { model }] of fields.entries()) row[model.name] = values[place];
      return Object.freeze(row);
    },
  };
}
