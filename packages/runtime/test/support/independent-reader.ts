/**
 * A reader of directories written from docs/journal-format.md alone: it imports nothing of ours, and shows that a page
 * can be read by who has the document and no code. It checks less than recovery does: it is for directories that were
 * closed properly.
 */
import { createDecipheriv, createHash, hkdfSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, inflateRawSync } from 'node:zlib';
import { readAnyValue, readValue, type StoredField, ValueReader } from './independent-values.js';

type Plain = Record<string, unknown>;

export interface StoredDocument {
  readonly document: Plain;
  readonly revision: number;
  readonly expiresAt?: number;
  readonly unknownFields?: unknown;
}

interface StoredModel {
  readonly collection: string;
  readonly fields: readonly StoredField[];
}

/** The state of a directory: documents by collection and key, and the highest number given out by collection. */
export class IndependentReader {
  readonly collections = new Map<string, Map<unknown, StoredDocument>>();
  readonly sequences = new Map<string, number>();
  lastSeq = 0;
  readonly #directory: string;
  readonly #keys: Readonly<Record<string, Uint8Array>>;
  /** Bodies of the frames of documents in the snapshot. */
  readonly documentBodies: Uint8Array[] = [];
  /** Tables of the collections in the snapshot. */
  readonly tables: { readonly description: Plain; readonly bytes: ReadonlyMap<number, Buffer> }[] = [];
  #tableParts = new Map<number, Buffer>();
  readonly #models = new Map<number, StoredModel>();
  #uuid = Buffer.alloc(0);
  #crcSeed = 0;

  constructor(directory: string, keys: Readonly<Record<string, Uint8Array>> = {}) {
    this.#directory = directory;
    this.#keys = keys;
    const [firstLine = '', ...lines] = readFileSync(join(directory, 'manifest.nut'), 'utf8').split('\n');
    const body = lines.join('\n');
    const [, version, checksum, byteCount] = firstLine.split(' ');
    const hasDeltas = /"deltas"/.test(body);
    same(
      'manifest',
      [version, checksum, byteCount],
      [hasDeltas ? '2' : '1', hex32(crc32(body)), String(Buffer.byteLength(body))],
    );
    const manifest = JSON.parse(body) as {
      readonly uuid: string;
      readonly pages: readonly { number: number; sealed?: { byteCount: number; lastSeq: number; chain: string } }[];
      readonly snapshot: { number: number; seq: number; byteCount: number; frameCount: number; chain: string } | null;
      readonly deltas?: readonly {
        number: number;
        afterSeq: number;
        seq: number;
        byteCount: number;
        frameCount: number;
        chain: string;
      }[];
      readonly clean?: { page: number; byteCount: number; lastSeq: number; chain: string };
    };
    this.#uuid = Buffer.from(manifest.uuid, 'hex');
    this.#crcSeed = createHash('sha256').update(this.#uuid).digest().readUInt32LE(16);
    const { snapshot, clean } = manifest;
    if (snapshot) {
      const end = this.#readFile('snapshot', snapshot.number, snapshot.byteCount, -1);
      same('end of the snapshot', end, { chain: snapshot.chain, frameCount: snapshot.frameCount, isEnded: true });
      this.lastSeq = snapshot.seq;
    }
    const delta = (manifest.deltas ?? []).findLast(
      ({ afterSeq, seq }) => afterSeq <= this.lastSeq && seq > this.lastSeq,
    );
    if (delta) {
      const end = this.#readFile('delta', delta.number, delta.byteCount, -1);
      same('end of the delta', end, { chain: delta.chain, frameCount: delta.frameCount, isEnded: true });
      this.lastSeq = delta.seq;
    }
    const imageSeq = this.lastSeq;
    for (const { number, sealed } of manifest.pages) {
      if (sealed !== undefined && sealed.lastSeq <= imageSeq) continue;
      const due = sealed ?? (clean?.page === number ? clean : undefined);
      const { chain } = this.#readFile('page', number, due?.byteCount, imageSeq);
      if (due) same(`chain of page ${number}`, chain, due.chain);
    }
    if (clean) same('last seq', this.lastSeq, clean.lastSeq);
  }

