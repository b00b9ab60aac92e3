/**
 * A journal in Cassandra or Scylla: each frame is a row that a lightweight transaction makes if there is none.
 *
 * What decides anything is read with consistency SERIAL, which first ends what a broken write has left undone. Frames
 * are asked for at QUORUM up to the first gap; the frame right behind a place always at SERIAL. A truncated partition is
 * closed before its rows go, so that a node which slept for a day cannot write where everybody has read already.
 */
import { randomUUID } from 'node:crypto';
import type { Client, types } from 'cassandra-driver';
import { unfinished, unknownFormat } from '../../engine/engine-errors.js';
import { ImageDigest, partsOf } from '../../engine/image-digest.js';
import type {
  FoundJournal,
  ImageEntry,
  ImagePlace,
  JournalEngine,
  JournalPlace,
  JournalUsage,
  StoredFrame,
  Truncation,
} from '../../engine/journal-engine.js';
import { News } from '../../engine/news.js';
import { requireSafe } from './cassandra-safety.js';
import { bucketOf, firstOf, lastOf, makeStatements, quoted } from './cassandra-tables.js';

export interface CassandraEngineOptions {
  /** Makes the client, which the engine closes. */
  readonly connect: () => Promise<Client>;
  readonly keyspace: string;
  readonly name: string;
  /** Of a keyspace that is made now, as CQL. */
  readonly replication: string;
  readonly isUnsafe: boolean;
  /** Time between two looks, in milliseconds. */
  readonly pollMs: number;
}

const MAX_FRAME_BYTES = 1024 * 1024;
const PART_BYTES = 256 * 1024;
const FORMAT = 1;
/** Of a journal that is being made: every version refuses to open it. */
const UNFINISHED_FORMAT = 0;
/** A node that dies while it stores an image holds others off for so long. */
const CLAIM_SECONDS = 600;
const QUORUM = 4;
const SERIAL = 8;
const SETTINGS = { prepare: true, consistency: QUORUM, serialConsistency: SERIAL } as const;
/** The driver itself must not send a lightweight transaction twice. */
const ONCE = { ...SETTINGS, isIdempotent: false } as const;
const AGAIN = { ...SETTINGS, isIdempotent: true } as const;
const AT_SERIAL = { ...AGAIN, consistency: SERIAL } as const;

export class CassandraEngine implements JournalEngine {
  readonly description: string;
  readonly maxFrameBytes = MAX_FRAME_BYTES;
  readonly #options: CassandraEngineOptions;
  readonly #place: string;
  readonly #news: News;
  #client: Promise<Client> | undefined;
  #isClosed = false;
  /** A frame is known to stand there, and so at all positions before. */
  #known = 0;

  constructor(options: CassandraEngineOptions) {
    this.#options = options;
    this.#news = new News(options.pollMs);
    this.#place = quoted(options.keyspace);
    this.description = `the journal '${options.name}' in Cassandra`;
  }

  async open(proposedUuid: string): Promise<JournalPlace> {
    const { uuid, head, isUnfinished } = await this.#make(proposedUuid, FORMAT);
    if (isUnfinished) throw unfinished(this.description);
    return { uuid, head };
  }

  begin(proposedUuid: string): Promise<FoundJournal> {
    return this.#make(proposedUuid, UNFINISHED_FORMAT);
  }

  async find(): Promise<FoundJournal | undefined> {
    const select = "SELECT table_name FROM system_schema.tables WHERE keyspace_name = ? AND table_name = 'journal'";
    const { rows } = await this.#run(select, [this.#options.keyspace], AGAIN);
    return rows.length === 0 ? undefined : this.#row();
  }

  async finish(): Promise<void> {
    const finish = `UPDATE ${this.#place}.journal SET format = ${FORMAT} WHERE name = ? IF format = ${UNFINISHED_FORMAT}`;
    await this.#run(finish, [this.#options.name], ONCE);
  }

