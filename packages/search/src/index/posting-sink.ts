/**
 * The postings of one term while they are read: which documents have it, and how often. Reused for every term, so that a
 * question makes no objects of a posting.
 */
export class PostingSink {
  rows = new Uint32Array(1_024);
  counts = new Uint8Array(1_024);
  size = 0;

  clear(): void {
    this.size = 0;
  }

  /** @param count at most 255: what is more frequent counts as that. */
  add(row: number, count: number): void {
    const { size } = this;
    if (size === this.rows.length) this.#grow();
    this.rows[size] = row;
    this.counts[size] = count;
    this.size = size + 1;
  }

  /** Room for so many more. */
  reserve(count: number): void {
    while (this.size + count > this.rows.length) this.#grow();
  }

  #grow(): void {
    const rows = new Uint32Array(this.rows.length * 2);
    rows.set(this.rows);
    this.rows = rows;
    const counts = new Uint8Array(this.counts.length * 2);
    counts.set(this.counts);
    this.counts = counts;
  }
}
