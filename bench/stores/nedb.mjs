import { join } from 'node:path';

/** @type {import('../lib/store.mjs').Adapter} */
export const adapter = {
  name: 'nedb',
  title: 'NeDB',
  modes: ['memory', 'journal'],
  readModes: ['memory'],
  note: 'every answer is a deep copy; appends without fsync, so it has no durable write',
  async open({ mode, directory }) {
    const { default: Datastore } = await import('@seald-io/nedb');
    const db = new Datastore(mode === 'memory' ? { inMemoryOnly: true } : { filename: join(directory, 'nedb.jsonl') });
    if (mode !== 'memory') await db.loadDatabaseAsync();
    await db.ensureIndexAsync({ fieldName: 'email', unique: true });
    await db.ensureIndexAsync({ fieldName: 'tags' });
    await db.ensureIndexAsync({ fieldName: 'age' });
    const stored = ({ id, ...rest }) => ({ _id: id, ...rest });
    const document = (found) => {
      if (found === null) return undefined;
      found.id = found._id;
      return found;
    };
    return {
      insertMany: (documents) => db.insertAsync(documents.map(stored)),
      insert: (one) => db.insertAsync(stored(one)),
      get: async (id) => document(await db.findOneAsync({ _id: id })),
      findByEmail: async (email) => document(await db.findOneAsync({ email })),
      countTag: (tag) => db.countAsync({ tags: tag }),
      findByTag: async (tag) => (await db.findAsync({ tags: tag })).map(document),
      findByAge: async (from, below, limit) =>
        (
          await db
            .findAsync({ age: { $gte: from, $lt: below } })
            .sort({ age: 1 })
            .limit(limit)
        ).map(document),
      rename: (id, name) => db.updateAsync({ _id: id }, { $set: { name } }),
      setAge: (id, age) => db.updateAsync({ _id: id }, { $set: { age } }),
      settle() {},
      close() {},
    };
  },
};
