import { join } from 'node:path';

const SYNCHRONOUS = { journal: 'OFF', durable: 'FULL' };

/** @type {import('../lib/store.mjs').Adapter} */
export const adapter = {
  name: 'typeorm',
  title: 'TypeORM 1 (better-sqlite3)',
  modes: ['journal', 'durable'],
  readModes: ['journal'],
  note: 'repositories over the same tables as the better-sqlite3 column; transactions one after the other, as one connection allows',
  async open({ mode, directory }) {
    const typeorm = await import('typeorm');
    const { Between, DataSource, EntitySchema } = typeorm.DataSource === undefined ? typeorm.default : typeorm;
    const PersonEntity = new EntitySchema({
      name: 'person',
      columns: {
        id: { type: 'text', primary: true },
        email: { type: 'text', unique: true },
        name: { type: 'text' },
        tags: { type: 'simple-json' },
        age: { type: 'integer' },
        createdAt: { type: 'integer' },
      },
      indices: [{ name: 'person_age', columns: ['age'] }],
    });
    const PersonTagEntity = new EntitySchema({
      name: 'person_tag',
      columns: { tag: { type: 'text', primary: true }, id: { type: 'text', primary: true } },
      relations: {
        person: {
          type: 'many-to-one',
          target: 'person',
          joinColumn: { name: 'id', referencedColumnName: 'id' },
          createForeignKeyConstraints: false,
        },
      },
    });
    const source = new DataSource({
      type: 'better-sqlite3',
      database: join(directory, 'typeorm.sqlite'),
      entities: [PersonEntity, PersonTagEntity],
      synchronize: true,
      prepareDatabase: (db) => {
        db.pragma('journal_mode = WAL');
        db.pragma(`synchronous = ${SYNCHRONOUS[mode]}`);
      },
    });
    await source.initialize();
    const persons = source.getRepository('person');
    const tags = source.getRepository('person_tag');
    let last = Promise.resolve();
    const inTurn = (work) => {
      const result = last.then(work);
      last = result.catch(() => undefined); // the caller has the failure; the next in the queue must still run
      return result;
    };
    const write = (documents) =>
      inTurn(() =>
        source.transaction(async (manager) => {
          await manager.getRepository('person').insert(documents);
          await manager
            .getRepository('person_tag')
            .insert(documents.flatMap((p) => p.tags.map((tag) => ({ tag, id: p.id }))));
        }),
      );
    return {
      insertMany: write,
      insert: (document) => write([document]),
      get: async (id) => (await persons.findOneBy({ id })) ?? undefined,
      findByEmail: async (email) => (await persons.findOneBy({ email })) ?? undefined,
      countTag: (tag) => tags.countBy({ tag }),
      findByTag: async (tag) =>
        (await tags.find({ where: { tag }, relations: { person: true } })).map((row) => row.person),
      findByAge: (from, below, limit) =>
        persons.find({ where: { age: Between(from, below - 1) }, order: { age: 'ASC' }, take: limit }),
      rename: (id, name) => inTurn(() => persons.update({ id }, { name })),
      setAge: (id, age) => inTurn(() => persons.update({ id }, { age })),
      settle: () => last,
      close: () => source.destroy(),
    };
  },
};
