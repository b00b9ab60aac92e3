/**
 * Reads what stands in the journal behind a place, and checks that it is the history that was applied so far: position,
 * seq, chain and checksum of each frame, as opening a directory does.
 */
import { DatabaseError } from '@nuthatch/model';
import {
  type FrameHeader,
  FrameTransactions,
  frameBytesOf,
  isSameChain,
  NOT_BEGUN,
  PLAIN_CODEC,
  readFrameHeader,
  SLICE_MS,
  SliceClock,
  type StoredDocuments,
  type StoredModel,
  type StoredTransaction,
} from '@nuthatch/runtime/cluster';
import type { JournalEngine, StoredFrame } from '../engine/journal-engine.js';
import type { FramePlace } from './frame-place.js';

/** So much is read and applied at a time. */
const READ_BYTES = 4 * 1024 * 1024;

/** A frame of some node, checked. */
export interface ArrivedFrame {
  readonly place: FramePlace;
  readonly transactions: readonly StoredTransaction[];
  readonly models: readonly StoredModel[];
  readonly byteCount: number;
  /** By the clock of the node that wrote it. */
  readonly timeMs: number;
  /** Of the opening of the node that wrote it. */
  readonly epoch: number;
  /** How long that node asks others to wait, in milliseconds; undefined: it has nothing more to write. */
  readonly claimMs: number | undefined;
}

export class ArrivingFrames {
  readonly #engine: JournalEngine;
  readonly #crcSeed: number;
  readonly #transactions: FrameTransactions;
  #models: StoredModel[] = [];
  #claimMs: number | undefined;
  readonly #clock = new SliceClock(SLICE_MS.writing, 1, NOT_BEGUN);

  constructor(engine: JournalEngine, documents: StoredDocuments, crcSeed: number) {
    this.#engine = engine;
    this.#crcSeed = crcSeed;
    const pause = async (): Promise<void> => {
      if (this.#clock.isOver()) await this.#clock.rest();
    };
    this.#transactions = new FrameTransactions(
      documents,
      'keep',
      pause,
      (model) => this.#models.push(model),
      (claimMs) => {
        this.#claimMs = claimMs;
      },
    );
  }

  /**
   * The next frames behind a place; none at the head.
   *
   * @throws DatabaseError `JOURNAL_DIVERGED` when they do not follow, `JOURNAL_DAMAGED`, `FORMAT_UNSUPPORTED`,
   *   `MIGRATION_REQUIRED`, `READER_TOO_OLD`; what the engine throws.
   */
  async after(place: FramePlace): Promise<readonly ArrivedFrame[]> {
    const found = await this.#engine.read(place.position, READ_BYTES);
    const arrived: ArrivedFrame[] = [];
    let behind = place;
    for (const frame of found) {
      const next = await this.#check(frame, behind);
      arrived.push(next);
      behind = next.place;
    }
    return arrived;
  }

  /** The place of the frame at a position; undefined when there is none. @throws DatabaseError `JOURNAL_DAMAGED`; what the engine throws. */
  async placeAt(position: number): Promise<FramePlace | undefined> {
    const [frame] = await this.#engine.read(position - 1, 1);
    if (frame === undefined || frame.position !== position) return undefined;
    const { chain, firstSeq, transactionCount } = this.#header(frame);
    return { position, seq: firstSeq + transactionCount - 1, chain };
  }

  /** The place right before the oldest frame that is kept; undefined when none is. @throws As `placeAt`. */
  async oldestPlace(): Promise<FramePlace | undefined> {
    const [frame] = await this.#engine.read(0, 1);
    if (frame === undefined) return undefined;
    const { firstSeq, previousChain } = this.#header(frame);
    return { position: frame.position - 1, seq: firstSeq - 1, chain: previousChain.slice() };
  }

  async #check(frame: StoredFrame, behind: FramePlace): Promise<ArrivedFrame> {
    const position = behind.position + 1;
    if (frame.position > position) throw gone(this.#engine, position, frame.position);
    if (frame.position !== position) throw this.#diverged(position, `found frame ${frame.position} in its place`);
    const header = this.#header(frame);
    const { frameId, firstSeq, previousChain, transactionCount, timeMs, chain, epoch } = header;
    if (frameId !== position) throw this.#diverged(position, `the frame there says that it is frame ${frameId}`);
    if (firstSeq !== behind.seq + 1)
      throw this.#diverged(position, `it begins with seq ${firstSeq}, expected ${behind.seq + 1}`);
    if (!isSameChain(previousChain, behind.chain)) throw this.#diverged(position, 'it follows another history');
    this.#models = [];
    this.#claimMs = undefined;
    const transactions: StoredTransaction[] = [];
    try {
      for await (const transaction of this.#transactions.of(PLAIN_CODEC.decode(frame.bytes), firstSeq))
        transactions.push(transaction);
    } catch (error) {
      // Whatever bytes do to a decoder, asking the engine for them again changes nothing.
      throw DatabaseError.is(error) ? error : this.#damaged(position, String(error));
    }
    if (transactions.length !== transactionCount)
      throw this.#damaged(position, `${transactions.length} transactions, expected ${transactionCount}`);
    const place = { position, seq: firstSeq + transactionCount - 1, chain };
    const byteCount = frame.bytes.length;
    return { place, transactions, models: this.#models, byteCount, timeMs, epoch, claimMs: this.#claimMs };
  }

  #header({ position, bytes }: StoredFrame): FrameHeader {
    const byteCount = bytes.length < 96 ? 'too short' : frameBytesOf(bytes, bytes.length);
    if (typeof byteCount === 'string') throw this.#damaged(position, byteCount);
    if (byteCount !== bytes.length) throw this.#damaged(position, `${bytes.length} bytes, expected ${byteCount}`);
    const header = readFrameHeader(bytes, this.#crcSeed);
    if (typeof header === 'string') throw this.#damaged(position, header);
    return header;
  }

  #diverged(position: number, reason: string): DatabaseError {
    return diverged(this.#engine, position, reason);
  }

  #damaged(position: number, reason: string): DatabaseError {
    const { description } = this.#engine;
    const what = `frame ${position} of ${description} is damaged: ${reason}`;
    return new DatabaseError('JOURNAL_DAMAGED', what, { journal: description, position, reason });
  }
}

export function gone({ description }: JournalEngine, position: number, oldest: number): DatabaseError {
  const what = `frame ${position} of ${description} is not kept any more, the oldest one is ${oldest}: open the node again, and it begins with an image`;
  return new DatabaseError('CHANGES_GONE', what, { journal: description, position, oldest });
}

export function diverged({ description }: JournalEngine, position: number, reason: string): DatabaseError {
  const what = `${description} is not what this node has applied, at frame ${position}: ${reason}`;
  return new DatabaseError('JOURNAL_DIVERGED', what, { journal: description, position, reason });
}
