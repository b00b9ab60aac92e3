/** Options that shared journals over every engine have. */
import type { NodeOptions } from './node/node-parts.js';

export interface JournalOptions {
  /** Writes are refused when the engine has given no answer for so long, in milliseconds. Default 10,000. */
  readonly unreachableMs?: number;
  /** Bytes of frames after which a node with a directory stores an image in the engine. Default 64 MiB. */
  readonly imageBytes?: number;
  /** How long frames are kept that an image covers, in milliseconds. Default one day. */
  readonly retentionMs?: number;
  /** How many bytes of such frames are kept at most. Default 1 GiB. */
  readonly retentionBytes?: number;
}

export type Check = (value: unknown) => string | undefined;

export const aCount =
  (least: number, most: number): Check =>
  (value) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most
      ? undefined
      : `an integer between ${least} and ${most}`;

/** Settings that a driver takes. */
export const isSettings = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const JOURNAL_CHECKS: Readonly<Record<keyof JournalOptions, Check>> = {
  unreachableMs: aCount(100, 3_600_000),
  imageBytes: aCount(1, 2 ** 40),
  retentionMs: aCount(0, Number.MAX_SAFE_INTEGER),
  retentionBytes: aCount(0, 2 ** 50),
};

/** Nodes that come to the same thought at the same time do not all begin at once. */
const JITTER_MS = 2_000;

/** A server under load may take longer than writes are to wait. */
const LEAST_ANSWER_MS = 5_000;

/** @param jitterMs longest wait before an image is begun; for tests. */
export function nodeOptions(options: JournalOptions, jitterMs = JITTER_MS): NodeOptions {
  const { unreachableMs = 10_000, imageBytes = 2 ** 26, retentionMs = 86_400_000, retentionBytes = 2 ** 30 } = options;
  return {
    unreachableMs,
    answerMs: Math.max(unreachableMs, LEAST_ANSWER_MS),
    images: { imageBytes, retentionMs, retentionBytes, jitterMs },
  };
}
