import { join } from 'node:path';
import { BenchError } from '../lib/bench-error.mjs';

/** @type {import('../lib/store.mjs').Adapter} */
export const adapter = {
  name: 'lmdb',
  title: 'lmdb 3',
  modes: ['journal', 'durable'],
  readModes: ['journal'],
  large: true,
  note: 'msgpackr with shared structures, indexes as databases of their own; writes as asynchronous transactions',
  async open({ mode, directory }) {
    const { open } = await import('lmdb');
    const root = open({ path: join(directory, 'lmdb'), maxDbs: 8, noSync: mode !== 'durable' });
    const persons = root.openDB({ name: 'person', sharedStructuresKey: Symbol.for('structures') });
    const emails = root.openDB({ name: 'email', encoding: 'string' });
    const tags = root.openDB({ name: 'tag', dupSort: true, encoding: 'ordered-binary' });
    const ages = root.openDB({ name: 'age', dupSort: true, encoding: 'ordered-binary' });
    const put = (p) => {
      if (persons.doesExist(p.id) || emails.doesExist(p.email)) throw new BenchError(`${p.id} or ${p.email} is taken`);
      persons.putSync(p.id, p);
      emails.putSync(p.email, p.id);
      for (const tag of p.tags) tags.putSync(tag, p.id);
      ages.putSync(p.age, p.id);
    };
    // Resolved when committed; in durable mode when flushed too.
    const commit =
      mode === 'durable'
        ? async (write) => {
            await root.transaction(write);
            await root.flushed;
          }
        : (write) => root.transaction(write);
    return {
      insertMany: (documents) => commit(() => documents.forEach(put)),
      insert: (document) => commit(() => put(document)),
      get: (id) => persons.get(id),
      findByEmail: (email) => {
        const id = emails.get(email);
        return id === undefined ? undefined : persons.get(id);
      },
      countTag: (tag) => tags.getValuesCount(tag),
      findByTag: (tag) => {
        const found = [];
        for (const id of tags.getValues(tag)) found.push(persons.get(id));
        return found;
      },
      findByAge: (from, below, limit) => {
        const found = [];
        for (const { value } of ages.getRange({ start: from, end: below, limit })) found.push(persons.get(value));
        return found;
      },
      rename: (id, name) =>
        commit(() => {
          persons.putSync(id, { ...persons.get(id), name });
        }),
      setAge: (id, age) =>
        commit(() => {
          const before = persons.get(id);
          ages.removeSync(before.age, id);
          ages.putSync(age, id);
          persons.putSync(id, { ...before, age });
        }),
      settle: () => root.committed,
      close: () => root.close(),
    };
  },
};
