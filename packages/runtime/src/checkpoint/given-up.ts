/** Thrown by a compaction that its caller no longer wants; nothing of it is left on disk, and the journal is well. */
export class GivenUp extends Error {
  constructor() {
    super('a compaction was given up');
  }
}
