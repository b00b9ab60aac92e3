/**
 * The ways a directory may be stored, for tests that must hold for each: one codec throughout, or `mixed`, where every
 * opening may ask for another one and the key is changed on the way.
 */
import type { PageCodecOptions } from '../../src/journal/page-codecs.js';

/** What an opening asks for; options of openDatabase. */
export type CodecSettings = Readonly<{
  [Name in keyof PageCodecOptions]?: Exclude<PageCodecOptions[Name], undefined>;
}>;

/** Keys by id; no secrets. */
export const KEYS: Readonly<Record<string, Uint8Array>> = {
  first: new Uint8Array(32).fill(1),
  second: new Uint8Array(32).fill(2),
};

function encryptedBy(keyId: string, pageCodec: 'plain' | 'compressed'): CodecSettings {
  return { pageCodec, encryption: { keyId, key: (id) => KEYS[id] } };
}

const COMPRESSED: CodecSettings = { pageCodec: 'compressed' };
const JSON_LINES: CodecSettings = { pageCodec: 'json' };

/** For each way what openings ask for, from the first to the last; one of several lasts for its part of the history. */
const WAYS = {
  plain: [{}],
  compressed: [COMPRESSED],
  json: [JSON_LINES],
  encrypted: [encryptedBy('first', 'plain')],
  compressedEncrypted: [encryptedBy('first', 'compressed')],
  // A directory with encrypted files can be opened only by who gives their keys, and then goes on encrypted.
  mixed: [{}, COMPRESSED, JSON_LINES, encryptedBy('first', 'plain'), encryptedBy('second', 'compressed')],
} as const satisfies Readonly<Record<string, readonly CodecSettings[]>>;

export type CodecWay = keyof typeof WAYS;

export const CODEC_WAYS = Object.keys(WAYS) as readonly CodecWay[];

/** What an opening asks for at `progress`, from 0 at the beginning of the history to 1 at its end. */
export function codecAt(way: CodecWay, progress: number): CodecSettings {
  const settings: readonly CodecSettings[] = WAYS[way];
  const index = Math.min(settings.length - 1, Math.floor(progress * settings.length));
  return settings[index] as CodecSettings;
}

/** What opens a directory of this way whatever it holds by now: all its keys are known. */
export function lastCodec(way: CodecWay): CodecSettings {
  return codecAt(way, 1);
}
