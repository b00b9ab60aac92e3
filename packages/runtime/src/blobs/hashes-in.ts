/** Texts that may be hashes of blobs, in values that no model describes. */
import { isBytesValue, isMapValue, isSetValue } from '../document/brands.js';
import { isBlobHash } from './blob-name.js';

/**
 * Every text that could be a hash, within encoded documents too: what is taken for a reference and is none costs space,
 * and nothing else.
 */
export function* hashesIn(value: unknown): Iterable<string> {
  if (isBlobHash(value)) yield value;
  if (isBytesValue(value)) {
    const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1');
    for (const match of text.matchAll(/(?=([0-9a-f]{64}))/g)) yield match[1]!;
  }
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return;
  if (isMapValue(value) || isSetValue(value) || Array.isArray(value)) {
    for (const part of value as Iterable<unknown>) yield* hashesIn(part);
    return;
  }
  for (const part of Object.values(value)) yield* hashesIn(part);
}
