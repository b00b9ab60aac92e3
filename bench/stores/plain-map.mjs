import { BenchError } from '../lib/bench-error.mjs';
import { OrderedMap } from '../lib/ordered-map.mjs';

/**
 * The reference: a Map of documents with index Maps kept by hand. Documents are changed in place, nothing is copied,
 * frozen, validated or logged: what a careful programmer writes when memory is all there is.
 * @implements {import('../lib/store.mjs').Store}
 */
export class PlainMapStore {
  byId = new Map();
  #byEmail = new Map();
  #byTag = new Map();
  #byAge = new OrderedMap();

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
    this.#byAge.add(document.age, document);
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
    return this.#byAge.find(from, below, limit);
  }

  rename(id, name) {
    this.byId.get(id).name = name;
  }

  setAge(id, age) {
    const document = this.byId.get(id);
    this.#byAge.delete(document.age, document);
    document.age = age;
    this.#byAge.add(age, document);
  }

  settle() {}

  close() {}
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
