/** Documents as JSON: dates, bigints, sets and the like in the forms that `nuthatch dump` writes. */
import type { DocumentModel } from '@nuthatch/model';
import type { JsonValues, ReadableCollection } from '@nuthatch/runtime/tools';
import { tools } from '../packages.js';

/** The fields of a document as JSON has them, by the model that wrote it: as `nuthatch dump` writes them. */
export function jsonFields(
  { modelOf }: Pick<ReadableCollection, 'modelOf'>,
  wanted: readonly string[] | undefined,
): (document: object) => Readonly<Record<string, unknown>> {
  const { jsonValues } = tools();
  const known = new Map<DocumentModel, readonly (readonly [string, JsonValues])[]>();
  const partsOf = (model: DocumentModel): readonly (readonly [string, JsonValues])[] => {
    const fields = wanted
      ? wanted.flatMap((name) => model.fields.filter((field) => field.name === name))
      : model.fields;
    return fields.map(({ name, type }) => [name, jsonValues(type)] as const);
  };
  return (document) => {
    const model = modelOf(document);
    let parts = known.get(model);
    if (parts === undefined) {
      parts = partsOf(model);
      known.set(model, parts);
    }
    const json = Object.create(null) as Record<string, unknown>;
    for (const [name, values] of parts) {
      const value = (document as Readonly<Record<string, unknown>>)[name];
      if (value !== undefined) json[name] = values.toJson(value);
    }
    return json;
  };
}
