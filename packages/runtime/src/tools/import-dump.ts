/**
 * Makes a directory of the lines that dump.ts wrote, by hand or by another program as it may be: every value is checked
 * against its model. Documents keep key, revision, expiry and unknown fields; seqs begin at 1, under a new uuid.
 *
 * While it runs the directory is marked as unfinished and refused by openers; if it fails, what it made is removed.
 */
import { DatabaseError, isModelShape, MAX_TYPE_DEPTH, modelFingerprint } from '@nuthatch/model';
import { KeptFields, keepFields } from '../codec/kept-fields.js';
import { isStorableCount, isStorableTime } from '../codec/storable.js';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import { KeyCodec } from '../definition/key-codec.js';
import { type JsonValues, jsonValues, refusal } from '../document/json-values.js';
import { leavingNoDirectory } from '../file-system/durable-directory.js';
import type { FileSystem } from '../file-system/file-system.js';
import type { Effect } from '../journal/effect.js';
import type { PageCodecs } from '../journal/page-codecs.js';
import { NewDirectory } from '../recovery/new-directory.js';
import { requireEmpty } from '../recovery/require-empty.js';
import { storedDefinition } from '../recovery/stored-definition.js';
import type { StoreKey } from '../structures/store-key.js';
import { DUMP_VERSION } from './dump.js';
import { type BlobLine, blobLineOf, ImportedBlobs } from './imported-blobs.js';

export interface ImportInput {
  readonly fileSystem: FileSystem;
  /** Lines of a dump, without line ends. Empty ones are passed over. */
  readonly lines: AsyncIterable<string> | Iterable<string>;
  /** Must not exist, or be empty. */
  readonly destination: string;
  /** How the files are stored. Default: plain. */
  readonly codecs?: PageCodecs;
}

export interface ImportReport {
  readonly documentCount: number;
  readonly collections: Readonly<Record<string, number>>;
}

interface ImportedModel {
  readonly definition: CollectionDefinition;
  readonly values: JsonValues;
  readonly keys: KeyCodec;
}

/**
 * Imports. I/O: every document written once; memory: one transaction.
 *
 * @throws DatabaseError `DUMP_INVALID` with the line, `DIRECTORY_UNUSABLE`, `JOURNAL_WRITE_FAILED`.
 */
export async function importDump(input: ImportInput): Promise<ImportReport> {
  const { fileSystem, destination } = input;
  await requireEmpty(fileSystem, destination);
  return leavingNoDirectory(fileSystem, destination, () => importInto(input));
}

async function importInto({ fileSystem, lines, destination, codecs }: ImportInput): Promise<ImportReport> {
  const reader = new DumpReader();
  let writer: NewDirectory | undefined;
  let blobs: ImportedBlobs | undefined;
  try {
    for await (const line of lines) {
      const read = reader.read(line);
      if (!reader.hasHeader) continue;
      writer ??= await NewDirectory.open(fileSystem, destination, reader.migrations, codecs);
      if (read === undefined) continue;
      if (read.kind === 'blob' || read.kind === 'bytes') {
        blobs ??= new ImportedBlobs(writer.blobPlace);
        await reader.inLine(blobs.take(read));
      } else {
        await reader.inLine(Promise.resolve().then(() => blobs?.requireEnd()));
        await writer.add(read);
      }
    }
    reader.requireEnd();
    await writer?.finish();
    return reader.report;
  } catch (error) {
    await blobs?.abandon();
    await writer?.abandon();
    throw error;
  }
}

type Line = Readonly<Record<string, unknown>>;

/** Reads line after line and keeps the models. */
class DumpReader {
  readonly #models = new Map<number, ImportedModel>();
  readonly #counts = new Map<string, number>();
  #lineNumber = 0;
  #migrations: readonly string[] = [];
  #hasHeader = false;
  #documentCount = 0;
  #isEnded = false;

  get report(): ImportReport {
    return { documentCount: this.#documentCount, collections: Object.fromEntries(this.#counts) };
  }

  get hasHeader(): boolean {
    return this.#hasHeader;
  }

  /** Ids of the migrations that have run over the documents; known with the header. */
  get migrations(): readonly string[] {
    return this.#migrations;
  }

  /** What the line adds to the database; undefined for lines that add nothing by themselves. */
  read(text: string): Effect | BlobLine | undefined {
    this.#lineNumber++;
    try {
      if (typeof text !== 'string') throw refusal('', 'not a text');
      if (text.trim() === '') return undefined;
      return this.#read(parseLine(text));
    } catch (cause) {
      throw this.#placed(cause);
    }
  }

  /** As `work`; what the line does wrong is said of its number. */
  async inLine(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (cause) {
      throw this.#placed(cause);
    }
  }

  #placed(cause: unknown): unknown {
    if (!DatabaseError.is(cause, 'DUMP_INVALID')) return cause;
    const line = this.#lineNumber;
    const what = `line ${line}: ${cause.facts.path === '' ? 'it' : cause.facts.path} is ${cause.facts.problem}`;
    return new DatabaseError('DUMP_INVALID', what, { ...cause.facts, line });
  }

