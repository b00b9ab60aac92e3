import { join } from 'node:path';

/** @type {import('../lib/store.mjs').Adapter} */
export const adapter = {
  name: 'lokijs',
  title: 'LokiJS',
  modes: ['memory', 'journal', 'durable'],
  readModes: ['memory'],
  note: 'returns its own live objects; has no index over arrays, so a tag is a scan; saving writes the whole file and never fsyncs',
  async open({ mode, directory }) {
    const { default: Loki } = await import('lokijs');
    const db = new Loki(
      join(directory, 'loki.json'),
      mode === 'memory' ? { adapter: new Loki.LokiMemoryAdapter() } : {},
    );
    if (mode !== 'memory')
      await new Promise((resolve, reject) => db.loadDatabase({}, (error) => (error ? reject(error) : resolve())));
    const persons =
      db.getCollection('person') ?? db.addCollection('person', { unique: ['id', 'email'], indices: ['age'] });
    let dirty = false;
    // Throttled by LokiJS itself: those who ask during a save share the one after it.
    const save = () =>
      new Promise((resolve, reject) => db.saveDatabase((error) => (error ? reject(error) : resolve())));
    const after =
      mode === 'durable'
        ? save
        : () => {
            dirty = true;
          };
    return {
      insertMany: (documents) => {
        persons.insert(documents);
        return after();
      },
      insert: (document) => {
        persons.insert(document);
        return after();
      },
      get: (id) => persons.by('id', id),
      findByEmail: (email) => persons.by('email', email),
      countTag: (tag) => persons.count({ tags: { $contains: tag } }),
      findByTag: (tag) => persons.find({ tags: { $contains: tag } }),
      findByAge: (from, below, limit) =>
        persons
          .chain()
          .find({ age: { $between: [from, below - 1] } })
          .simplesort('age')
          .limit(limit)
          .data(),
      rename: (id, name) => {
        const document = persons.by('id', id);
        document.name = name;
        persons.update(document);
        return after();
      },
      setAge: (id, age) => {
        const document = persons.by('id', id);
        document.age = age;
        persons.update(document);
        return after();
      },
      settle: async () => {
        if (mode !== 'memory' && dirty) await save();
        dirty = false;
      },
      close: () => new Promise((resolve, reject) => db.close((error) => (error ? reject(error) : resolve()))),
    };
  },
};
