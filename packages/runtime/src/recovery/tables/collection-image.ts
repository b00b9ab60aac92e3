/**
 * The tables of one collection as memory uses them, checked so that none can lead astray: no row beyond the last, no
 * search without an end. Their contents are vouched for by the checksums of the frames and by whoever wrote them.
 */
import type { DocumentModel, IndexModel } from '@nuthatch/model';
import { ByteReader } from '../../codec/byte-reader.js';
import { areCells, ImageCells } from '../../image/image-cells.js';
import type {
  ColdBytes,
  ColdRows,
  CollectionImage,
  ImageRows,
  IndexImage,
  RangeImage,
  TagImage,
} from '../../image/image-tables.js';
import { areEnds, EncodedValues, ImageNumbers, type ImageValues } from '../../image/image-values.js';
import { PUT_PLACE } from '../../journal/put-place.js';
import { inParts, type Steps } from '../../scheduling/steps.js';
import { type KeptFrame, type ReadTables, tableDamage } from './image-frames.js';
import { areAscending, areBelow, TableArrays } from './table-arrays.js';

/** Stands for a revision that has a row among the large ones. */
const LARGE_REVISION = 255;

type Description = Readonly<Record<string, unknown>>;

/** The place of a collection in a snapshot. */
export interface ImagePlace {
  readonly modelId: number;
  readonly firstFrame: number;
  readonly frameCount: number;
  readonly rowCount: number;
}

/** @throws DatabaseError `JOURNAL_DAMAGED`. */
export function placeOf({ description }: ReadTables): ImagePlace {
  return {
    modelId: count(description, 'modelId'),
    firstFrame: count(description, 'firstFrame'),
    frameCount: count(description, 'frameCount'),
    rowCount: count(description, 'rowCount'),
  };
}

/** How documents of an older model are read; empty: they are of today's. */
export interface OlderDocuments extends Pick<ColdRows, 'readOlder'> {
  /** Fields that are the same in both models. */
  readonly sameFields?: ReadonlySet<string> | undefined;
}

/** Where documents are whose frames were passed over. */
export interface ColdInput extends OlderDocuments {
  readonly bytes: ColdBytes;
}

/**
 * O(rows), without a look at a document.
 *
 * @param frames those of its documents.
 * @param cold the file of documents whose frames were passed over.
 * @param model today's: indexes that it does not have, or has otherwise, are left out.
 * @throws DatabaseError `JOURNAL_DAMAGED` for tables that cannot be.
 */
export function* imageOf(
  read: ReadTables,
  frames: readonly KeptFrame[],
  model: DocumentModel,
  cold?: ColdInput,
): Steps<CollectionImage> {
  const { description } = read;
  const arrays = new TableArrays(read);
  const starts: number[] = [];
  let bodyBytes = 0;
  for (const { header, body } of frames) {
    starts.push(bodyBytes);
    bodyBytes += body?.length ?? header.bodyBytes;
  }
  if (bodyBytes !== description.bodyBytes) throw tableDamage(`tables of ${bodyBytes} bytes of documents`);
  const found = yield* rowsOf(arrays, description, bodyBytes);
  const rows = cold === undefined ? found : { ...found, cold: yield* coldOf(arrays, description, found, cold) };
  const readers = cold === undefined ? frames.map(({ body }) => new ByteReader(body!)) : [];
  const described = Array.isArray(description.indexes) ? (description.indexes as Description[]) : [];
  const indexes: (IndexImage | undefined)[] = [];
  for (const index of model.indexes) {
    const text = JSON.stringify(index);
    const isSame = cold?.sameFields === undefined || index.fields.every((name) => cold.sameFields!.has(name));
    const found = isSame && described.find((each) => JSON.stringify(each.index) === text);
    indexes.push(!found ? undefined : yield* indexOf(arrays, found, index, rows));
  }
  return { rows, bodies: { starts, readers, puts: PUT_PLACE }, indexes };
}

function* rowsOf(arrays: TableArrays, description: Description, bodyBytes: number): Steps<ImageRows> {
  const rowCount = count(description, 'rowCount');
  const seed = count(description, 'seed', -(2 ** 31));
  const places = arrays.places(description.places);
  yield* must(areAscending(places, bodyBytes), 'places of documents');
  if (places.length !== rowCount) throw tableDamage(`${places.length} places of ${rowCount} documents`);
  const revisions = description.revisions === null ? undefined : arrays.bytes(description.revisions);
  if (revisions !== undefined && revisions.length !== rowCount) throw tableDamage('revisions of other documents');
  const largeRows = arrays.numbers(description.largeRows);
  const largeCounts = arrays.doubles(description.largeRevisions);
  const expiryRows = arrays.numbers(description.expiryRows);
  const expiryTimes = arrays.doubles(description.expiryTimes);
  yield* must(areAscending(largeRows, rowCount), 'revisions');
  yield* must(areAscending(expiryRows, rowCount), 'expiries');
  if (largeRows.length !== largeCounts.length || !largeCounts.every(Number.isSafeInteger))
    throw tableDamage('damaged revisions');
  if (expiryRows.length !== expiryTimes.length) throw tableDamage('damaged expiries');
  if ((yield* largeCountOf(revisions)) !== largeRows.length) throw tableDamage('damaged revisions');
  const largeRevisions = Array.from(largeRows, (row, index) => [row, largeCounts[index]!] as const);
  const keys = yield* cellsOf(arrays, description.keys, rowCount, rowCount);
  const isInKeyOrder = description.isInKeyOrder === true;
  return { rowCount, places, revisions, largeRevisions, expiryRows, expiryTimes, keys, isInKeyOrder, seed };
}

