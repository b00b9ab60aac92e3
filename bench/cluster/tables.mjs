/**
 * The same documents through libraries that people use instead: rows of a table with a unique and a range index, in the
 * same PostgreSQL, one transaction after the other.
 */

const DEFINITION =
  '(id text PRIMARY KEY, email text UNIQUE NOT NULL, name text NOT NULL, tags jsonb NOT NULL, age int NOT NULL, "createdAt" bigint NOT NULL)';

const person = (i) => ({
  id: `p${i}`,
  email: `${i}@example.org`,
  name: `Person ${i}`,
  tags: ['a', 'b'],
  age: i % 50_000,
  createdAt: 1_700_000_000_000,
});

/** Makes the table anew. */
async function makeTable(client, name) {
  await client.query(`DROP TABLE IF EXISTS ${name}`);
  await client.query(`CREATE TABLE ${name} ${DEFINITION}`);
  await client.query(`CREATE INDEX ON ${name} (age)`);
}

/** Inserts of so many documents for a while. @returns how many in how many milliseconds; each is there afterwards. */
async function timed(client, name, batch, seconds, insert) {
  const startMs = performance.now();
  let count = 0;
  while (performance.now() - startMs < seconds * 1000) {
    await insert(Array.from({ length: batch }, (_, index) => person(count + index)));
    count += batch;
  }
  const ms = performance.now() - startMs;
  const { rows } = await client.query(`SELECT count(*)::int AS found FROM ${name}`);
  if (rows[0].found !== count) throw new Error(`${count} rows were acknowledged, ${rows[0].found} found`);
  return { count, ms };
}

/** `knex(table).insert(documents)`: one statement is one transaction. */
export async function throughKnex({ client, url, batch, seconds }) {
  const { default: knexOf } = await import('knex');
  const knex = knexOf({ client: 'pg', connection: url });
  try {
    await makeTable(client, 'person_knex');
    return await timed(client, 'person_knex', batch, seconds, (documents) =>
      knex('person_knex').insert(documents.map((each) => ({ ...each, tags: JSON.stringify(each.tags) }))),
    );
  } finally {
    await knex.destroy();
  }
}

/** `repository.insert(documents)` in a transaction. @returns undefined where TypeORM is not installed. */
export async function throughTypeOrm({ client, url, batch, seconds }) {
  let typeorm;
  try {
    typeorm = await import('typeorm');
  } catch {
    return undefined;
  }
  const { DataSource, EntitySchema } = typeorm.DataSource === undefined ? typeorm.default : typeorm;
  const entity = new EntitySchema({
    name: 'person_typeorm',
    columns: {
      id: { type: 'text', primary: true },
      email: { type: 'text', unique: true },
      name: { type: 'text' },
      tags: { type: 'jsonb' },
      age: { type: 'int' },
      createdAt: { type: 'bigint' },
    },
  });
  await makeTable(client, 'person_typeorm');
  const source = new DataSource({ type: 'postgres', url, entities: [entity] });
  await source.initialize();
  try {
    return await timed(client, 'person_typeorm', batch, seconds, (documents) =>
      source.transaction((manager) => manager.getRepository('person_typeorm').insert(documents)),
    );
  } finally {
    await source.destroy();
  }
}
