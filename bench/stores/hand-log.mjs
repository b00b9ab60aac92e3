import { createReadStream, existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PlainMapStore } from './plain-map.mjs';

/**
 * The Map store with a log written by hand: a JSON line for each change, gathered while the write before is under way
 * (group commit). What a careful programmer adds in an afternoon: no checksum, no torn tail, no undo, no upkeep.
 * @implements {import('../lib/store.mjs').Store}
 */
class HandLogStore extends PlainMapStore {
  #file;
  #sync;
  #lines = [];
  #writing = Promise.resolve(); // the write under way
  #waiting = null; // the one after it, shared by all that gather for it

  constructor(file, sync) {
    super();
    this.#file = file;
    this.#sync = sync;
  }

  insertMany(documents) {
    super.insertMany(documents);
    for (const document of documents) this.#lines.push(JSON.stringify(document));
    return this.#commit();
  }

  insert(document) {
    super.insert(document);
    this.#lines.push(JSON.stringify(document));
    return this.#commit();
  }

  rename(id, name) {
    super.rename(id, name);
    this.#lines.push(JSON.stringify({ id, name }));
    return this.#commit();
  }

  setAge(id, age) {
    super.setAge(id, age);
    this.#lines.push(JSON.stringify({ id, age }));
    return this.#commit();
  }

  async settle() {
    await (this.#waiting ?? this.#writing);
  }

  async close() {
    await this.settle();
    await this.#file.close();
  }

  #commit() {
    this.#waiting ??= this.#writing.then(() => this.#write());
    return this.#waiting;
  }

  async #write() {
    this.#writing = this.#waiting;
    this.#waiting = null;
    const text = `${this.#lines.join('\n')}\n`;
    this.#lines = [];
    await this.#file.write(text);
    if (this.#sync) await this.#file.datasync();
  }
}

/** Replays one line: a whole document, or an id with the field that changed. */
function apply(store, line) {
  const change = JSON.parse(line);
  if (change.email !== undefined) store.add(change);
  else if (change.name !== undefined) PlainMapStore.prototype.rename.call(store, change.id, change.name);
  else PlainMapStore.prototype.setAge.call(store, change.id, change.age);
}

/** @type {import('../lib/store.mjs').Adapter} */
export const adapter = {
  name: 'hand-log',
  title: 'hand log',
  modes: ['journal', 'durable'],
  readModes: ['journal'],
  large: true,
  async open({ mode, directory }) {
    const path = join(directory, 'log.jsonl');
    const known = existsSync(path);
    const store = new HandLogStore(await open(path, 'a'), mode === 'durable');
    if (known) {
      for await (const line of createInterface({ input: createReadStream(path, { highWaterMark: 1 << 20 }) }))
        apply(store, line);
    }
    return store;
  },
};
