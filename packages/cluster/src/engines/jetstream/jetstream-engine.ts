/**
 * A journal in NATS JetStream: one stream whose sequence numbers are the positions of the frames, and one for images.
 *
 * A frame is published with the sequence that it expects to follow; the leader of the stream refuses it otherwise. What
 * is read is asked of the leader, never of a follower that may be behind. Nodes hear of frames by messages that the
 * stream sends on when it has stored one.
 */
import { createHash, randomUUID } from 'node:crypto';
import type { StreamInfo } from '@nats-io/jetstream';
import { sleep } from '@nuthatch/runtime/cluster';
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
import { requireSafe, type SafetyOptions } from './jetstream-safety.js';
import { JetStreamSession, type JetStreamSessionOptions } from './jetstream-session.js';

export interface JetStreamEngineOptions extends SafetyOptions {
  readonly session: JetStreamSessionOptions;
  readonly name: string;
  readonly replicas: number;
  /** Longest time between two looks when no message comes, in milliseconds. */
  readonly pollMs: number;
}

/** Below the 1 MiB that servers take by default, with room for headers. */
const MAX_FRAME_BYTES = 1024 * 1024 - 4096;
const PART_BYTES = 512 * 1024;
/** Frames that are asked for at the same time. */
const READ_AHEAD = 64;
const WRONG_LAST_SEQUENCE = 10_071;
const WRONG_LAST_SUBJECT_SEQUENCE = 10_164;
const NO_MESSAGE = 10_037;
const NAME_IN_USE = 10_058;
const NO_STREAM = 10_059;
const FORMAT = '1';
/** Of a journal that is being made: every version refuses to open it. */
const UNFINISHED_FORMAT = '0';
const MAKE_TRIES = 2;
const INFO_TRIES = 10;
const INFO_PAUSE_MS = 200;

export class JetStreamEngine implements JournalEngine {
  readonly description: string;
  readonly maxFrameBytes = MAX_FRAME_BYTES;
  readonly #options: JetStreamEngineOptions;
  readonly #session: JetStreamSession;
  /** Of streams and subjects: any name as letters. */
  readonly #stream: string;
  readonly #images: string;
  readonly #news: News;
  /** Its own messages come back to it. */
  readonly #id = randomUUID();
  onTurnRequest: (() => void) | undefined;