function* coldOf(
  arrays: TableArrays,
  description: Description,
  { places, rowCount }: ImageRows,
  { bytes, readOlder }: ColdInput,
): Steps<ColdRows> {
  const described = (description.cold ?? {}) as Description;
  const lengths = arrays.numbers(described.lengths);
  const checksums = arrays.numbers(described.checksums);
  const keyBytes = arrays.bytes(described.keyBytes);
  const keyEnds = arrays.numbers(described.keyEnds);
  const isWhole = [lengths, checksums, keyEnds].every(({ length }) => length === rowCount);
  if (!isWhole) throw tableDamage('tables of other cold documents');
  yield* must(areEnds(keyEnds, keyBytes.length), 'keys of cold documents');
  return { places: { starts: places, lengths, checksums }, bytes, keyBytes, keyEnds, readOlder };
}

/** Rows whose revision does not fit a byte. */
function* largeCountOf(revisions: Uint8Array | undefined): Steps<number> {
  let largeCount = 0;
  yield* inParts(revisions?.length ?? 0, (from, to) => {
    for (let row = from; row < to; row++) if (revisions![row] === LARGE_REVISION) largeCount++;
  });
  return largeCount;
}

function* indexOf(
  arrays: TableArrays,
  description: Description,
  { kind }: IndexModel,
  { rowCount, seed }: ImageRows,
): Steps<IndexImage> {
  if (kind === 'unique') {
    const cells = yield* cellsOf(arrays, description.cells, count(description, 'size'), rowCount);
    return { kind, cells, seed };
  }
  return kind === 'tag'
    ? yield* tagOf(arrays, description, rowCount, seed)
    : yield* rangeOf(arrays, description, rowCount);
}

function* tagOf(arrays: TableArrays, description: Description, rowCount: number, seed: number): Steps<TagImage> {
  const tags = yield* valuesOf(arrays, description.tags);
  const cells = yield* cellsOf(arrays, description.cells, tags.length, tags.length);
  const ends = arrays.numbers(description.ends);
  const rows = arrays.numbers(description.rows);
  if (ends.length !== tags.length) throw tableDamage('tags without their documents');
  yield* must(areAscending(ends, rows.length + 1), 'documents of tags');
  if ((ends[ends.length - 1] ?? 0) !== rows.length) throw tableDamage('documents without their tag');
  yield* must(areBelow(rows, rowCount), 'documents of tags');
  return { kind: 'tag', tags, cells, ends, rows, seed };
}

function* rangeOf(arrays: TableArrays, description: Description, rowCount: number): Steps<RangeImage> {
  const rows = arrays.numbers(description.rows);
  yield* must(areBelow(rows, rowCount), 'an order of documents');
  const values =
    description.numbers === undefined
      ? yield* valuesOf(arrays, description.values)
      : new ImageNumbers(arrays.doubles(description.numbers));
  const ends = description.ends === null ? undefined : arrays.numbers(description.ends);
  if (ends !== undefined) yield* must(areAscending(ends, rows.length + 1), 'an order of documents');
  if (values.length !== (ends ?? rows).length || (ends !== undefined && (ends.at(-1) ?? 0) !== rows.length))
    throw tableDamage('an order of other documents');
  if (rows.length > rowCount || typeof description.type !== 'string') throw tableDamage('a damaged order of documents');
  return { kind: 'range', rows, values, ends, type: description.type };
}

function* valuesOf(arrays: TableArrays, described: unknown): Steps<ImageValues> {
  const { bytes, ends } = (described ?? {}) as Description;
  const [valueBytes, valueEnds] = [arrays.bytes(bytes), arrays.numbers(ends)];
  yield* must(areEnds(valueEnds, valueBytes.length), 'values of an index');
  return new EncodedValues(valueBytes, valueEnds);
}

function* cellsOf(arrays: TableArrays, number: unknown, size: number, rowCount: number): Steps<ImageCells> {
  const cells = arrays.numbers(number);
  yield* must(areCells(cells, size, rowCount, arrays.cellOrder), 'a table of values');
  return new ImageCells(cells, size, rowCount, arrays.cellOrder);
}

function* must(check: Steps<boolean>, what: string): Steps {
  if (!(yield* check)) throw tableDamage(`damaged tables: ${what}`);
}

function count(description: Description, name: string, least: number = 0): number {
  const value = description[name];
  if (Number.isSafeInteger(value) && (value as number) >= least) return value as number;
  throw tableDamage(`tables whose ${name} is ${String(value)}`);
}
