import { join } from 'node:path';
import { BenchError } from '../lib/bench-error.mjs';

/** Numbers as text that sorts as they do. */
const ageKey = (age) => String(age).padStart(8, '0');

/** @type {import('../lib/store.mjs').Adapter} */
export const adapter = {
  name: 'classic-level',
  title: 'classic-level 3',
  modes: ['journal', 'durable'],
  readModes: ['journal'],
  note: 'JSON values, indexes as sublevels of keys; reads with getSync, iterators where many keys are walked',
  async open({ mode, directory }) {
    const { ClassicLevel } = await import('classic-level');
    const db = new ClassicLevel(join(directory, 'level'), { valueEncoding: 'utf8' });
    await db.open();
    const sublevel = async (name, valueEncoding) => {
      const part = db.sublevel(name, { valueEncoding });
      await part.open();
      return part;
    };
    const persons = await sublevel('person', 'json');
    const emails = await sublevel('email', 'utf8');
    const tags = await sublevel('tag', 'utf8');
    const ages = await sublevel('age', 'utf8');
    const options = { sync: mode === 'durable' };
    const pendingEmails = new Set(); // taken by batches not yet written: LevelDB itself has no unique keys
    const write = async (documents) => {
      const operations = [];
      for (const p of documents) {
        if (pendingEmails.has(p.email) || emails.getSync(p.email) !== undefined)
          throw new BenchError(`email ${p.email} is taken`);
        operations.push({ type: 'put', sublevel: persons, key: p.id, value: p });
        operations.push({ type: 'put', sublevel: emails, key: p.email, value: p.id });
        for (const tag of p.tags) operations.push({ type: 'put', sublevel: tags, key: `${tag}!${p.id}`, value: '' });
        operations.push({ type: 'put', sublevel: ages, key: `${ageKey(p.age)}!${p.id}`, value: '' });
      }
      for (const p of documents) pendingEmails.add(p.email);
      await db.batch(operations, options);
      for (const p of documents) pendingEmails.delete(p.email);
    };
    const idsOf = async (part, range) => (await part.keys(range).all()).map((key) => key.slice(key.indexOf('!') + 1));
    const tagRange = (tag) => ({ gt: `${tag}!`, lt: `${tag}"` });
    return {
      insertMany: write,
      insert: (document) => write([document]),
      get: (id) => persons.getSync(id),
      findByEmail: (email) => {
        const id = emails.getSync(email);
        return id === undefined ? undefined : persons.getSync(id);
      },
      countTag: async (tag) => (await tags.keys(tagRange(tag)).all()).length,
      findByTag: async (tag) => persons.getMany(await idsOf(tags, tagRange(tag))),
      findByAge: async (from, below, limit) =>
        persons.getMany(await idsOf(ages, { gte: ageKey(from), lt: ageKey(below), limit })),
      rename: (id, name) =>
        db.batch([{ type: 'put', sublevel: persons, key: id, value: { ...persons.getSync(id), name } }], options),
      setAge: (id, age) => {
        const before = persons.getSync(id);
        return db.batch(
          [
            { type: 'del', sublevel: ages, key: `${ageKey(before.age)}!${id}` },
            { type: 'put', sublevel: ages, key: `${ageKey(age)}!${id}`, value: '' },
            { type: 'put', sublevel: persons, key: id, value: { ...before, age } },
          ],
          options,
        );
      },
      settle() {},
      close: () => db.close(),
    };
  },
};
