/** The result of a write beside the document, on request: enough for an ETag that is exact. */
export interface WrittenEntry<D = object> {
  readonly document: D;
  /** The document's revision after the write; the one it had when nothing changed. */
  readonly revision: number;
  /** Whether the key had no document before. */
  readonly inserted: boolean;
}

export interface AnswerSettings {
  readonly returning?: 'document' | 'entry';
}
