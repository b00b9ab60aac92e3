/**
 * Writes a delta: a header as a snapshot's, then frames of transactions with effects as the bytes they are. Format:
 * docs/journal-format.md, "Delta". A crash leaves a file that no manifest names, which the next opening removes.
 */
import { ByteWriter } from '../../codec/byte-writer.js';
import {
  DELTA_FORMAT_VERSION,
  DELTA_MAGIC,
  deltaName,
  EFFECT,
  RECORD,
  SNAPSHOT_FRAME,
} from '../../journal/journal-format.js';
import type { DeltaEntry, Manifest } from '../../journal/manifest.js';
import { FRAME_BYTES, type ImageFile, writingImageFile } from '../image-file.js';
import type { LastEffects } from './last-effects.js';
import { type StoredEffectsInput, type StoredEffectVisitor, visitStoredEffects } from './stored-effects.js';

const EFFECTS_PER_TRANSACTION = 256;
const TRANSACTION_BYTES = 1024 * 1024;

export interface DeltaInput extends StoredEffectsInput {
  readonly identity: Pick<Manifest, 'uuid' | 'incarnation' | 'epoch'>;
  readonly number: number;
  /** Where the changes of the delta begin: the seq of the snapshot. */
  readonly sinceSeq: number;
  readonly timeMs: number;
  /** Wall clock of the oldest change. */
  readonly fromMs: number;
  /** All effects were looked at. */
  readonly last: LastEffects;
}

/** Writes the file, synced, and returns its entry for the manifest. I/O: what is read, and the file. Errors are Node's, and those of the reading. */
export async function writeDelta(input: DeltaInput): Promise<DeltaEntry> {
  const { fileSystem, directory, codecs, identity, number, seq, sinceSeq: afterSeq, timeMs, pace, last } = input;
  const place = {
    ...{ identity, number, seq, afterSeq, timeMs, pace },
    magic: DELTA_MAGIC,
    formatVersion: DELTA_FORMAT_VERSION,
  };
  return writingImageFile({ fileSystem, directory, fileName: deltaName(number), codecs, place }, async (file) => {
    await file.writeHeader(last.models);
    const effects = new DeltaEffects(file, timeMs, last.chosen());
    for (const [modelId, value] of last.sequences) effects.addSequence(modelId, value);
    await visitStoredEffects(input, effects);
    await effects.end();
    const { number: _, seq: __, ...end } = await file.end();
    return { number, afterSeq, seq, fromMs: input.fromMs, ...end };
  });
}

/** Gathers the chosen ones of all effects into transactions, and these into frames. */
class DeltaEffects implements StoredEffectVisitor {
  readonly #file: ImageFile;
  readonly #timeMs: number;
  readonly #chosen: Uint8Array;
  readonly #effects = new ByteWriter();
  #effectCount = 0;
  #transactionCount = 0;
  /** Number of the next effect. */
  #number = 0;

  constructor(file: ImageFile, timeMs: number, chosen: Uint8Array) {
    this.#file = file;
    this.#timeMs = timeMs;
    this.#chosen = chosen;
  }

  model(): void {}

  put(): void {}

  delete(): void {}

  sequence(): void {}

  passed(data: Uint8Array, start: number, end: number): void {
    if (this.#chosen[this.#number++] !== 1) return;
    this.#effects.rawPart(data, start, end);
    this.#endEffect();
  }

  addSequence(modelId: number, value: number): void {
    this.#effects.byte(EFFECT.sequence);
    this.#effects.varint(modelId);
    this.#effects.number(value);
    this.#endEffect();
  }

  #endEffect(): void {
    this.#effectCount++;
    if (this.#effectCount >= EFFECTS_PER_TRANSACTION || this.#effects.position >= TRANSACTION_BYTES)
      this.#endTransaction();
  }

  #endTransaction(): void {
    if (this.#effectCount === 0) return;
    const { writer } = this.#file;
    writer.byte(RECORD.transaction);
    const lengthAt = writer.skip(4);
    writer.byte(0);
    writer.number(this.#timeMs);
    writer.varint(this.#effectCount);
    writer.raw(this.#effects.finish());
    writer.uint32At(lengthAt, writer.position - lengthAt - 4);
    this.#effects.reset();
    this.#effectCount = 0;
    this.#transactionCount++;
  }

  /** Writes a frame when it is long enough. */
  async step(): Promise<void> {
    if (this.#file.bodyBytes >= FRAME_BYTES) await this.#endFrame();
  }

  /** Writes what is left. */
  async end(): Promise<void> {
    this.#endTransaction();
    if (this.#transactionCount > 0) await this.#endFrame();
  }

  async #endFrame(): Promise<void> {
    const count = this.#transactionCount;
    this.#transactionCount = 0;
    await this.#file.endFrame(count, SNAPSHOT_FRAME.documents);
  }
}