  requireEnd(): void {
    if (this.#isEnded) return;
    const line = this.#lineNumber;
    throw new DatabaseError('DUMP_INVALID', `the dump is incomplete: line ${line} is not its end`, { line });
  }

  #read(line: Line): Effect | BlobLine | undefined {
    if (this.#isEnded) throw refusal('', 'after the end of the dump');
    if (!this.#hasHeader) return this.#readHeader(line);
    if ('definition' in line) return this.#readModel(line);
    if ('end' in line) return this.#readEnd(line);
    if ('blob' in line || 'bytes' in line) return blobLineOf(line);
    const { definition, values, keys } = this.#modelOf(line);
    if ('sequence' in line) return { kind: 'sequence', definition, value: wholeNumber(line.sequence, 'sequence') };
    const document = values.fromJson(line.document, '') as object;
    if (line.kept !== undefined) keepFields(document, new KeptFields(BYTES.fromJson(line.kept, 'kept') as Uint8Array));
    const { collection } = definition.model;
    this.#counts.set(collection, (this.#counts.get(collection) ?? 0) + 1);
    this.#documentCount++;
    const revision = wholeNumber(line.revision, 'revision', 1);
    const key = keyFromJson(line.key);
    requireOwnKey(keys, document, key);
    const expiresAt = line.expiresAt === undefined ? undefined : time(line.expiresAt, 'expiresAt');
    return { kind: 'put', definition, key, document, revision, expiresAt };
  }

  #readHeader(line: Line): undefined {
    if (line.nuthatch !== 'dump') throw refusal('', 'not the header of a dump');
    if (line.version !== DUMP_VERSION) throw refusal('version', 'a version that this Nuthatch does not read');
    const { migrations = [] } = line;
    if (!Array.isArray(migrations) || !migrations.every((id) => typeof id === 'string'))
      throw refusal('migrations', 'not a list of names');
    this.#migrations = migrations;
    this.#hasHeader = true;
    return undefined;
  }

  #readModel({ model: number, fingerprint, definition: model }: Line): undefined {
    if (isDeeper(model, MAX_LEVELS)) throw refusal('definition', `nested deeper than ${MAX_TYPE_DEPTH} types`);
    if (typeof number !== 'number' || typeof fingerprint !== 'string' || !isModelShape(model))
      throw refusal('', 'not a document model');
    const { fields } = model;
    // Not the fingerprint of the line: code that has it would read the documents by its own model, not by this one.
    const definition = storedDefinition(model, modelFingerprint(model));
    this.#models.set(number, { definition, values: jsonValues({ kind: 'object', fields }), keys: new KeyCodec(model) });
    return undefined;
  }

  #readEnd({ end }: Line): undefined {
    if ((end as { readonly documents?: unknown } | null)?.documents !== this.#documentCount)
      throw refusal('end', 'wrong: the number of documents differs');
    this.#isEnded = true;
    return undefined;
  }

  #modelOf({ model }: Line): ImportedModel {
    const found = this.#models.get(model as number);
    if (found === undefined) throw refusal('model', 'not a model of the lines before');
    return found;
  }
}

/** A type within a type takes at most three levels of JSON: `{ fields: [{ type: … }] }`. */
const MAX_LEVELS = MAX_TYPE_DEPTH * 4;

/** Level by level, since what is deep enough to be refused is deep enough to end the stack. O(what is nested). */
function isDeeper(value: unknown, mostLevels: number): boolean {
  let level: readonly unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > mostLevels) return true;
    level = level.flatMap((each) => (typeof each === 'object' && each !== null ? Object.values(each) : []));
  }
  return false;
}

const BYTES = jsonValues({ kind: 'bytes' });

/** The text of a syntax error quotes the line, so it is not passed on. */
function parseLine(text: string): Line {
  try {
    const line = JSON.parse(text) as unknown;
    if (typeof line === 'object' && line !== null && !Array.isArray(line)) return line as Line;
  } catch {
    throw refusal('', 'not JSON');
  }
  throw refusal('', 'not an object');
}

function keyFromJson(json: unknown): StoreKey {
  if (typeof json === 'string' || typeof json === 'number') return json;
  const { bigint, number } = (json ?? {}) as { readonly bigint?: unknown; readonly number?: unknown };
  if (typeof bigint === 'string' && /^-?\d+$/.test(bigint)) return BigInt(bigint);
  if (typeof number === 'string' && ['-0', 'NaN', 'Infinity', '-Infinity'].includes(number)) return Number(number);
  throw refusal('key', 'not a key');
}

/** A document under another key than its own would be found by one and deleted by the other. */
function requireOwnKey(keys: KeyCodec, document: object, key: StoreKey): void {
  let own: StoreKey | undefined;
  try {
    own = keys.ofDocument(document);
  } catch (cause) {
    if (!DatabaseError.is(cause, 'INVALID_KEY')) throw cause;
  }
  if (own !== key) throw refusal('key', 'not the key of its document');
}

function wholeNumber(json: unknown, path: string, least: number = 0): number {
  if (typeof json === 'number' && isStorableCount(json) && json >= least) return json;
  throw refusal(path, `not a whole number from ${least} to 2^53 - 1`);
}

function time(json: unknown, path: string): number {
  if (typeof json === 'number' && isStorableTime(json)) return json;
  throw refusal(path, 'not a time in milliseconds');
}
