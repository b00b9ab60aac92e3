/** Refuses a replica whose code is too old for what this server's documents mean now. */
import type { WireModel } from '../protocol/messages.js';
import { Reject } from './reject.js';

/** @throws Reject `UPGRADE_REQUIRED` when a model of ours asks for a newer reader than the replica's class is. */
export function requireReaders(own: readonly WireModel[], theirs: readonly WireModel[]): void {
  const readers = new Map(theirs.map(({ collection, minReader }) => [collection, minReader]));
  for (const { collection, minReader } of own) {
    const reader = readers.get(collection);
    // A collection that the replica does not have is none that it could read wrongly.
    if (reader === undefined || reader >= minReader) continue;
    throw new Reject(
      'UPGRADE_REQUIRED',
      `documents of ${collection} need code with minReader ${minReader} or higher, found ${reader}`,
    );
  }
}
