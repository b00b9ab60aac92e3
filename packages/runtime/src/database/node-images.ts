/** What the images of a node are made with: the database as it is in its own directory, without the blobs of all nodes. */
import type { NodeImages } from './shared-journal.js';

const images = new WeakMap<object, NodeImages>();

/** Called once by a database that is a node. */
export function noteNodeImages(database: object, made: NodeImages): void {
  images.set(database, made);
}

export function nodeImagesOf(database: object): NodeImages | undefined {
  return images.get(database);
}
