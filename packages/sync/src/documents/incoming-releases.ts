/** What a put says of the releases of its document. */
import type { CarriedRelease, ReleaseState } from '@nuthatch/runtime/sync';
import type { WirePut } from '../protocol/messages.js';
import type { IncomingDocuments } from './incoming-documents.js';

export function releaseStateOf({ released }: WirePut): ReleaseState {
  return { releases: Math.floor(released / 2), isReleased: released % 2 === 1 };
}

/** @throws DatabaseError as `IncomingDocuments.read`. */
export function releasesIn(incoming: IncomingDocuments, { modelId, releases }: WirePut): readonly CarriedRelease[] {
  return releases.map(({ number, revision, releasedAtMs, document, kept }) => ({
    ...{ release: number, revision, releasedAtMs },
    document: incoming.read(modelId, document, kept)!.document,
  }));
}
