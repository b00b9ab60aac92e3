import type { PostingSink } from './posting-sink.js';

/** Postings that lie together: those of new documents, or a packed segment. */
export interface PostingPart {
  /** How many there are, those of rows that are gone included. */
  readonly size: number;
  /** At most so many bytes, packed. */
  readonly byteCount: number;
  /** Adds the postings of a term whose rows are alive. @param isLive 1 for each row that is. O(postings of the term). */
  read(term: number, isLive: Uint8Array, sink: PostingSink): void;
}
