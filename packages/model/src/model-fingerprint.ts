import { canonicalText } from './canonical-text.js';
import type { DocumentModel } from './document-model.js';
import { sha256Hex } from './sha-256.js';

/** Hexadecimal digits of a fingerprint: 128 bits. Never change: fingerprints are stored with the data. */
const FINGERPRINT_DIGITS = 32;

/**
 * The model's fingerprint: the first 128 bits of the SHA-256 of its canonical text. Equal models, equal fingerprints.
 * It covers all of the model: names, collection, storage, key, fields in order with type, default and rules, computed
 * fields and indexes with their conditions' text. O(length of the text).
 */
export function modelFingerprint(model: DocumentModel): string {
  let fingerprint = KNOWN.get(model);
  if (fingerprint === undefined) {
    fingerprint = fingerprintOf(canonicalText(model));
    KNOWN.set(model, fingerprint);
  }
  return fingerprint;
}

/** Models are never changed, so each is hashed once. */
const KNOWN = new WeakMap<DocumentModel, string>();

/** Fingerprint of any canonical text. */
export function fingerprintOf(text: string): string {
  return sha256Hex(text).slice(0, FINGERPRINT_DIGITS);
}
