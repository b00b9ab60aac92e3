/**
 * The contents of the frames after the snapshot, as far as compaction needs them: how much of them a new snapshot would
 * hold too.
 *
 * Told by the effects alone, so that recovery comes to the same figures as the process that wrote them: a put of
 * revision 1 is a document more, one of a higher revision takes the place of another, a delete takes one away.
 */
export class ReplayTally {
  /** Length of the puts of new documents. */
  newBytes = 0;
  /** Length and count of all puts. */
  putBytes = 0;
  putCount = 0;
  deleteCount = 0;

  add(other: ReplayTally): void {
    this.newBytes += other.newBytes;
    this.putBytes += other.putBytes;
    this.putCount += other.putCount;
    this.deleteCount += other.deleteCount;
  }

  /** Takes off what a snapshot has come to cover. */
  subtract(covered: ReplayTally): void {
    this.newBytes -= covered.newBytes;
    this.putBytes -= covered.putBytes;
    this.putCount -= covered.putCount;
    this.deleteCount -= covered.deleteCount;
  }

  copy(): ReplayTally {
    const copy = new ReplayTally();
    copy.add(this);
    return copy;
  }

  clear(): void {
    this.newBytes = 0;
    this.putBytes = 0;
    this.putCount = 0;
    this.deleteCount = 0;
  }

  /** Counts a put, its effect `byteCount` long. */
  put(revision: number, byteCount: number): void {
    this.putBytes += byteCount;
    this.putCount++;
    if (revision === 1) this.newBytes += byteCount;
  }

  /**
   * Bytes by which snapshot and frames together are longer than a new snapshot would be. An estimate: what an update
   * replaces counts as long as itself, what a delete takes away as long as the documents put meanwhile, on average.
   *
   * @param frameBytes length of the frames that were counted.
   */
  freedBytes(frameBytes: number): number {
    const meanBytes = this.putCount === 0 ? 0 : this.putBytes / this.putCount;
    return Math.max(0, frameBytes - this.newBytes) + this.deleteCount * meanBytes;
  }
}
