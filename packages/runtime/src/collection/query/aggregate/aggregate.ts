/**
 * Counts, sums, averages and ends, of all documents that answer or of each group of them.
 *
 * - Ends come from a range index where a walk to the first hit is cheaper than a look at all; sums and averages, where no
 *   other index decides which documents answer. Nothing but their own values is then looked at.
 * - Counts by a tag or a range field come from its index, where no other condition decides.
 * - Whatever a composite index has all fields of comes from its values (composite-values.ts).
 * - Everything else is one pass over the documents that answer, which leaves bytes as bytes.
 */
import { setField } from '../../../document/set-field.js';
import type { CompositeValue } from '../../../indexes/index-value.js';
import type { OrderedIndex } from '../../indexing/collection-index.js';
import { narrowestFirst } from '../../indexing/compound-condition.js';
import { RangeCollectionIndex } from '../../indexing/range-collection-index.js';
import { meetsAll, walkedPart } from '../candidate-slots.js';
import { isWalkCheaper, looksOfWalk } from '../index-walk.js';
import { QueryRequest, QueryTrace } from '../query-request.js';
import { type Accumulator, Average, End, Sum } from './accumulators.js';
import { type AggregateRequest, type Asked, accumulatorsOf, answerOf } from './aggregate-request.js';
import { type AskedDocuments, indexOfField, publicValue, valueReader, withinIndex } from './asked-documents.js';
import { compositePartOf, walkPart } from './composite-values.js';
import { elementType, type ReadField } from './field-kind.js';
import { GroupTable } from './group-table.js';
import { groupValue, groupValues } from './group-value.js';
import { leftOutOf } from './left-out.js';

/** One object, or with `by` a list of one for each group, rising by the values of its fields. */
export function aggregate(documents: AskedDocuments, request: AggregateRequest): object {
  if (request.by === undefined) return aggregateAll(documents, request);
  return (
    countByIndex(documents, request, request.by) ??
    compositeGroups(documents, request, request.by) ??
    groupPass(documents, request, request.by)
  );
}

function aggregateAll(documents: AskedDocuments, request: AggregateRequest): object {
  const { isCounted, asked } = request;
  const fromIndexes = asked.map((one) => askIndex(documents, one));
  if (!fromIndexes.includes(undefined)) {
    const count = isCounted ? documents.count() : 0;
    return answerOf(
      request,
      count,
      fromIndexes.map((answer) => answer!()),
    );
  }
  const accumulators = accumulatorsOf(request);
  let count = 0;
  const part = compositePartOf(documents, askedFields(asked), undefined);
  if (part !== undefined)
    walkPart(part, (value, entryCount) => {
      count += entryCount;
      addValue(accumulators, asked, part.places, value, entryCount);
    });
  else
    documents.each(fieldsOf(asked), (document) => {
      count++;
      addTo(accumulators, asked, document);
    });
  return answerOf(
    request,
    count,
    accumulators.map((each) => each.result()),
  );
}

/** How an index answers; undefined where it takes a pass. */
function askIndex(documents: AskedDocuments, asked: Asked): (() => unknown) | undefined {
  const { measure, field } = asked;
  const end = measure === 'min' || measure === 'max' ? askCompositeEnd(documents, asked) : undefined;
  if (end !== undefined) return end;
  const index = indexOfField(documents, field, ['range']);
  if (!(index instanceof RangeCollectionIndex)) return undefined;
  if (measure === 'min' || measure === 'max') return askEnd(documents, index, asked);
  const within = withinIndex(documents, index);
  if (within === undefined) return undefined;
  return () => {
    const { sum, count } = index.sumWithin(within.condition);
    const accumulator = measure === 'sum' ? new Sum(field) : new Average(field);
    (accumulator instanceof Average ? accumulator.sum : accumulator).addSum(sum, count);
    return accumulator.result();
  };
}

/** The first or last value of a composite index behind the fields that are equal. O(log n). */
function askCompositeEnd(documents: AskedDocuments, { measure, field }: Asked): (() => unknown) | undefined {
  const part = compositePartOf(documents, [field], field);
  const { composite, within, equalCount, places: [place] = [] } = part ?? {};
  if (within === undefined || place !== equalCount) return undefined;
  return () => {
    const value = composite!.index.endWithin(within, measure === 'min' ? 'asc' : 'desc');
    return value === undefined ? undefined : publicValue((value as CompositeValue)[place!], field);
  };
}

/** The first hit of a walk from one end of the index, unless a look at all that answers is cheaper. */
function askEnd(
  documents: AskedDocuments,
  index: OrderedIndex,
  { measure, field }: Asked,
): (() => unknown) | undefined {
  const { conditions, source } = documents;
  if (conditions === undefined) return undefined;
  const direction = measure === 'min' ? 'asc' : 'desc';
  const request = new QueryRequest(conditions, { index, direction }, 1, undefined, undefined);
  const sorted = narrowestFirst(conditions);
  if (!isWalkCheaper(source, sorted, request, index)) return undefined;
  const { within, others } = walkedPart(source, index, conditions);
  return () => {
    const read = valueReader(documents, field);
    let left = others.length === 0 ? Number.POSITIVE_INFINITY : looksOfWalk(sorted, request);
    for (const slot of index.walk(direction, within, undefined)) {
      if (left-- <= 0) return endByPass(documents, field, measure === 'min' ? 1 : -1);
      if (others.length > 0 && !meetsAll(others, source.documentOf(slot), new QueryTrace())) continue;
      const value = read(slot);
      return value === 0 ? 0 : value;
    }
    return undefined;
  };
}

