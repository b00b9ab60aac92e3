/**
 * A journal in PostgreSQL: one row a journal with the position of its head, one row a frame.
 *
 * A frame lands by one statement that moves the head if it stands right before, and inserts the frame: of two at the same
 * time the second waits for the lock of the head's row, finds the head elsewhere, and loses. So a later frame is never
 * seen without those before it. Nodes are told of frames by NOTIFY, from outside of the write's transaction, and look
 * themselves now and then: a notification that is lost costs time only.
 */
import { createHash, randomUUID } from 'node:crypto';
import type { Client, ClientConfig } from 'pg';
import { unfinished, unknownFormat, unsafe } from '../../engine/engine-errors.js';
import { previousChainOf } from '../../engine/frame-links.js';
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
import { PostgresSession } from './postgres-session.js';
import * as sql from './postgres-tables.js';

export interface PostgresEngineOptions {
  readonly config: ClientConfig;
  readonly schema: string;
  readonly name: string;
  readonly isUnsafe: boolean;
  /** Longest time between two looks when no notification comes, in milliseconds. */
  readonly pollMs: number;
  readonly answerMs: number;
}

/** A frame has to fit into one row, and nodes hold several. */
const MAX_FRAME_BYTES = 1024 * 1024;
const PART_BYTES = 1024 * 1024;
/** What a notification says when it does not tell of a frame. */
const TURN_REQUEST = 'turn';

export class PostgresEngine implements JournalEngine {
  readonly description: string;
  readonly maxFrameBytes = MAX_FRAME_BYTES;
  readonly #options: PostgresEngineOptions;
  readonly #writer: PostgresSession;
  readonly #reader: PostgresSession;
  /** For blobs, from the first one on. */
  readonly #blobs: PostgresSession;
  #hasBlobTable: Promise<void> | undefined;
  readonly #channel: string;
  readonly #news: News;
  onTurnRequest: (() => void) | undefined;

  constructor(options: PostgresEngineOptions) {
    this.#options = options;
    this.#news = new News(options.pollMs);
    const { config, answerMs, name, schema } = options;
    this.description = `the journal '${name}' in PostgreSQL`;
    this.#channel = `nuthatch_${createHash('sha256').update(`${schema}\n${name}`).digest('hex').slice(0, 32)}`;
    this.#writer = new PostgresSession({ config, answerMs, begin: (client) => this.#begin(client) });
    this.#blobs = new PostgresSession({ config, answerMs, begin: (client) => this.#begin(client) });
    this.#reader = new PostgresSession({ config, answerMs, begin: (client) => this.#listen(client) });
  }

  async open(proposedUuid: string): Promise<JournalPlace> {
    const { uuid, head, isUnfinished } = await this.#make(proposedUuid, sql.FORMAT);
    if (isUnfinished) throw unfinished(this.description);
    return { uuid, head };
  }

  begin(proposedUuid: string): Promise<FoundJournal> {
    return this.#make(proposedUuid, sql.UNFINISHED_FORMAT);
  }