  async #make(proposedUuid: string, format: number): Promise<FoundJournal> {
    const { keyspace, replication, name, isUnsafe } = this.#options;
    const client = await this.#connected();
    for (const statement of makeStatements(keyspace, replication))
      await client.execute(statement, [], { consistency: QUORUM, isIdempotent: true });
    if (!isUnsafe) await requireSafe(client, keyspace, this.description);
    await this.#run(
      `INSERT INTO ${this.#place}.journal (name, format, uuid) VALUES (?, ?, ?) IF NOT EXISTS`,
      [name, format, proposedUuid],
      ONCE,
    );
    const found = await this.#row();
    if (found === undefined) throw new Error('its row is gone');
    return found;
  }

  async #row(): Promise<FoundJournal | undefined> {
    const select = `SELECT format, uuid FROM ${this.#place}.journal WHERE name = ?`;
    const [row] = (await this.#run(select, [this.#options.name], AT_SERIAL)).rows;
    if (row === undefined) return undefined;
    const isUnfinished = row['format'] === UNFINISHED_FORMAT;
    if (row['format'] !== FORMAT && !isUnfinished) throw unknownFormat(this.description, row['format']);
    return { uuid: row['uuid'] as string, head: await this.head(), isUnfinished };
  }

  async append(position: number, bytes: Uint8Array): Promise<'won' | 'lost'> {
    if (position > this.#known + 1 && (await this.#serial(position - 1)) === undefined) return 'lost';
    const { name } = this.#options;
    const { rows } = await this.#run(
      `UPDATE ${this.#place}.frame SET bytes = ?, size = ? WHERE name = ? AND bucket = ? AND position = ? IF bytes = null AND closed = null`,
      [asBuffer(bytes), bytes.length, name, bucketOf(position), position],
      ONCE,
    );
    if (rows[0]?.['[applied]'] !== true) return 'lost';
    this.#known = Math.max(this.#known, position);
    return 'won';
  }

  async read(after: number, limitBytes: number): Promise<readonly StoredFrame[]> {
    const first = (await this.#serial(after + 1)) ?? (await this.#oldestAfter(after));
    if (first === undefined) return [];
    const found = [first];
    let byteCount = first.bytes.length;
    // Two to a call at least: the driver pages by rows, and rows may be long.
    for (let next = first.position + 1; byteCount < limitBytes; ) {
      const frames = await this.#range(next, limitBytes - byteCount);
      for (const frame of frames) {
        if (frame.position !== next || byteCount + frame.bytes.length > limitBytes) return this.#knowing(found);
        byteCount += frame.bytes.length;
        found.push(frame);
        next++;
      }
      if (frames.length === 0) break;
    }
    return this.#knowing(found);
  }

  async head(): Promise<number> {
    let head = await this.#lastSeen();
    while ((await this.#serial(head + 1)) !== undefined) head++;
    this.#known = Math.max(this.#known, head);
    return head;
  }

  wait(_after: number, signal: AbortSignal): Promise<void> {
    return this.#news.wait(signal);
  }

  async usage(): Promise<JournalUsage> {
    const head = await this.head();
    const since = (await this.newestImage())?.position ?? 0;
    let [oldest, frameCount, frameBytes, bytesSinceImage] = [head + 1, 0, 0, 0];
    for (let bucket = bucketOf(head); head > 0 && bucket >= 0; bucket--) {
      const { rows } = await this.#run(
        `SELECT position, size FROM ${this.#place}.frame WHERE name = ? AND bucket = ?`,
        [this.#options.name, bucket],
        AGAIN,
      );
      const frames = rows.filter((row) => row['position'] !== null && row['size'] !== null);
      if (frames.length === 0) break;
      for (const row of frames) {
        const position = Number(row['position']);
        const size = row['size'] as number;
        oldest = Math.min(oldest, position);
        frameCount++;
        frameBytes += size;
        if (position > since) bytesSinceImage += size;
      }
    }
    return { oldest, frameCount, frameBytes, bytesSinceImage };
  }

  async newestImage(): Promise<ImageEntry | undefined> {
    const { rows } = await this.#run(
      `SELECT entry FROM ${this.#place}.image WHERE name = ? LIMIT 1`,
      [this.#options.name],
      AGAIN,
    );
    return rows[0] === undefined ? undefined : (JSON.parse(rows[0]['entry'] as string) as ImageEntry);
  }

  async *imageParts({ position, byteCount }: ImageEntry): AsyncGenerator<Uint8Array, void> {
    const id = (await this.#images()).find((image) => image.position === position)?.id;
    for (let part = 0, done = 0; done < byteCount; part++) {
      const select = `SELECT bytes FROM ${this.#place}.image_part WHERE id = ? AND part = ?`;
      const { rows } = await this.#run(select, [id ?? '', part], AGAIN);
      const bytes = rows[0]?.['bytes'] as Buffer | undefined;
      if (bytes === undefined) throw new Error('the image is gone');
      done += bytes.length;
      yield new Uint8Array(bytes);
    }
  }

  async storeImage(place: ImagePlace, chunks: AsyncIterable<Uint8Array>): Promise<ImageEntry | undefined> {
    const { name } = this.#options;
    const id = randomUUID();
    const claim = `INSERT INTO ${this.#place}.image_claim (name, id) VALUES (?, ?) IF NOT EXISTS USING TTL ${CLAIM_SECONDS}`;
    const { rows } = await this.#run(claim, [name, id], ONCE);
    if (rows[0]?.['[applied]'] !== true) return undefined;
    let count = 0;
    try {
      if (((await this.newestImage())?.position ?? -1) >= place.position) return undefined;
      const digest = new ImageDigest();
      const store = `INSERT INTO ${this.#place}.image_part (id, part, bytes) VALUES (?, ?, ?)`;
      for await (const part of partsOf(chunks, digest, PART_BYTES))
        await this.#run(store, [id, count++, asBuffer(part)], AGAIN);
      const entry = { ...place, byteCount: digest.byteCount, sha256: digest.sha256() };
      const values = [name, place.position, id, JSON.stringify(entry)];
      await this.#run(
        `INSERT INTO ${this.#place}.image (name, position, id, entry) VALUES (?, ?, ?, ?)`,
        values,
        AGAIN,
      );
      for (const old of (await this.#images()).slice(2)) await this.#dropImage(old);
      return entry;
    } catch (error) {
      await this.#dropParts(id, count).catch(() => undefined);
      throw error;
    } finally {
      const free = `DELETE FROM ${this.#place}.image_claim WHERE name = ? IF id = ?`;
      await this.#run(free, [name, id], ONCE).catch(() => undefined);
    }
  }

  async storeBlobPart(id: string, part: number, bytes: Uint8Array): Promise<void> {
    const store = `INSERT INTO ${this.#place}.image_part (id, part, bytes) VALUES (?, ?, ?)`;
    await this.#run(store, [blobId(id), part, asBuffer(bytes)], AGAIN);
  }

  async blobPart(id: string, part: number): Promise<Uint8Array | undefined> {
    const select = `SELECT bytes FROM ${this.#place}.image_part WHERE id = ? AND part = ?`;
    const { rows } = await this.#run(select, [blobId(id), part], AGAIN);
    const bytes = rows[0]?.['bytes'] as Buffer | undefined;
    return bytes && new Uint8Array(bytes);
  }

  /** From the last part to the first: after a crash those that are left are found from 0 on. */
  async dropBlob(id: string): Promise<void> {
    const select = `SELECT part FROM ${this.#place}.image_part WHERE id = ? AND part = ?`;
    let count = 0;
    while ((await this.#run(select, [blobId(id), count], AGAIN)).rows.length > 0) count++;
    const remove = `DELETE FROM ${this.#place}.image_part WHERE id = ? AND part = ?`;
    while (count > 0) await this.#run(remove, [blobId(id), --count], AGAIN);
  }

  /** Whole partitions only, oldest first. */
  async truncate({ upTo, retentionMs, retentionBytes }: Truncation): Promise<void> {
    const covered = Math.min(upTo, (await this.newestImage())?.position ?? 0);
    const { oldest, frameCount, frameBytes } = await this.usage();
    let keptBytes = frameBytes;
    const averageBytes = frameCount === 0 ? 0 : frameBytes / frameCount;
    for (let bucket = bucketOf(oldest); lastOf(bucket) <= covered; bucket++) {
      keptBytes -= averageBytes * (lastOf(bucket) - firstOf(bucket) + 1);
      if (keptBytes < retentionBytes && !(await this.#isOlder(bucket, retentionMs))) return;
      await this.#close(bucket);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#news.tell();
    const client = this.#client;
    this.#client = undefined;
    if (client !== undefined) await client.then((open) => open.shutdown()).catch(() => undefined);
  }

  #connected(): Promise<Client> {
    if (this.#isClosed) return Promise.reject(new Error('the journal is closed'));
    this.#client ??= this.#options.connect().catch((error: unknown) => {
      this.#client = undefined;
      throw error;
    });
    return this.#client;
  }

  async #run(
    text: string,
    values: readonly unknown[],
    settings: typeof AGAIN | typeof ONCE | typeof AT_SERIAL,
  ): Promise<types.ResultSet> {
    const client = await this.#connected();
    return client.execute(text, [...values], settings);
  }

  #knowing(frames: readonly StoredFrame[]): readonly StoredFrame[] {
    this.#known = Math.max(this.#known, frames.at(-1)?.position ?? 0);
    return frames;
  }

  async #serial(position: number): Promise<StoredFrame | undefined> {
    if (position < 1) return undefined;
    const { rows } = await this.#run(
      `SELECT bytes FROM ${this.#place}.frame WHERE name = ? AND bucket = ? AND position = ?`,
      [this.#options.name, bucketOf(position), position],
      AT_SERIAL,
    );
    const bytes = rows[0]?.['bytes'] as Buffer | null | undefined;
    return bytes == null ? undefined : { position, bytes: new Uint8Array(bytes) };
  }

  /** Of the partition of a position, from there on. */
  async #range(from: number, limitBytes: number): Promise<readonly StoredFrame[]> {
    const { rows } = await this.#run(
      `SELECT position, bytes FROM ${this.#place}.frame WHERE name = ? AND bucket = ? AND position >= ? LIMIT ?`,
      // At 1 KiB a frame this is one call for a read; longer frames take several.
      [this.#options.name, bucketOf(from), from, Math.max(2, Math.min(256, Math.ceil(limitBytes / 16_384)))],
      AGAIN,
    );
    return rows
      .filter((row) => row['bytes'] !== null)
      .map((row) => ({ position: Number(row['position']), bytes: new Uint8Array(row['bytes'] as Buffer) }));
  }

  /** After a truncation: the oldest frame that is kept, when it is above. */
  async #oldestAfter(after: number): Promise<StoredFrame | undefined> {
    if (!(await this.#isClosedBucket(bucketOf(after + 1)))) return undefined;
    const { oldest, frameCount } = await this.usage();
    return frameCount > 0 && oldest > after + 1 ? this.#serial(oldest) : undefined;
  }

  async #isClosedBucket(bucket: number): Promise<boolean> {
    const { rows } = await this.#run(
      `SELECT closed FROM ${this.#place}.frame WHERE name = ? AND bucket = ? LIMIT 1`,
      [this.#options.name, bucket],
      AGAIN,
    );
    return rows[0]?.['closed'] === true;
  }

  /** The last position that a quorum shows: by doubling and halves over partitions, from the one known last. */
  async #lastSeen(): Promise<number> {
    let low = bucketOf(Math.max(1, this.#known));
    let high = low;
    for (let step = 1; await this.#isUsed(high + 1); step *= 2) {
      low = high + 1;
      high += step;
    }
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (await this.#isUsed(middle)) low = middle;
      else high = middle - 1;
    }
    const { rows } = await this.#run(
      `SELECT position, bytes FROM ${this.#place}.frame WHERE name = ? AND bucket = ? ORDER BY position DESC LIMIT 1`,
      [this.#options.name, low],
      AGAIN,
    );
    const [row] = rows;
    // A closed partition had all its positions.
    const seen =
      row == null || row['position'] === null
        ? (await this.#isClosedBucket(low))
          ? lastOf(low)
          : 0
        : Number(row['position']);
    return Math.max(this.#known, seen);
  }

  async #isUsed(bucket: number): Promise<boolean> {
    const { rows } = await this.#run(
      `SELECT position, closed FROM ${this.#place}.frame WHERE name = ? AND bucket = ? LIMIT 1`,
      [this.#options.name, bucket],
      AGAIN,
    );
    return rows.length > 0;
  }

  /** Whether its last frame was written so long ago, by the clocks of the servers. */
  async #isOlder(bucket: number, ms: number): Promise<boolean> {
    const { rows } = await this.#run(
      `SELECT writetime(bytes) AS written FROM ${this.#place}.frame WHERE name = ? AND bucket = ? AND position = ?`,
      [this.#options.name, bucket, lastOf(bucket)],
      AGAIN,
    );
    const written = rows[0]?.['written'] as types.Long | null | undefined;
    return written == null || written.toNumber() / 1_000 <= Date.now() - ms;
  }

  /** First it takes nothing more, then its rows go: a crash in between leaves rows that the next truncation removes. */
  async #close(bucket: number): Promise<void> {
    const { name } = this.#options;
    const close = `UPDATE ${this.#place}.frame SET closed = true WHERE name = ? AND bucket = ? IF closed = null`;
    await this.#run(close, [name, bucket], ONCE);
    const remove = `DELETE FROM ${this.#place}.frame WHERE name = ? AND bucket = ? AND position >= ?`;
    await this.#run(remove, [name, bucket, firstOf(bucket)], AGAIN);
  }

  async #images(): Promise<readonly { readonly id: string; readonly position: number; readonly byteCount: number }[]> {
    const { rows } = await this.#run(
      `SELECT position, id, entry FROM ${this.#place}.image WHERE name = ?`,
      [this.#options.name],
      AGAIN,
    );
    return rows.map((row) => {
      const { byteCount } = JSON.parse(row['entry'] as string) as ImageEntry;
      return { id: row['id'] as string, position: Number(row['position']), byteCount };
    });
  }

  async #dropImage({
    id,
    position,
    byteCount,
  }: {
    readonly id: string;
    readonly position: number;
    readonly byteCount: number;
  }): Promise<void> {
    const remove = `DELETE FROM ${this.#place}.image WHERE name = ? AND position = ?`;
    await this.#run(remove, [this.#options.name, position], AGAIN);
    await this.#dropParts(id, Math.ceil(byteCount / PART_BYTES));
  }

  async #dropParts(id: string, count: number): Promise<void> {
    for (let part = 0; part < count; part++) {
      const select = `SELECT part FROM ${this.#place}.image_part WHERE id = ? AND part = ?`;
      if ((await this.#run(select, [id, part], AGAIN)).rows.length === 0) return;
      await this.#run(`DELETE FROM ${this.#place}.image_part WHERE id = ? AND part = ?`, [id, part], AGAIN);
    }
  }
}

/** Beside images, whose ids are others. */
function blobId(id: string): string {
  return `blob-${id}`;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