  /** Does the effects of all transactions after `afterSeq`; −1: of all. */
  #readFile(kind: 'page' | 'snapshot' | 'delta', number: number, byteCount: number | undefined, afterSeq: number) {
    const bytes = readFileSync(join(this.#directory, `${kind}-${String(number).padStart(10, '0')}.nut`));
    const header = new ValueReader(bytes);
    const magic = { page: 'NUTP', snapshot: 'NUTS', delta: 'NUTD' }[kind];
    const checksum = header.u32();
    same('magic', header.raw(4).toString('latin1'), magic);
    const headerBytes = header.u32();
    same('checksum of the header', checksum, crc32(bytes.subarray(4, headerBytes)));
    const formatVersion = header.u32();
    const formats = { page: [1], snapshot: [1, 2, 3], delta: [4] }[kind];
    same('format', formats.includes(formatVersion), true);
    same('uuid', header.raw(16), this.#uuid);
    header.raw(8);
    same('number', header.u32(), number);
    const codecId = header.u32();
    header.raw(16);
    let frameId = header.u64();
    let chain = header.raw(16).toString('hex');
    const key = codecId === 2 || codecId === 3 ? this.#fileKey(header, magic, number) : undefined;
    for (let count = header.varint(); count > 0; count--) this.#readModel(header);
    same('end of the header', header.position, headerBytes);
    let frameCount = 0;
    let isEnded = false;
    for (let at = headerBytes; at < (byteCount ?? bytes.length); frameCount++) {
      const frame = bytes.subarray(at, at + bytes.readUInt32LE(at + 8));
      at += frame.length;
      same('magic of a frame', frame.toString('latin1', 4, 8), 'NUTF');
      const isImage = formatVersion >= 2;
      const bodyCrc = Buffer.alloc(4);
      bodyCrc.writeUInt32LE(crc32(frame.subarray(96), this.#crcSeed));
      const sealed = isImage ? Buffer.concat([frame.subarray(0, 96), bodyCrc]) : frame;
      same('checksum of a frame', frame.readUInt32LE(0), crc32(sealed.subarray(4), this.#crcSeed));
      same('page of a frame', frame.readUInt32LE(12), number);
      same('chain before a frame', frame.toString('hex', 32, 48), chain);
      chain = createHash('sha256').update(sealed.subarray(32)).digest('hex').slice(0, 32);
      same('chain of a frame', frame.toString('hex', 16, 32), chain);
      same('id of a frame', Number(frame.readBigUInt64LE(48)), ++frameId);
      const flags = frame.readUInt32LE(92);
      same('flags of a frame', isImage ? flags <= 2 : flags === 0, true);
      const body = bodyOf(frame, codecId, key);
      if (kind === 'snapshot' && isImage && flags === 0) this.documentBodies.push(body);
      if (flags === 1) this.#readTables(body);
      else isEnded = this.#readBody(body, Number(frame.readBigUInt64LE(56)), afterSeq);
      if (isImage) same('the end', isEnded, flags === 2);
    }
    return { chain, frameCount, isEnded };
  }

  #fileKey(header: ValueReader, magic: string, number: number): Uint8Array {
    const keyId = header.string();
    const [salt, keyCheck] = [header.raw(32), header.raw(16)];
    const fileNumber = Buffer.alloc(4);
    fileNumber.writeUInt32LE(number);
    const info = Buffer.concat([Buffer.from('nuthatch page key'), Buffer.from(magic), this.#uuid, fileNumber]);
    const made = Buffer.from(hkdfSync('sha256', this.#keys[keyId] as Uint8Array, salt, info, 48));
    same(`key ${keyId}`, made.subarray(32), keyCheck);
    return made.subarray(0, 32);
  }

  #readModel(reader: ValueReader): void {
    const modelId = reader.varint();
    reader.string();
    this.#models.set(modelId, JSON.parse(reader.string()) as StoredModel);
  }

  /** @returns whether it holds the end of a snapshot. */
  #readBody(body: Uint8Array, firstSeq: number, afterSeq: number): boolean {
    const reader = new ValueReader(body);
    let seq = firstSeq;
    let isEnded = false;
    while (reader.position < body.length) {
      const kind = reader.byte();
      const payload = new ValueReader(reader.raw(reader.u32()));
      if (kind === 2) this.#readModel(payload);
      else if (kind === 128) isEnded = true;
      else if (kind === 1) {
        if (seq > afterSeq) this.#readTransaction(payload);
        if (afterSeq >= 0 && seq > afterSeq) this.lastSeq = seq;
        seq++;
      } else if (kind < 128) throw new Error(`record of kind ${kind}`);
    }
    return isEnded;
  }

  #readTables(body: Uint8Array): void {
    const reader = new ValueReader(body);
    while (reader.position < body.length) {
      const kind = reader.byte();
      const payload = new ValueReader(reader.raw(reader.u32()));
      if (kind === 129) {
        const number = payload.varint();
        const part = payload.raw(payload.remaining);
        this.#tableParts.set(number, Buffer.concat([this.#tableParts.get(number) ?? Buffer.alloc(0), part]));
      } else if (kind === 130) {
        const description = JSON.parse(payload.raw(payload.remaining).toString('utf8')) as Plain;
        this.tables.push({ description, bytes: this.#tableParts });
        this.#tableParts = new Map();
      } else if (kind < 128) throw new Error(`record of kind ${kind} among tables`);
    }
  }

  #readTransaction(reader: ValueReader): void {
    const flags = reader.byte();
    reader.number();
    if (flags & 1) for (const _ of ['name', 'arguments']) reader.string();
    for (let count = reader.varint(); count > 0; count--) {
      const kind = reader.byte();
      const { collection, fields } = this.#models.get(reader.varint()) as StoredModel;
      const documents = this.collections.get(collection) ?? new Map<unknown, StoredDocument>();
      this.collections.set(collection, documents);
      if (kind === 3) {
        this.sequences.set(collection, reader.number());
        continue;
      }
      const key = [() => reader.string(), () => reader.number(), () => reader.bigint()][reader.byte()]?.();
      if (kind === 2) documents.delete(key);
      else documents.set(key, readPut(reader, fields));
    }
    same('end of a transaction', reader.remaining, 0);
  }
}

function readPut(reader: ValueReader, fields: readonly StoredField[]): StoredDocument {
  const revision = reader.varint();
  const flags = reader.byte();
  const expiresAt = flags & 1 ? { expiresAt: reader.number() } : {};
  const bytes = new ValueReader(reader.raw(reader.varint()));
  const document = readValue(bytes, { kind: 'object', fields }) as Plain;
  same('end of a document', bytes.remaining, 0);
  const unknown = flags & 2 ? { unknownFields: readAnyValue(new ValueReader(reader.raw(reader.varint()))) } : {};
  return { document, revision, ...expiresAt, ...unknown };
}

/** The records of a frame, out of the page's codec. */
function bodyOf(frame: Buffer, codecId: number, key: Uint8Array | undefined): Uint8Array {
  let stored: Buffer = frame.subarray(96);
  if (key) {
    const decipher = createDecipheriv('aes-256-gcm', key, stored.subarray(0, 12));
    decipher.setAAD(frame.subarray(32, 96)).setAuthTag(stored.subarray(-16));
    stored = Buffer.concat([decipher.update(stored.subarray(12, -16)), decipher.final()]);
  }
  const bodyBytes = frame.readUInt32LE(88);
  // Lines of JSON stand before the body.
  if (codecId === 6) stored = stored.subarray(stored.length - bodyBytes);
  const body = stored.length < bodyBytes && codecId % 2 === 1 ? inflateRawSync(stored) : stored;
  same('bytes of a body', body.length, bodyBytes);
  return body;
}

function hex32(value: number): string {
  return value.toString(16).padStart(8, '0');
}

function same(what: string, found: unknown, due: unknown): void {
  try {
    expect(found).toEqual(due);
  } catch (cause) {
    throw new Error(`${what} is not as the document says`, { cause });
  }
}
