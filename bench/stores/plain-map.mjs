import { BenchError } from '../lib/bench-error.mjs';

/**
 * The reference: a Map of documents with index Maps kept by hand. Documents are changed in place, nothing is copied,
 * frozen, validated or logged: what a careful programmer writes when memory is all there is.
 * @implements {import('../lib/store.mjs').Store}
 */
export class PlainMapStore {
  byId = new Map();
  #byEmail = new Map();
  #byTag = new Map();
  #byAge = new Map();
  #ages = []; // ascending

  insertMany(documents) {
    for (const document of documents) this.add(document);
  }

  insert(document) {
    this.add(document);
  }

  add(document) {
    if (this.byId.has(document.id)) throw new BenchError(`id ${document.id} is taken`);
    if (this.#byEmail.has(document.email)) throw new BenchError(`email ${document.email} is taken`);
    this.byId.set(document.id, document);
    this.#byEmail.set(document.email, document);
    for (const tag of document.tags) {
      const tagged = this.#byTag.get(tag);
      if (tagged === undefined) this.#byTag.set(tag, new Set([document]));
      else tagged.add(document);
    }
    this.#addAge(document);
  }

  get(id) {
    return this.byId.get(id);
  }

  findByEmail(email) {
    return this.#byEmail.get(email);
  }

  countTag(tag) {
    return this.#byTag.get(tag)?.size ?? 0;
  }

  findByTag(tag) {
    const tagged = this.#byTag.get(tag);
    return tagged === undefined ? [] : [...tagged];
  }

  findByAge(from, below, limit) {
    const found = [];
    for (let at = this.#position(from); at < this.#ages.length && this.#ages[at] < below; at++) {
      for (const document of this.#byAge.get(this.#ages[at])) {
        found.push(document);
        if (found.length === limit) return found;
      }
    }
    return found;
  }

  rename(id, name) {
    this.byId.get(id).name = name;
  }

  setAge(id, age) {
    const document = this.byId.get(id);
    const aged = this.#byAge.get(document.age);
    aged.delete(document);
    if (aged.size === 0) {
      this.#byAge.delete(document.age);
      this.#ages.splice(this.#position(document.age), 1);
    }
    document.age = age;
    this.#addAge(document);
  }

  settle() {}

  close() {}

  #addAge(document) {
    const aged = this.#byAge.get(document.age);
    if (aged !== undefined) {
      aged.add(document);
      return;
    }
    this.#byAge.set(document.age, new Set([document]));
    this.#ages.splice(this.#position(document.age), 0, document.age);
  }

  /** Where the first age that is not below `age` stands. */
  #position(age) {
    let low = 0;
    let high = this.#ages.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#ages[middle] < age) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** @type {import('../lib/store.mjs').Adapter} */
export const adapter = {
  name: 'plain-map',
  title: 'Map',
  modes: ['memory'],
  readModes: ['memory'],
  large: true,
  open: async () => new PlainMapStore(),
};
