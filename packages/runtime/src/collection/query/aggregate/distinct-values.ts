/**
 * The values that a field has in the documents that answer, each once, rising: false, true, numbers and dates, bigints, texts,
 * NaN, and null at last. Of a list each element. Absence is no value.
 *
 * From a tag or range index where no other condition decides, and then without a look at documents, but for whether one
 * holds null; else in one pass.
 */
import { DatabaseError } from '@nuthatch/model';
import { isReadableField, readableFields } from '../../../definition/readable-fields.js';
import { showValue } from '../../../definition/show-value.js';
import { RangeCollectionIndex } from '../../indexing/range-collection-index.js';
import { type AskedDocuments, indexOfField, publicValue, valueReader, withinIndex } from './asked-documents.js';
import { compositePartOf, walkPart } from './composite-values.js';
import { mayBeNull, type ReadField, readField, requireGrouping, scalarKind } from './field-kind.js';
import { GroupTable } from './group-table.js';
import { groupValues, sortGroupValues } from './group-value.js';
import { leftOutOf } from './left-out.js';

/** @throws DatabaseError `INVALID_QUERY` for what is no field, or one whose values do not make groups. */
export function distinctValues(documents: AskedDocuments, name: unknown): unknown[] {
  const { definition } = documents;
  if (!isReadableField(definition, name)) {
    const { collection } = definition.model;
    const fields = readableFields(definition).join(', ');
    const what = `\`distinct\` takes a field of ${collection}, found ${showValue(name)}; its fields are ${fields}`;
    throw new DatabaseError('INVALID_QUERY', what, { collection, field: showValue(name) });
  }
  const field = readField(definition, name);
  requireGrouping('distinct', field);
  const known = fromIndex(documents, field) ?? fromComposite(documents, field);
  if (known !== undefined) return known;
  return scalarKind(field.type) === 'string' ? distinctTexts(documents, name) : distinctOfAny(documents, field);
}

/** The usual case, in a third of the time. */
function distinctTexts(documents: AskedDocuments, name: string): unknown[] {
  const texts = new Set<unknown>();
  documents.each([name], (document) => texts.add(document[name]));
  const hasNull = texts.delete(null);
  texts.delete(undefined);
  const values = [...texts];
  sortGroupValues(values);
  return hasNull ? [...values, null] : values;
}

function distinctOfAny(documents: AskedDocuments, { name }: ReadField): unknown[] {
  const values = new GroupTable<true>(1, () => true);
  documents.each([name], (document) => {
    for (const value of groupValues(document[name], name)) if (value !== undefined) values.at([value]);
  });
  return values.sorted().map(({ values: [value] }) => value);
}

/** Undefined where no composite index has what is asked for. */
function fromComposite(documents: AskedDocuments, field: ReadField): unknown[] | undefined {
  // A document without a value adds none.
  const part = compositePartOf(documents, [field], field);
  if (part === undefined) return undefined;
  const place = part.places[0]!;
  const held: unknown[] = [];
  let last: unknown;
  walkPart(part, (value) => {
    if (value[place] !== last) held.push(value[place]);
    last = value[place];
  });
  // Behind equal fields, which have one value each, the values come in their order, each once.
  const isInOrder = place <= part.equalCount;
  const values = (isInOrder ? held : [...new Set(held)]).map((value) => publicValue(value, field));
  if (!isInOrder) sortGroupValues(values);
  return values;
}

/** Undefined where no index answers. */
function fromIndex(documents: AskedDocuments, field: ReadField): unknown[] | undefined {
  const index = indexOfField(documents, field, ['range', 'tag']);
  const within = index && withinIndex(documents, index);
  if (index === undefined || within === undefined) return undefined;
  const values: unknown[] = [];
  if (index instanceof RangeCollectionIndex) {
    let last: unknown;
    index.valuesWithin(within.condition, (held) => {
      if (held !== last) values.push(publicValue(held, field));
      last = held;
    });
  } else {
    for (const [tag] of index.structure.tags()) values.push(publicValue(tag, field));
    sortGroupValues(values);
  }
  if (within.condition === undefined && mayBeNull(field.type)) {
    const read = valueReader(documents, field);
    if (leftOutOf(documents, index, field).some((slot) => read(slot) === null)) values.push(null);
  }
  return values;
}
