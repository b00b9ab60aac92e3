import { isDeepStrictEqual } from 'node:util';
import { PlainMapStore } from '../stores/plain-map.mjs';
import { BenchError } from './bench-error.mjs';
import { RANGE_LIMIT } from './workload.mjs';

const QUESTIONS = 200;
const LIST_QUESTIONS = 20;
const UPDATES = 150;

/** The fields of the workload only: some stores keep notes of their own in a document. */
function plain(document) {
  if (document === undefined || document === null) return undefined;
  const { id, email, name, tags, age, createdAt } = document;
  return { id, email, name, tags: [...tags], age, createdAt };
}

const byId = (a, b) => (a.id < b.id ? -1 : 1);

/**
 * Asks `store` and the plain Map the same questions, before and after the same changes, and after a reopen where
 * there is something to reopen. Throws at the first difference. @returns {Promise<number>} answers compared
 */
export async function verify({ adapter, mode, directory, workload }) {
  let compared = 0;
  const expect = (what, got, wanted) => {
    compared++;
    if (!isDeepStrictEqual(got, wanted)) {
      throw new BenchError(
        `${what}: got ${JSON.stringify(got)?.slice(0, 300)}, the Map says ${JSON.stringify(wanted)?.slice(0, 300)}`,
      );
    }
  };

  const reference = new PlainMapStore();
  let store = await adapter.open({ mode, directory });
  for (const page of workload.pages()) await store.insertMany(page);
  for (const page of workload.pages()) reference.insertMany(page);

  const compare = async (seed) => {
    for (const id of [...workload.ids(seed, QUESTIONS), 'person-none']) {
      expect(`get ${id}`, plain(await store.get(id)), plain(reference.get(id)));
    }
    for (const email of [...workload.emails(seed, QUESTIONS), 'none@mail.example.org']) {
      expect(`email ${email}`, plain(await store.findByEmail(email)), plain(reference.findByEmail(email)));
    }
    for (const tag of [...workload.tags(seed, LIST_QUESTIONS), 'tag-none']) {
      expect(`count of ${tag}`, await store.countTag(tag), reference.countTag(tag));
      const found = (await store.findByTag(tag)).map(plain).sort(byId);
      expect(`documents of ${tag}`, found, reference.findByTag(tag).map(plain).sort(byId));
    }
    for (const age of workload.ages(seed, LIST_QUESTIONS)) {
      // The order among documents of one age is the store's own; all of both ages are asked for, so none may differ.
      const found = (await store.findByAge(age, age + 2, workload.documents)).map(plain);
      expect(
        `order of ages from ${age}`,
        found.map((p) => p.age),
        found.map((p) => p.age).sort((a, b) => a - b),
      );
      expect(
        `ages from ${age}`,
        found.sort(byId),
        reference
          .findByAge(age, age + 2, workload.documents)
          .map(plain)
          .sort(byId),
      );
      const limited = await store.findByAge(age, age + 2, RANGE_LIMIT);
      const wanted = reference.findByAge(age, age + 2, RANGE_LIMIT);
      expect(
        `first ages from ${age}`,
        limited.map((p) => p.age),
        wanted.map((p) => p.age),
      );
    }
  };

  await compare(1);
  const ids = workload.ids(2, UPDATES);
  const names = workload.names(3, UPDATES);
  const ages = workload.ages(4, UPDATES);
  for (let i = 0; i < UPDATES; i++) {
    await store.rename(ids[i], names[i]);
    reference.rename(ids[i], names[i]);
    await store.setAge(ids[UPDATES - 1 - i], ages[i]);
    reference.setAge(ids[UPDATES - 1 - i], ages[i]);
  }
  for (let i = 0; i < 20; i++) {
    await store.insert(workload.document(workload.documents + i));
    reference.insert(workload.document(workload.documents + i));
  }
  expect('a taken email', await refusal(store, { ...workload.document(0), id: 'person-thief' }), 'refused');
  await compare(5);

  if (mode !== 'memory') {
    await store.settle();
    await store.close();
    store = await adapter.open({ mode, directory });
    await compare(6);
  }
  await store.close();
  return compared;
}

async function refusal(store, document) {
  try {
    await store.insert(document);
  } catch {
    return 'refused'; // each store has its own error; that there is one is what counts
  }
  return 'accepted';
}
