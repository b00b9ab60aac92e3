import { join } from 'node:path';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS person (
    id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
    tags TEXT NOT NULL, age INTEGER NOT NULL, createdAt INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS person_age ON person (age);
  CREATE TABLE IF NOT EXISTS person_tag (tag TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (tag, id)) WITHOUT ROWID;`;

const SYNCHRONOUS = { memory: 'OFF', journal: 'OFF', durable: 'FULL' };

const document = (row) => {
  if (row !== undefined) row.tags = JSON.parse(row.tags);
  return row;
};

/** @type {import('../lib/store.mjs').Adapter} */
export const adapter = {
  name: 'better-sqlite3',
  title: 'better-sqlite3 12',
  modes: ['memory', 'journal', 'durable'],
  readModes: ['memory', 'journal'],
  large: true,
  note: 'prepared statements, WAL; tags as JSON in the row and as a table; a durable write blocks the event loop',
  async open({ mode, directory }) {
    const { default: Sqlite } = await import('better-sqlite3');
    const db = new Sqlite(mode === 'memory' ? ':memory:' : join(directory, 'bench.sqlite'));
    db.pragma('journal_mode = WAL');
    db.pragma(`synchronous = ${SYNCHRONOUS[mode]}`);
    db.exec(SCHEMA);
    const insertPerson = db.prepare('INSERT INTO person VALUES (?, ?, ?, ?, ?, ?)');
    const insertTag = db.prepare('INSERT INTO person_tag VALUES (?, ?)');
    const byId = db.prepare('SELECT * FROM person WHERE id = ?');
    const byEmail = db.prepare('SELECT * FROM person WHERE email = ?');
    const countTag = db.prepare('SELECT count(*) FROM person_tag WHERE tag = ?').pluck();
    const byTag = db.prepare('SELECT person.* FROM person_tag JOIN person USING (id) WHERE tag = ?');
    const byAge = db.prepare('SELECT * FROM person WHERE age >= ? AND age < ? ORDER BY age LIMIT ?');
    const rename = db.prepare('UPDATE person SET name = ? WHERE id = ?');
    const setAge = db.prepare('UPDATE person SET age = ? WHERE id = ?');
    const put = (p) => {
      insertPerson.run(p.id, p.email, p.name, JSON.stringify(p.tags), p.age, p.createdAt);
      for (const tag of p.tags) insertTag.run(tag, p.id);
    };
    return {
      insertMany: db.transaction((documents) => documents.forEach(put)),
      insert: db.transaction(put),
      get: (id) => document(byId.get(id)),
      findByEmail: (email) => document(byEmail.get(email)),
      countTag: (tag) => countTag.get(tag),
      findByTag: (tag) => byTag.all(tag).map(document),
      findByAge: (from, below, limit) => byAge.all(from, below, limit).map(document),
      rename: (id, name) => rename.run(name, id),
      setAge: (id, age) => setAge.run(age, id),
      settle() {},
      close: () => db.close(),
    };
  },
};
