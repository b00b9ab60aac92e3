/** For tests of copies that are cut off. */
import type { ExternalStore } from '../src/index.js';

/** The store, with something that happens before the n-th batch of each collection is written. */
export function interrupted(store: ExternalStore, moment: number, act: () => Promise<unknown>): ExternalStore {
  const begin: ExternalStore['begin'] = async (shape, position) => {
    const writer = await store.begin(shape, position);
    let batches = 0;
    return {
      write: async (documents) => {
        if (++batches === moment) await act();
        await writer.write(documents);
      },
      finish: (at) => writer.finish(at),
      abandon: () => writer.abandon(),
    };
  };
  return new Proxy(store, {
    get: (target, name) => {
      const value: unknown = name === 'begin' ? begin : Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
