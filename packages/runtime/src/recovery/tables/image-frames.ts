/**
 * Keeps the frames of a snapshot until all of it was read and found good: then its tables are used where they fit, and the
 * documents of all other collections are read one by one.
 *
 * A length that lies allocates nothing: a table is put together of the parts that came.
 */
import { DatabaseError } from '@nuthatch/model';
import { ByteReader } from '../../codec/byte-reader.js';
import { RECORD, SNAPSHOT_FRAME } from '../../journal/journal-format.js';
import { type PageCodec, PLAIN_CODEC } from '../../journal/page-codec.js';
import { readRecordHeader } from '../../journal/transaction-reader.js';
import type { FoundFrame } from '../page-scanner.js';

/** A frame of documents. */
export interface KeptFrame {
  readonly header: FoundFrame['header'];
  readonly offset: number;
  /** Never changes. Undefined: it was passed over, since its documents are cold. */
  readonly body: Uint8Array | undefined;
}

/** All that is loaded of an image. */
export interface KeptImage {
  readonly frames: readonly KeptFrame[];
  readonly tables: readonly ReadTables[];
}

/** The tables of one collection, as they were read. */
export interface ReadTables {
  /** What the record of the collection says. */
  readonly description: Readonly<Record<string, unknown>>;
  /** The bytes of each table that is not empty, in parts. */
  readonly parts: ReadonlyMap<number, readonly Uint8Array[]>;
  /** They lie in memory as they lie in the file, and nobody else uses what is between them. */
  readonly areInWindows?: boolean;
}

export class ImageFrames implements KeptImage {
  readonly frames: KeptFrame[] = [];
  readonly tables: ReadTables[] = [];
  /** Whoever wrote it knew the classes, and made tables wherever there can be some. */
  hasTables = false;
  /** Some of the frames were passed over. */
  hasPassed = false;
  /** How the file's bodies are stored; undefined before the first frame. */
  codec: PageCodec | undefined;
  readonly #isCold: (modelId: number) => boolean;
  /** The documents that come now are cold. */
  #isPassing = false;
  #parts = new Map<number, Uint8Array[]>();

  /** @param isCold whether documents of a model stay in the file. */
  constructor(isCold: (modelId: number) => boolean = () => false) {
    this.#isCold = isCold;
  }

  /** Whether frames of documents that come now are passed over. */
  get isPassing(): boolean {
    return this.#isPassing;
  }

  /** A frame of documents was passed over. */
  pass(offset: number, header: FoundFrame['header']): void {
    this.hasPassed = true;
    this.frames.push({ header, offset, body: undefined });
  }

  /** Takes in a good frame, whose bytes never change. O(frame). @throws DatabaseError `JOURNAL_DAMAGED`. */
  add(frame: FoundFrame, codec: PageCodec): void {
    this.codec = codec;
    const body = codec.decode(frame.bytes);
    const { header, offset } = frame;
    if (header.flags === SNAPSHOT_FRAME.documents) this.frames.push({ header, offset, body });
    else if (header.flags === SNAPSHOT_FRAME.tables) this.#addTables(body, codec === PLAIN_CODEC);
  }

  #addTables(body: Uint8Array, areInWindows: boolean): void {
    const reader = new ByteReader(body);
    while (reader.remaining > 0) {
      const { kind, end } = readRecordHeader(reader);
      reader.seek(reader.position, end);
      if (kind === RECORD.tableBytes) {
        const number = reader.varint();
        const part = reader.skipped(reader.remaining);
        const parts = this.#parts.get(number);
        if (parts === undefined) this.#parts.set(number, [part]);
        else parts.push(part);
      } else if (kind === RECORD.collectionTables) {
        const description = descriptionOf(reader.skipped(reader.remaining));
        this.hasTables = true;
        if (description.isWithout !== true) this.tables.push({ description, parts: this.#parts, areInWindows });
        this.#parts = new Map();
        this.#isPassing = false;
      } else if (kind === RECORD.coldDocuments) {
        this.#isPassing = this.#isCold(reader.varint());
      }
      reader.seek(end, body.length);
    }
  }
}

function descriptionOf(json: Uint8Array): Readonly<Record<string, unknown>> {
  let description: unknown;
  try {
    description = JSON.parse(Buffer.from(json.buffer, json.byteOffset, json.byteLength).toString('utf8'));
  } catch (cause) {
    throw tableDamage('a description of tables that cannot be parsed as JSON', cause);
  }
  if (typeof description !== 'object' || description === null) throw tableDamage('a description of tables without any');
  return description as Record<string, unknown>;
}

export function tableDamage(reason: string, cause?: unknown): DatabaseError {
  return new DatabaseError('JOURNAL_DAMAGED', `snapshot with ${reason}`, { reason }, { cause });
}
