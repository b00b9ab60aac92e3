import { isPromise } from './timing.mjs';

/** Puts all documents in; the making of a page is not timed. @returns milliseconds the store took */
export async function fill(store, workload, onPage = () => {}) {
  let elapsedMs = 0;
  for (const page of workload.pages()) {
    const start = performance.now();
    const inserted = store.insertMany(page);
    if (isPromise(inserted)) await inserted;
    elapsedMs += performance.now() - start;
    onPage();
  }
  const start = performance.now();
  await store.settle();
  return elapsedMs + performance.now() - start;
}
