/** Documents by an ordered number, kept by hand: a Map of Sets, and the numbers in it as a sorted array. */
export class OrderedMap {
  #holders = new Map();
  #numbers = []; // ascending

  add(number, holder) {
    const holders = this.#holders.get(number);
    if (holders !== undefined) {
      holders.add(holder);
      return;
    }
    this.#holders.set(number, new Set([holder]));
    this.#numbers.splice(this.#position(number), 0, number);
  }

  delete(number, holder) {
    const holders = this.#holders.get(number);
    holders.delete(holder);
    if (holders.size > 0) return;
    this.#holders.delete(number);
    this.#numbers.splice(this.#position(number), 1);
  }

  /** What is held from `from` up to, not with, `below`, ascending, `limit` at most. */
  find(from, below, limit) {
    const found = [];
    for (let at = this.#position(from); at < this.#numbers.length && this.#numbers[at] < below; at++) {
      for (const holder of this.#holders.get(this.#numbers[at])) {
        found.push(holder);
        if (found.length === limit) return found;
      }
    }
    return found;
  }

  /** Where the first number that is not below `number` stands. */
  #position(number) {
    let low = 0;
    let high = this.#numbers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#numbers[middle] < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