/** Documents that answer lie far from the end of the index: a walk would meet most of the others first. */
function endByPass(documents: AskedDocuments, field: ReadField, sign: 1 | -1): unknown {
  const end = new End(field, sign);
  documents.each([field.name], (document) => end.add(document[field.name]));
  return end.result();
}

function countByIndex(
  documents: AskedDocuments,
  request: AggregateRequest,
  by: readonly ReadField[],
): readonly object[] | undefined {
  const [field] = by as readonly [ReadField];
  if (by.length > 1 || request.asked.length > 0) return undefined;
  const index = indexOfField(documents, field, ['range', 'tag']);
  const within = index && withinIndex(documents, index);
  if (index === undefined || within === undefined) return undefined;
  const groups = new GroupTable(1, () => ({ count: 0 }));
  const add = (held: unknown, count: number): void => {
    groups.at([publicValue(held, field)]).count += count;
  };
  if (index instanceof RangeCollectionIndex) index.valuesWithin(within.condition, add);
  else for (const [tag, count] of index.structure.tags()) add(tag, count);
  if (within.condition === undefined) {
    const read = valueReader(documents, field);
    for (const slot of leftOutOf(documents, index, field))
      for (const value of groupValues(read(slot), field.name)) groups.at([value]).count++;
  }
  return groups.sorted().map(({ values, group }) => rowOf(request, by, values, group.count, []));
}

interface Group {
  count: number;
  readonly accumulators: readonly Accumulator[];
}

function rowsOf(request: AggregateRequest, by: readonly ReadField[], groups: GroupTable<Group>): readonly object[] {
  return groups.sorted().map(({ values, group: { count, accumulators } }) =>
    rowOf(
      request,
      by,
      values,
      count,
      accumulators.map((each) => each.result()),
    ),
  );
}

function groupPass(documents: AskedDocuments, request: AggregateRequest, by: readonly ReadField[]): readonly object[] {
  const { asked } = request;
  const groups = new GroupTable<Group>(by.length, () => ({ count: 0, accumulators: accumulatorsOf(request) }));
  const add = (values: readonly unknown[], document: Readonly<Record<string, unknown>>): void => {
    const group = groups.at(values);
    group.count++;
    addTo(group.accumulators, asked, document);
  };
  const areScalars = by.every(({ type }) => type !== undefined && elementType(type) === type);
  const values: unknown[] = by.map(() => undefined);
  documents.each([...new Set([...by.map(({ name }) => name), ...fieldsOf(asked)])], (document) => {
    if (areScalars) {
      for (let place = 0; place < by.length; place++) {
        const { name } = by[place]!;
        values[place] = groupValue(document[name], name);
      }
      add(values, document);
    } else for (const combined of combinations(by, document)) add(combined, document);
  });
  return rowsOf(request, by, groups);
}

/** Undefined where no composite index has all that is asked for. */
function compositeGroups(
  documents: AskedDocuments,
  request: AggregateRequest,
  by: readonly ReadField[],
): readonly object[] | undefined {
  const { asked } = request;
  // Documents without a value are a group, too: of those that the index does not hold their number is all there is to know.
  const lacking = by.length === 1 && asked.length === 0 ? by[0] : undefined;
  const total = lacking === undefined ? undefined : documents.knownCount();
  const fields = [...by, ...askedFields(asked)];
  const part = compositePartOf(documents, fields, total === undefined ? undefined : lacking);
  if (part === undefined) return undefined;
  const groups = new GroupTable<Group>(by.length, () => ({ count: 0, accumulators: accumulatorsOf(request) }));
  const [places, measured] = [part.places.slice(0, by.length), part.places.slice(by.length)];
  let last: CompositeValue | undefined;
  let group: Group | undefined;
  let count = 0;
  walkPart(part, (value, entryCount) => {
    // Mostly the group of the value before: no look-up then.
    if (group === undefined || !places.every((place) => value[place] === last![place]))
      group = groups.at(places.map((place, index) => publicValue(value[place], by[index]!)));
    last = value;
    group.count += entryCount;
    count += entryCount;
    addValue(group.accumulators, asked, measured, value, entryCount);
  });
  if (total !== undefined && total > count) groups.at([undefined]).count += total - count;
  return rowsOf(request, by, groups);
}

/** @param places of the measured fields in the value. */
function addValue(
  accumulators: readonly Accumulator[],
  asked: readonly Asked[],
  places: readonly number[],
  value: CompositeValue,
  entryCount: number,
): void {
  for (let each = 0; each < asked.length; each++)
    accumulators[each]!.addTimes(publicValue(value[places[each]!], asked[each]!.field), entryCount);
}

function askedFields(asked: readonly Asked[]): readonly ReadField[] {
  return asked.map(({ field }) => field);
}

/** A document with several elements in a list is in the group of each. */
function combinations(by: readonly ReadField[], document: Readonly<Record<string, unknown>>): readonly unknown[][] {
  let combined: unknown[][] = [[]];
  for (const { name } of by) {
    const values = groupValues(document[name], name);
    combined = combined.flatMap((before) => values.map((value) => [...before, value]));
  }
  return combined;
}

function addTo(
  accumulators: readonly Accumulator[],
  asked: readonly Asked[],
  document: Readonly<Record<string, unknown>>,
): void {
  for (let place = 0; place < asked.length; place++) accumulators[place]!.add(document[asked[place]!.field.name]);
}

function fieldsOf(asked: readonly Asked[]): readonly string[] {
  return [...new Set(asked.map(({ field }) => field.name))];
}

function rowOf(
  request: AggregateRequest,
  by: readonly ReadField[],
  values: readonly unknown[],
  count: number,
  results: readonly unknown[],
): object {
  const row: Record<string, unknown> = {};
  for (const [place, { name }] of by.entries()) setField(row, name, values[place]);
  return Object.assign(row, answerOf(request, count, results));
}
