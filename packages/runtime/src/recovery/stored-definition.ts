/**
 * A definition made of nothing but a stored model: for tools that read a directory without the user's code.
 *
 * It reads and writes the stored bytes and keeps the fingerprint, so that what it writes is taken by the user's code as
 * its own. It neither validates nor builds.
 */
import { DatabaseError, type DocumentModel } from '@nuthatch/model';
import { createModelCodec } from '../codec/model-codec.js';
import type { CollectionDefinition } from '../definition/collection-definition.js';

/** Makes a definition over the stored model. O(model). */
export function storedDefinition(model: DocumentModel, fingerprint: string): CollectionDefinition {
  return {
    model,
    fingerprint,
    declarationFingerprint: fingerprint,
    documentClass: Object,
    codec: createModelCodec(model) as CollectionDefinition['codec'],
    unknownFields: () => undefined,
    build: refuse,
    merge: refuse,
    validate: () => undefined,
    seal: (document) => document,
  };
}

function refuse(): never {
  throw new DatabaseError('MODEL_MISMATCH', 'a document was built without its class');
}
