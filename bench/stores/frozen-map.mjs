import { BenchError } from '../lib/bench-error.mjs';
import { OrderedMap } from '../lib/ordered-map.mjs';

/** A document as a caller gets it: a copy of what came in, and nobody can change it. */
class Person {
  constructor(id, email, name, tags, age, createdAt) {
    this.id = id;
    this.email = email;
    this.name = name;
    this.tags = tags;
    this.age = age;
    this.createdAt = createdAt;
    Object.freeze(this);
  }
}

/**
 * The Map store with what Nuthatch promises its callers, and nothing else: documents are copied in and frozen, an
 * update makes a new one, every write answers with a promise. No checks, no undo, no seq, no change feed, no log. What
 * it takes longer than the Map is the price of immutable documents and of promises, whoever pays it.
 *
 * As in Nuthatch, indexes point at entries, so that a change of `name` touches none.
 * @implements {import('../lib/store.mjs').Store}
 */
class FrozenMapStore {
  #byId = new Map(); // id → entry: { document }
  #byEmail = new Map();
  #byTag = new Map();
  #byAge = new OrderedMap();

  async insertMany(documents) {
    return documents.map((document) => this.#add(document));
  }

  async insert(document) {
    return this.#add(document);
  }

  get(id) {
    return this.#byId.get(id)?.document;
  }

  findByEmail(email) {
    return this.#byEmail.get(email)?.document;
  }

  countTag(tag) {
    return this.#byTag.get(tag)?.size ?? 0;
  }

  findByTag(tag) {
    const found = [];
    for (const entry of this.#byTag.get(tag) ?? []) found.push(entry.document);
    return found;
  }

  findByAge(from, below, limit) {
    const found = this.#byAge.find(from, below, limit);
    for (let i = 0; i < found.length; i++) found[i] = found[i].document;
    return found;
  }

  async rename(id, name) {
    const entry = this.#byId.get(id);
    const { email, tags, age, createdAt } = entry.document;
    entry.document = new Person(id, email, name, tags, age, createdAt);
    return entry.document;
  }

  async setAge(id, age) {
    const entry = this.#byId.get(id);
    const { email, name, tags, age: before, createdAt } = entry.document;
    entry.document = new Person(id, email, name, tags, age, createdAt);
    this.#byAge.delete(before, entry);
    this.#byAge.add(age, entry);
    return entry.document;
  }

  settle() {}

  close() {}

  #add({ id, email, name, tags, age, createdAt }) {
    if (this.#byId.has(id)) throw new BenchError(`id ${id} is taken`);
    if (this.#byEmail.has(email)) throw new BenchError(`email ${email} is taken`);
    const entry = { document: new Person(id, email, name, Object.freeze([...tags]), age, createdAt) };
    this.#byId.set(id, entry);
    this.#byEmail.set(email, entry);
    for (const tag of tags) {
      const tagged = this.#byTag.get(tag);
      if (tagged === undefined) this.#byTag.set(tag, new Set([entry]));
      else tagged.add(entry);
    }
    this.#byAge.add(age, entry);
    return entry.document;
  }
}

/** @type {import('../lib/store.mjs').Adapter} */
export const adapter = {
  name: 'frozen-map',
  title: 'frozen Map',
  modes: ['memory'],
  readModes: ['memory'],
  large: true,
  note: 'the Map with what Nuthatch promises a caller and nothing else: documents copied in and frozen, an update makes a new one, every write answers with a promise',
  open: async () => new FrozenMapStore(),
};
