import type { RankedIndex, SavedState } from '../../definition/ranked-index.js';
import type { Steps } from '../../scheduling/steps.js';
import { ShardedStore } from '../../store/sharded-store.js';
import type { StoreKey } from '../../structures/store-key.js';
import { turn } from '../../time/real-time.js';
import { SearchHost } from './search-host.js';

/** An index that knows keys, and says what was done with it. */
class PlainIndex implements RankedIndex {
  readonly version = 'plain 1';
  changeCount = 0;
  readonly keys = new Set<StoreKey>();
  /** Steps of work that is due. */
  due = 0;
  careCount = 0;
  loaded: Uint8Array | undefined;

  get documentCount(): number {
    return this.keys.size;
  }

  ask(): never {
    throw new Error('nobody asks');
  }

  insert(_: object, key: StoreKey): void {
    this.changeCount++;
    this.keys.add(key);
  }

  update(): void {
    this.changeCount++;
  }

  remove(_: object, key: StoreKey): void {
    this.changeCount++;
    this.keys.delete(key);
  }

  rebuild(): void {
    this.keys.clear();
  }

  setAgain(key: StoreKey, document: object | undefined): void {
    this.changeCount++;
    if (document === undefined) this.keys.delete(key);
    else this.keys.add(key);
  }

  care(): Steps | undefined {
    return this.due === 0 ? undefined : this.#work();
  }

  *#work(): Steps {
    this.careCount++;
    yield;
    this.due--;
  }

  saveState(): SavedState {
    return { version: this.version, steps: this.#work(), take: () => undefined };
  }

  *loadState(bytes: Uint8Array): Steps {
    this.loaded = bytes;
    for (const byte of bytes) {
      this.keys.add(byte);
      yield;
    }
  }
}

function made(): { store: ShardedStore; index: PlainIndex; host: SearchHost } {
  const store = new ShardedStore();
  const index = new PlainIndex();
  return { store, index, host: new SearchHost(index, store, 'f') };
}

const VERSION = 'plain 1; model f';

it('works until no work is left, also when more comes meanwhile', async () => {
  const { host, index } = made();
  await host.begin();
  index.due = 3;
  host.insert({}, 1);
  for (let turns = 0; turns < 20; turns++) await turn();
  expect([index.due, index.careCount]).toEqual([0, 3]);
});

it('ends its work with the database', async () => {
  const { host, index } = made();
  await host.begin();
  index.due = 1_000_000;
  host.insert({}, 1);
  host.stop();
  const done = index.careCount;
  for (let turns = 0; turns < 20; turns++) await turn();
  expect(index.careCount).toBe(done);
});

it('loads a state at once for the first question, with the keys that were written since', async () => {
  const { host, index, store } = made();
  for (const key of [1, 2, 3]) store.add(key, { key }, 1, undefined);
  host.recover(VERSION, 0, Uint8Array.of(1, 2), false);
  host.recover(VERSION, 1, Uint8Array.of(9), true);
  host.note(3);
  host.note(9);
  await host.begin();
  expect(host.saveState()).toBeUndefined();
  host.update({}, {}, 2);
  expect(index.keys.size).toBe(0);
  host.ready();
  expect([...index.keys].sort()).toEqual([1, 2, 3]);
  expect(index.loaded).toEqual(Buffer.from([1, 2, 9]));
  expect(host.opening).toBe('loaded');
  expect(host.saveState()).toBeDefined();
});

it.each([
  ['of another version', [['plain 0; model f', 0, true]], 'rebuilt: other version'],
  ['of another class', [['plain 1; model g', 0, true]], 'rebuilt: other version'],
  ['without its end', [[VERSION, 0, false]], 'built'],
  ['without its beginning', [[VERSION, 1, true]], 'built'],
  [
    'with a gap',
    [
      [VERSION, 0, false],
      [VERSION, 2, true],
    ],
    'built',
  ],
] as const)('indexes all documents where the state is one %s', async (_, parts, opening) => {
  const { host, index, store } = made();
  store.add(5, {}, 1, undefined);
  for (const [version, part, isLast] of parts) host.recover(version, part, Uint8Array.of(1), isLast);
  await host.begin();
  host.ready();
  expect([...index.keys]).toEqual([5]);
  expect(host.opening).toBe(opening);
});

it('indexes all documents where the state is of other documents, and says so', async () => {
  const { host, index, store } = made();
  store.add(5, {}, 1, undefined);
  host.recover(VERSION, 0, Uint8Array.of(5, 6), true);
  await host.begin();
  host.ready();
  expect([...index.keys]).toEqual([5]);
  expect(host.opening).toBe('rebuilt: unreadable state');
});

it('forgets the state of a snapshot that cannot be read', async () => {
  const { host, index } = made();
  host.recover(VERSION, 0, Uint8Array.of(5), true);
  host.forget();
  host.note(7);
  await host.begin();
  host.ready();
  expect([index.keys.size, host.opening]).toEqual([0, 'built']);
});

it('saves again what was loaded, as long as nothing was written', async () => {
  const { host, store } = made();
  store.add(5, {}, 1, undefined);
  host.recover(VERSION, 0, Uint8Array.of(5), true);
  await host.begin();
  host.ready();
  expect(host.saveState()?.take()).toEqual(Buffer.from([5]));
  host.insert({}, 8);
  expect(host.saveState()?.take()).toBeUndefined();
});
