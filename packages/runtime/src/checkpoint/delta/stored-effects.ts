/**
 * The effects that a delta is made of, as the bytes they are: those of the delta before, then those of pages, in order. Neither
 * the classes nor memory take part.
 */
import { ByteReader } from '../../codec/byte-reader.js';
import type { FileSystem } from '../../file-system/file-system.js';
import { RECORD } from '../../journal/journal-format.js';
import type { DeltaEntry, PageEntry } from '../../journal/manifest.js';
import type { StoredModel } from '../../journal/model-table.js';
import type { PageCodecs } from '../../journal/page-codecs.js';
import {
  type EffectVisitor,
  readEffect,
  readModel,
  readRecordHeader,
  readTransactionHeader,
} from '../../journal/transaction-reader.js';
import { readDelta } from '../../recovery/delta-replay.js';
import { PageFrames } from '../../recovery/page-frames.js';
import type { Pace } from '../pace.js';

/** Gets all effects. */
export interface StoredEffectVisitor extends EffectVisitor {
  model(model: StoredModel): void;
  /** The effect that was told of last stands here; good until the call is over. */
  passed(data: Uint8Array, start: number, end: number): void;
  /** Between two of them, now and then. */
  step?(): Promise<void>;
}

export interface StoredEffectsInput {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  readonly uuid: string;
  readonly codecs: PageCodecs;
  /** Its effects come first; undefined: there is none. */
  readonly delta: DeltaEntry | undefined;
  /** Live pages. */
  readonly pages: readonly PageEntry[];
  /** Transactions of the pages after this seq, */
  readonly afterSeq: number;
  /** up to this one, which is written. */
  readonly seq: number;
  readonly pace: Pace;
}

/** Effects between two looks at the clock. */
const STEP_EFFECTS = 64;

/** Visits them once. I/O: the delta and the pages. @throws DatabaseError `JOURNAL_DAMAGED`; GivenUp; Node's own errors. */
export async function visitStoredEffects(input: StoredEffectsInput, visitor: StoredEffectVisitor): Promise<void> {
  const { fileSystem, directory, uuid, codecs, delta, pages, afterSeq, seq, pace } = input;
  const onModel = (model: StoredModel): void => visitor.model(model);
  if (delta !== undefined)
    await readDelta(
      fileSystem,
      directory,
      uuid,
      delta,
      { codecs },
      {
        model: onModel,
        frame: async ({ bytes }, codec) => visitBody(codec!.decode(bytes), visitor, pace),
      },
    );
  const frames = new PageFrames(fileSystem, directory, uuid, codecs);
  for (const page of pages) {
    if (page.sealed !== undefined && page.sealed.lastSeq <= afterSeq) continue;
    for await (const { body, firstSeq } of frames.of(page, seq, onModel))
      await visitBody(body, visitor, pace, firstSeq, afterSeq, seq);
  }
}

/** @param firstSeq of the frame's first transaction; left out: all count. */
async function visitBody(
  body: Uint8Array,
  visitor: StoredEffectVisitor,
  pace: Pace,
  firstSeq = 0,
  afterSeq = -1,
  uptoSeq = Number.POSITIVE_INFINITY,
): Promise<void> {
  const reader = new ByteReader(body);
  let seq = firstSeq;
  while (reader.remaining > 0) {
    const { kind, end } = readRecordHeader(reader);
    reader.seek(reader.position, end);
    if (kind === RECORD.model) visitor.model(readModel(reader));
    if (kind === RECORD.transaction) {
      const isWanted = seq > afterSeq && seq <= uptoSeq;
      seq++;
      const effectCount = isWanted ? readTransactionHeader(reader).effectCount : 0;
      for (let index = 0; index < effectCount; index++) {
        const start = reader.position;
        readEffect(reader, end, visitor);
        visitor.passed(body, start, reader.position);
        if (index % STEP_EFFECTS !== 0) continue;
        await visitor.step?.();
        if (pace.isOver) await pace.pause();
      }
    }
    reader.seek(end, body.length);
  }
  if (pace.isOver) await pace.pause();
}