  async find(): Promise<FoundJournal | undefined> {
    const { rows } = await this.#writer.query<{ there: string | null }>(
      'nuthatch_there',
      'SELECT to_regclass($1)::text AS there',
      [`${sql.quoted(this.#options.schema)}.journal`],
    );
    return rows[0]?.there == null ? undefined : this.#row();
  }

  async finish(): Promise<void> {
    const { name, schema } = this.#options;
    await this.#writer.query('nuthatch_finish', sql.finishSql(schema), [name]);
  }

  async #make(proposedUuid: string, format: number): Promise<FoundJournal> {
    const { name, schema } = this.#options;
    await this.#requireSafe(await this.#writer.client());
    await sql.makeJournal(await this.#writer.client(), schema, name, proposedUuid, format);
    const found = await this.#row();
    if (found === undefined) throw new Error('its row is gone');
    return found;
  }

  async #row(): Promise<FoundJournal | undefined> {
    const { name, schema } = this.#options;
    const { rows } = await this.#writer.query<{ uuid: string; head: string; format: number }>(
      'nuthatch_open',
      sql.openSql(schema),
      [name],
    );
    const [row] = rows;
    if (row === undefined) return undefined;
    const isUnfinished = row.format === sql.UNFINISHED_FORMAT;
    if (row.format !== sql.FORMAT && !isUnfinished) throw unknownFormat(this.description, row.format);
    return { uuid: row.uuid, head: Number(row.head), isUnfinished };
  }

  async append(position: number, bytes: Uint8Array): Promise<'won' | 'lost'> {
    const { name, schema } = this.#options;
    const previous = previousChainOf(bytes);
    const { rowCount } = await this.#writer.query('nuthatch_append', sql.appendSql(schema), [
      name,
      position,
      asBuffer(bytes),
      previous === undefined ? null : asBuffer(previous),
    ]);
    if (rowCount !== 1) return 'lost';
    void this.#notify('');
    return 'won';
  }

  async read(after: number, limitBytes: number): Promise<readonly StoredFrame[]> {
    const { name, schema } = this.#options;
    this.#news.look();
    const { rows } = await this.#reader.query<{ position: string; bytes: Buffer }>(
      'nuthatch_read',
      sql.readSql(schema),
      [name, after, limitBytes],
    );
    return rows.map(({ position, bytes }) => ({ position: Number(position), bytes: new Uint8Array(bytes) }));
  }

  async head(): Promise<number> {
    const { name, schema } = this.#options;
    const { rows } = await this.#reader.query<{ head: string }>('nuthatch_head', sql.headSql(schema), [name]);
    if (rows[0] === undefined) throw new Error('its row is gone');
    return Number(rows[0].head);
  }

  wait(_after: number, signal: AbortSignal): Promise<void> {
    return this.#news.wait(signal);
  }

  async usage(): Promise<JournalUsage> {
    const { name, schema } = this.#options;
    const since = (await this.newestImage())?.position ?? 0;
    const head = await this.head();
    const { rows } = await this.#reader.query<{ oldest: string | null; count: string; bytes: string; since: string }>(
      'nuthatch_usage',
      sql.usageSql(schema),
      [name, since],
    );
    const { oldest, count, bytes, since: sinceBytes } = rows[0]!;
    return {
      oldest: oldest === null ? head + 1 : Number(oldest),
      frameCount: Number(count),
      frameBytes: Number(bytes),
      bytesSinceImage: Number(sinceBytes),
    };
  }

  async newestImage(): Promise<ImageEntry | undefined> {
    const { name, schema } = this.#options;
    const { rows } = await this.#reader.query<{ entry: string }>('nuthatch_image', sql.newestImageSql(schema), [name]);
    return rows[0] === undefined ? undefined : (JSON.parse(rows[0].entry) as ImageEntry);
  }

  async *imageParts({ position, byteCount }: ImageEntry): AsyncGenerator<Uint8Array, void> {
    const { name, schema } = this.#options;
    const { rows } = await this.#reader.query<{ id: string }>('nuthatch_image_of', sql.imageOfSql(schema), [
      name,
      position,
    ]);
    const id = rows[0]?.id;
    for (let part = 0, done = 0; done < byteCount; part++) {
      const found = await this.#reader.query<{ bytes: Buffer }>('nuthatch_part', sql.imagePartSql(schema), [id, part]);
      const bytes = found.rows[0]?.bytes;
      if (bytes === undefined) throw new Error('the image is gone');
      done += bytes.length;
      yield new Uint8Array(bytes);
    }
  }

  async storeImage(place: ImagePlace, chunks: AsyncIterable<Uint8Array>): Promise<ImageEntry | undefined> {
    const { name, schema, config, answerMs } = this.#options;
    // A session of its own: its end gives the lock back, whatever happens here.
    const session = new PostgresSession({ config, answerMs, begin: (client) => this.#begin(client) });
    try {
      const { rows } = await session.query<{ taken: boolean }>(
        'nuthatch_lock',
        'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS taken',
        [`${this.#channel} image`],
      );
      if (rows[0]?.taken !== true || ((await this.newestImage())?.position ?? -1) >= place.position) return undefined;
      const id = randomUUID();
      const digest = new ImageDigest();
      let count = 0;
      for await (const part of partsOf(chunks, digest, PART_BYTES))
        await session.query('nuthatch_store_part', sql.storePartSql(schema), [id, count++, asBuffer(part)]);
      const entry = { ...place, byteCount: digest.byteCount, sha256: digest.sha256() };
      const values = [name, place.position, id, JSON.stringify(entry)];
      await session.query('nuthatch_store_image', sql.storeImageSql(schema), values);
      await session.query('nuthatch_drop_images', sql.dropImagesSql(schema), [name]);
      await session.query('nuthatch_drop_parts', sql.dropPartsSql(schema), []);
      return entry;
    } finally {
      await session.close();
    }
  }

  async storeBlobPart(id: string, part: number, bytes: Uint8Array): Promise<void> {
    const { name, schema } = this.#options;
    const session = await this.#blobSession();
    await session.query('nuthatch_store_blob', sql.storeBlobPartSql(schema), [name, id, part, asBuffer(bytes)]);
  }

  async blobPart(id: string, part: number): Promise<Uint8Array | undefined> {
    const { name, schema } = this.#options;
    const session = await this.#blobSession();
    const { rows } = await session.query<{ bytes: Buffer }>('nuthatch_blob', sql.blobPartSql(schema), [name, id, part]);
    return rows[0] && new Uint8Array(rows[0].bytes);
  }

  async dropBlob(id: string): Promise<void> {
    const { name, schema } = this.#options;
    const session = await this.#blobSession();
    await session.query('nuthatch_drop_blob', sql.dropBlobSql(schema), [name, id]);
  }

  async truncate({ upTo, retentionMs, retentionBytes }: Truncation): Promise<void> {
    const { name, schema } = this.#options;
    const values = [name, upTo, retentionMs, retentionBytes];
    await this.#reader.query('nuthatch_truncate', sql.truncateSql(schema), values);
  }

  async close(): Promise<void> {
    this.#news.tell();
    await Promise.all([this.#writer.close(), this.#reader.close(), this.#blobs.close()]);
  }

  /** Of its own: frames do not wait for the bytes of files. */
  async #blobSession(): Promise<PostgresSession> {
    this.#hasBlobTable ??= this.#blobs
      .client()
      .then((client) => sql.makeBlobTable(client, this.#options.schema))
      .catch((error: unknown) => {
        this.#hasBlobTable = undefined;
        throw error;
      });
    await this.#hasBlobTable;
    return this.#blobs;
  }

  requestTurn(): void {
    void this.#notify(TURN_REQUEST);
  }

  /** Others hear of a frame, or of a node that waits. A failure costs them `pollMs`. */
  async #notify(text: string): Promise<void> {
    try {
      await this.#reader.query('nuthatch_notify', 'SELECT pg_notify($1, $2)', [this.#channel, text]);
    } catch {
      // They look by themselves.
    }
  }

  /** What the session was given by role or server must not make an acknowledged commit one that is lost. */
  async #begin(client: Client): Promise<void> {
    if (this.#options.isUnsafe) return;
    const { rows } = await client.query<{ level: string }>("SELECT current_setting('synchronous_commit') AS level");
    if (rows[0]?.level !== 'remote_apply') await client.query('SET synchronous_commit = on');
  }

  async #listen(client: Client): Promise<void> {
    // As the driver has it, and its types do not.
    const { processID } = client as unknown as { readonly processID: number };
    client.on('notification', ({ payload, processId }) => {
      if (payload !== TURN_REQUEST) this.#news.tell();
      else if (processId !== processID) this.onTurnRequest?.();
    });
    // A notification is a transaction of its own, which need not wait for a disk or a standby.
    await client.query('SET synchronous_commit = off');
    await client.query(`LISTEN ${this.#channel}`);
  }

  /** @throws DatabaseError `JOURNAL_UNSAFE`. */
  async #requireSafe(client: Client): Promise<void> {
    if (this.#options.isUnsafe) return;
    for (const setting of ['fsync', 'full_page_writes']) {
      const { rows } = await client.query<{ value: string }>('SELECT current_setting($1) AS value', [setting]);
      const value = rows[0]?.value;
      if (value === 'on') continue;
      throw unsafe(this.description, setting, value, `the server has ${setting} = ${value}`);
    }
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
