/** Whether a document is still the one that a pushed effect was made on. */
import { DatabaseError } from '@nuthatch/model';
import type { Collection } from '@nuthatch/runtime/sync';
import { contentDigest } from '../protocol/content-digest.js';
import { CONTENT_DIGEST_BYTES, type WireEffect } from '../protocol/messages.js';
import type { PushContext } from './push-context.js';

/** @throws DatabaseError `REVISION_MISMATCH`, or `DUPLICATE_KEY` for an insert of a key that is there. */
export function requireBase(collection: Collection, { key, base, kind }: WireEffect, revision: number): void {
  if (base === revision) return;
  // Gone on both sides is what both wanted.
  if (kind === 'delete' && revision === 0) return;
  const { name } = collection;
  const facts = { collection: name, key: collection.publicKey(key), expectedRevision: base, actualRevision: revision };
  if (base === 0) throw new DatabaseError('DUPLICATE_KEY', `${name} already has a document with this key`, facts);
  const what = revision === 0 ? 'it was deleted meanwhile' : `it now has revision ${revision}`;
  throw new DatabaseError('REVISION_MISMATCH', `a document of ${name} was edited at revision ${base}; ${what}`, facts);
}

/**
 * A document that was deleted and inserted again may have the revision of the one that the edit was made on.
 *
 * @throws DatabaseError `REVISION_MISMATCH`.
 */
export function requireSame(
  { incoming, outgoing, grantOf }: PushContext,
  collection: Collection,
  { key, base, baseDigest, modelId, kind }: WireEffect,
  held: object,
): void {
  if (baseDigest.length !== CONTENT_DIGEST_BYTES || base === 0 || !COMPARED.has(kind) || !incoming.isOwn(modelId))
    return;
  const { name, definition } = collection;
  const shown = outgoing.shownBytes(definition, held, grantOf(name).hidden);
  if (Buffer.compare(contentDigest(shown), baseDigest) === 0) return;
  const facts = { collection: name, key: collection.publicKey(key), expectedRevision: base, actualRevision: base };
  const what = `a document of ${name} was edited at revision ${base}; now another one has that key and revision`;
  throw new DatabaseError('REVISION_MISMATCH', what, facts);
}

/** Effects that rest on what the document holds. */
const COMPARED: ReadonlySet<string> = new Set<WireEffect['kind']>(['put', 'delete']);
