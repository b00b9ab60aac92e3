import type { IndexModel } from '@nuthatch/model';
import { DocumentScan } from '../../codec/document-scan.js';
import type { CollectionDefinition } from '../../definition/collection-definition.js';
import type { PackedForm } from '../../store/packed-documents.js';

/** How the documents of a class stay bytes after an opening; undefined for models no scan is made of. */
export function packedFormOf({ model, codec }: CollectionDefinition): PackedForm | undefined {
  const uniques = model.indexes.filter((index) => index.kind === 'unique' && isPlain(index));
  const single = [model.key, ...uniques].filter(({ fields }) => fields.length === 1).map(({ fields }) => fields[0]);
  const texts = model.fields.filter(({ name, type }) => type.kind === 'string' && single.includes(name));
  const textFields = texts.map(({ name }) => name);
  const noted = new Set([...textFields, ...model.indexes.flatMap(({ fields }) => fields)]);
  if (model.expires !== undefined) noted.add(model.expires);
  const scan = DocumentScan.of(model, noted);
  return scan === undefined ? undefined : { scan, textFields, decode: (reader) => codec.decode(reader) };
}

/** Its value is its field's, of every document. */
function isPlain({ where, caseInsensitive }: IndexModel): boolean {
  return where === undefined && caseInsensitive !== true;
}