  constructor(options: JetStreamEngineOptions) {
    this.#options = options;
    this.#news = new News(options.pollMs);
    this.description = `the journal '${options.name}' in JetStream`;
    const id = createHash('sha256').update(options.name).digest('hex').slice(0, 24);
    this.#stream = `nuthatch_${id}`;
    this.#images = `nuthatch_${id}_images`;
    const hear = new Map([
      [`${this.#stream}.stored`, () => this.#news.tell()],
      [`${this.#stream}.turn`, (from: string) => this.#hearRequest(from)],
    ]);
    this.#session = new JetStreamSession(options.session, hear);
  }

  /** As NATS calls it. */
  get streamName(): string {
    return this.#stream;
  }

  async open(proposedUuid: string): Promise<JournalPlace> {
    const { uuid, head, isUnfinished } = await this.#makeAll(proposedUuid, FORMAT);
    if (isUnfinished) throw unfinished(this.description);
    return { uuid, head };
  }

  begin(proposedUuid: string): Promise<FoundJournal> {
    return this.#makeAll(proposedUuid, UNFINISHED_FORMAT);
  }

  async find(): Promise<FoundJournal | undefined> {
    const { manager } = await this.#session.get();
    const info = await absentAs(manager.streams.info(this.#stream), NO_STREAM);
    return info && this.#foundIn(info);
  }

  async finish(): Promise<void> {
    const { manager } = await this.#session.get();
    const { config } = await this.#info();
    const metadata = { ...config.metadata, nuthatch_format: FORMAT };
    await manager.streams.update(this.#stream, { ...config, metadata });
  }

  async #makeAll(proposedUuid: string, proposedFormat: string): Promise<FoundJournal> {
    const { name } = this.#options;
    const metadata = { nuthatch_uuid: proposedUuid, nuthatch_format: proposedFormat, nuthatch_name: name };
    await this.#make(this.#stream, [`${this.#stream}.frame`], {
      metadata,
      republish: { src: `${this.#stream}.frame`, dest: `${this.#stream}.stored`, headers_only: true },
    });
    await this.#make(this.#images, [`${this.#images}.>`], { metadata });
    const info = await this.#info();
    const found = this.#foundIn(info);
    await requireSafe(this.#options, this.description, info.config);
    return found;
  }

  #foundIn({ config, state }: StreamInfo): FoundJournal {
    const { nuthatch_uuid: uuid, nuthatch_format: format } = config.metadata ?? {};
    const isUnfinished = format === UNFINISHED_FORMAT;
    if (uuid === undefined || (format !== FORMAT && !isUnfinished)) throw unknownFormat(this.description, format);
    return { uuid, head: state.last_seq, isUnfinished };
  }

  async append(position: number, bytes: Uint8Array): Promise<'won' | 'lost'> {
    const { stream } = await this.#session.get();
    try {
      const { seq } = await stream.publish(`${this.#stream}.frame`, bytes, {
        timeout: this.#options.session.answerMs,
        expect: { lastSequence: position - 1, streamName: this.#stream },
      });
      if (seq !== position) throw new Error(`the frame landed at ${seq}, expected ${position}`);
      return 'won';
    } catch (error) {
      if (codeOf(error) === WRONG_LAST_SEQUENCE) return 'lost';
      throw error;
    }
  }

  async read(after: number, limitBytes: number): Promise<readonly StoredFrame[]> {
    this.#news.look();
    const first = (await this.#frame(after + 1)) ?? (await this.#oldestAfter(after));
    if (first === undefined) return [];
    const found = [first];
    let byteCount = first.bytes.length;
    for (let next = first.position + 1; byteCount < limitBytes; next += READ_AHEAD) {
      const positions = Array.from({ length: READ_AHEAD }, (_, index) => next + index);
      const frames = await Promise.all(positions.map((position) => this.#frame(position)));
      for (const frame of frames) {
        if (frame === undefined || byteCount + frame.bytes.length > limitBytes) return found;
        byteCount += frame.bytes.length;
        found.push(frame);
      }
    }
    return found;
  }

  async head(): Promise<number> {
    return (await this.#state()).last_seq;
  }

  wait(_after: number, signal: AbortSignal): Promise<void> {
    return this.#news.wait(signal);
  }

  requestTurn(): void {
    const publish = async (): Promise<void> =>
      (await this.#session.get()).connection.publish(`${this.#stream}.turn`, this.#id);
    // One that is lost costs others nothing but time.
    publish().catch(() => undefined);
  }

  #hearRequest(from: string): void {
    if (from !== this.#id) this.onTurnRequest?.();
  }

  async usage(): Promise<JournalUsage> {
    const { messages, bytes, first_seq, last_seq } = await this.#state();
    const since = (await this.newestImage())?.position ?? 0;
    const isEmpty = messages === 0;
    // The stream counts bytes as a whole; frames are about as long on both sides of an image.
    const share = isEmpty ? 0 : Math.max(0, last_seq - Math.max(since, first_seq - 1)) / messages;
    return {
      oldest: isEmpty ? last_seq + 1 : first_seq,
      frameCount: messages,
      frameBytes: bytes,
      bytesSinceImage: Math.round(bytes * share),
    };
  }

  async newestImage(): Promise<ImageEntry | undefined> {
    return (await this.#newest())?.entry;
  }

  async *imageParts({ position, byteCount }: ImageEntry): AsyncGenerator<Uint8Array, void> {
    const found = await this.#entryAt(position);
    if (found === undefined) throw new Error('the image is gone');
    const { manager } = await this.#session.get();
    for (let part = 0, done = 0; done < byteCount; part++) {
      const subject = `${this.#images}.part.${found.id}.${part}`;
      const message = await absentAs(manager.streams.getMessage(this.#images, { last_by_subj: subject }));
      if (message == null) throw new Error('the image is gone');
      done += message.data.length;
      yield message.data;
    }
  }

  async storeImage(place: ImagePlace, chunks: AsyncIterable<Uint8Array>): Promise<ImageEntry | undefined> {
    const newest = await this.#newest();
    if (newest !== undefined && newest.entry.position >= place.position) return undefined;
    const id = randomUUID();
    const digest = new ImageDigest();
    const { stream, manager } = await this.#session.get();
    const drop = (imageId: string): Promise<unknown> =>
      manager.streams.purge(this.#images, { filter: `${this.#images}.part.${imageId}.>` });
    try {
      let count = 0;
      for await (const part of partsOf(chunks, digest, PART_BYTES))
        await stream.publish(`${this.#images}.part.${id}.${count++}`, part);
      const entry = { ...place, byteCount: digest.byteCount, sha256: digest.sha256() };
      // Of two that were stored at the same time, one is named.
      await stream.publish(`${this.#images}.entry`, JSON.stringify({ id, entry, before: newest?.named ?? [] }), {
        expect: { lastSubjectSequence: newest?.seq ?? 0 },
      });
      for (const old of newest?.named.slice(0, -1) ?? []) await drop(old.id);
      return entry;
    } catch (error) {
      await drop(id).catch(() => undefined);
      const code = codeOf(error);
      if (code === WRONG_LAST_SEQUENCE || code === WRONG_LAST_SUBJECT_SEQUENCE) return undefined;
      throw error;
    }
  }

  async storeBlobPart(id: string, part: number, bytes: Uint8Array): Promise<void> {
    const { stream } = await this.#session.get();
    await stream.publish(this.#blobSubject(id, part), bytes, { timeout: this.#options.session.answerMs });
  }

  async blobPart(id: string, part: number): Promise<Uint8Array | undefined> {
    const { manager } = await this.#session.get();
    const found = manager.streams.getMessage(this.#images, { last_by_subj: this.#blobSubject(id, part) });
    const message = await absentAs(found);
    return message == null ? undefined : message.data;
  }

  async dropBlob(id: string): Promise<void> {
    const { manager } = await this.#session.get();
    await manager.streams.purge(this.#images, { filter: `${this.#images}.blob.${id}.>` });
  }

  async truncate({ upTo, retentionMs, retentionBytes }: Truncation): Promise<void> {
    const covered = Math.min(upTo, (await this.newestImage())?.position ?? 0);
    const { manager } = await this.#session.get();
    const { first_seq, messages, bytes } = await this.#state();
    if (messages === 0 || covered < first_seq) return;
    // The first that is to stay, by its time and by how many bytes the stream holds.
    const averageBytes = bytes / messages;
    const byBytes = first_seq + Math.ceil(Math.max(0, bytes - retentionBytes) / averageBytes);
    const byTime = await this.#firstSince(Date.now() - retentionMs, first_seq, covered + 1);
    const first = Math.min(covered + 1, Math.max(byBytes, byTime));
    if (first > first_seq) await manager.streams.purge(this.#stream, { seq: first });
  }

  async close(): Promise<void> {
    this.#news.tell();
    await this.#session.close();
  }

  /** In the stream of images: it goes with them when the journal is removed, and has as many copies. */
  #blobSubject(id: string, part: number): string {
    return `${this.#images}.blob.${id}.${part}`;
  }

  /**
   * Servers give no answer now and then while several nodes make the same stream. Asking again does no harm: a stream
   * that this call has made is made once more, one of another node is in use.
   */
  async #make(name: string, subjects: string[], more: object): Promise<void> {
    const { manager } = await this.#session.get();
    const { replicas } = this.#options;
    for (let triesLeft = MAKE_TRIES; ; triesLeft--)
      try {
        await manager.streams.add({
          name,
          subjects,
          num_replicas: replicas,
          storage: 'file',
          retention: 'limits',
          discard: 'new',
          deny_delete: true,
          allow_direct: false,
          ...more,
        });
        return;
      } catch (error) {
        const code = codeOf(error);
        if (code === NAME_IN_USE) return;
        if (code !== undefined || triesLeft === 0) throw error;
        await sleep(INFO_PAUSE_MS);
      }
  }

  /** A stream that another node is making gives no answer for a moment. */
  async #info(): Promise<StreamInfo> {
    const { manager } = await this.#session.get();
    for (let triesLeft = INFO_TRIES; ; triesLeft--) {
      try {
        return await manager.streams.info(this.#stream);
      } catch (error) {
        const code = codeOf(error);
        if (triesLeft === 0 || (code !== undefined && code !== NO_STREAM)) throw error;
        await sleep(INFO_PAUSE_MS);
      }
    }
  }

  async #state(): Promise<{ messages: number; bytes: number; first_seq: number; last_seq: number }> {
    const { manager } = await this.#session.get();
    return (await manager.streams.info(this.#stream)).state;
  }

  async #frame(position: number): Promise<StoredFrame | undefined> {
    const { manager } = await this.#session.get();
    const message = await absentAs(manager.streams.getMessage(this.#stream, { seq: position }));
    return message == null ? undefined : { position, bytes: message.data };
  }

  /** After a truncation: the oldest frame that is kept, when it is above. */
  async #oldestAfter(after: number): Promise<StoredFrame | undefined> {
    const { first_seq, messages } = await this.#state();
    return messages > 0 && first_seq > after + 1 ? this.#frame(first_seq) : undefined;
  }

  /** The first position from which on all frames are at least so new; by halves. */
  async #firstSince(sinceMs: number, from: number, to: number): Promise<number> {
    const { manager } = await this.#session.get();
    let [low, high] = [from, to];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const message = await absentAs(manager.streams.getMessage(this.#stream, { seq: middle }));
      if (message == null || message.time.getTime() < sinceMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  async #newest(): Promise<NamedImage | undefined> {
    const { manager } = await this.#session.get();
    const message = await absentAs(manager.streams.getMessage(this.#images, { last_by_subj: `${this.#images}.entry` }));
    if (message == null) return undefined;
    const { id, entry, before } = JSON.parse(Buffer.from(message.data).toString()) as ImageMessage;
    return { seq: message.seq, id, entry, named: [...before.slice(-1), { id, position: entry.position }] };
  }

  async #entryAt(position: number): Promise<{ readonly id: string } | undefined> {
    return (await this.#newest())?.named.find((named) => named.position === position);
  }
}

interface NamedId {
  readonly id: string;
  readonly position: number;
}

/** The message that names an image, and the one before it, which is kept as well. */
interface ImageMessage {
  readonly id: string;
  readonly entry: ImageEntry;
  readonly before: readonly NamedId[];
}

interface NamedImage {
  /** Of the message. */
  readonly seq: number;
  readonly id: string;
  readonly entry: ImageEntry;
  /** Those whose parts are there, oldest first. */
  readonly named: readonly NamedId[];
}

function codeOf(error: unknown): unknown {
  return (error as { readonly code?: unknown } | undefined)?.code;
}

/** A message, or whatever the code stands for, that is not there is no error. */
async function absentAs<T>(asked: Promise<T>, absentCode: number = NO_MESSAGE): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (codeOf(error) === absentCode) return undefined;
    throw error;
  }
}
