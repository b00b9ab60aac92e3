/**
 * Puts a snapshot of format 2 or 3, all of which was found good, into the target: by its tables where the class is the one that
 * they were made for, else document by document.
 */
import { endianness } from 'node:os';
import { DatabaseError } from '@nuthatch/model';
import { expectKeptFields } from '../../codec/kept-fields.js';
import type { CollectionImage } from '../../image/image-tables.js';
import { SLICE_MS } from '../../scheduling/slice-clock.js';
import { runStepsInSlices } from '../../scheduling/steps.js';
import { turn } from '../../time/real-time.js';
import type { FrameApplier } from '../frame-applier.js';
import type { StoredCollection, StoredDocuments } from '../stored-documents.js';
import { UnreadableDocument } from '../unreadable-documents.js';
import { type ImagePlace, imageOf, type OlderDocuments, placeOf } from './collection-image.js';
import { type KeptImage, type ReadTables, tableDamage } from './image-frames.js';
import type { PassedBodies } from './passed-bodies.js';

/** Tables that fit today's class. */
interface FoundImage {
  readonly place: ImagePlace;
  readonly stored: StoredCollection;
  readonly image: CollectionImage;
}

/** The part of a recovery that a snapshot is put into. */
export interface ImageTarget {
  readonly documents: StoredDocuments;
  readonly applier: FrameApplier;
}

/**
 * O(rows), and the documents of collections without tables that fit.
 *
 * @param file left out where no body was passed over.
 * @throws DatabaseError as `FrameApplier.apply`.
 */
export async function loadImage(
  kept: KeptImage,
  { documents, applier }: ImageTarget,
  file?: PassedBodies,
): Promise<void> {
  const images = await findImages(kept, documents, file);
  for (let number = 0; number < kept.frames.length; ) {
    const found = images.get(number);
    // What was looked through before has used the time of this turn.
    if (found !== undefined) await turn();
    if (found !== undefined && (await applier.adopt(found.stored, found.image))) {
      number += found.place.frameCount;
      continue;
    }
    await found?.image.rows.cold?.bytes.close();
    const frame = kept.frames[number]!;
    await applier.applyKept(frame.body ?? (await file!.bodyOf(frame)), frame.header);
    number++;
  }
}

/** All of them are looked through before the first is used: nothing is in the target yet when one is damaged. */
async function findImages(
  kept: KeptImage,
  documents: StoredDocuments,
  file?: PassedBodies,
): Promise<Map<number, FoundImage>> {
  const images = new Map<number, FoundImage>();
  let endOfLast = 0;
  for (const read of kept.tables) {
    const place = placeOf(read);
    const end = place.firstFrame + place.frameCount;
    if (place.firstFrame < endOfLast || end > kept.frames.length || place.frameCount === 0)
      throw tableDamage(`tables of frames ${place.firstFrame} to ${end}, found ${kept.frames.length}`);
    endOfLast = end;
    const stored = documents.collectionOf(place.modelId);
    const frames = kept.frames.slice(place.firstFrame, end);
    const isCold = frames.some(({ body }) => body === undefined);
    if (!fits(read, stored, documents, isCold)) continue;
    const cold = isCold
      ? { bytes: await file!.openCold(frames, stored.collection), ...olderOf(stored, frames[0]!.header.timeMs) }
      : undefined;
    const image = await runStepsInSlices(imageOf(read, frames, stored.definition.model, cold), SLICE_MS.reading);
    images.set(place.firstFrame, { place, stored, image });
  }
  return images;
}

/** Whether today's class reads the bytes as they are, and all that stands beside the documents means the same. */
function fits(
  { description }: ReadTables,
  { definition, isUnknown, isSameBytes, sameFields }: StoredCollection,
  { unreadable }: StoredDocuments,
  isCold: boolean,
): boolean {
  const expires = definition.model.expires ?? null;
  const { hasUnknownFields } = (description.cold ?? {}) as { readonly hasUnknownFields?: unknown };
  // Documents that stay bytes in memory have none.
  const isReadable = isCold
    ? description.cold !== undefined && (isSameBytes || sameFields !== undefined)
    : isSameBytes && hasUnknownFields !== true;
  if (isCold && (hasUnknownFields === true || sameFields !== undefined)) expectKeptFields();
  return !isUnknown && isReadable && unreadable.isEmpty && description.expires === expires && endianness() === 'LE';
}

/** How documents of an older model are read, when all of them can be. */
function olderOf({ collection, sameFields, readDocument }: StoredCollection, writtenMs: number): OlderDocuments {
  if (sameFields === undefined) return {};
  return {
    sameFields,
    readOlder: (reader, unknownFields) => {
      const document = readDocument(reader, unknownFields, writtenMs);
      if (!(document instanceof UnreadableDocument)) return document;
      const what = `a document of ${collection}: ${document.problem}`;
      throw new DatabaseError('MIGRATION_REQUIRED', what, { collection, problem: document.problem });
    },
  };
}
