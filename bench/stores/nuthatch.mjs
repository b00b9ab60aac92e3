import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { BenchError } from '../lib/bench-error.mjs';

const GENERATED = join(import.meta.dirname, '..', 'build', 'generated', 'index.js');

const OPTIONS = {
  memory: () => ({ memory: true }),
  journal: (directory) => ({ directory, durability: 'os' }),
  durable: (directory) => ({ directory, durability: 'fsync' }),
};

/** @type {import('../lib/store.mjs').Adapter} */
export const adapter = {
  name: 'nuthatch',
  title: 'Nuthatch',
  modes: ['memory', 'journal', 'durable'],
  readModes: ['memory'],
  updateModes: ['memory', 'journal'],
  large: true,
  compacts: true,
  note: 'through the generated repository: validation, frozen documents, undo and change feed included',
  async open({ mode, directory }) {
    if (!existsSync(GENERATED))
      throw new BenchError('its generated repository is not built (see bench/lib/prepare.mjs)');
    const { openDatabase } = createRequire(import.meta.url)(GENERATED);
    const db = await openDatabase(OPTIONS[mode](join(directory, 'nuthatch')));
    const { person } = db;
    return {
      insertMany: (documents) => person.insertMany(documents),
      insert: (document) => person.insert(document),
      get: (id) => person.get(id),
      findByEmail: (email) => person.findByEmail(email),
      countTag: (tag) => person.findByTags(tag).count(),
      findByTag: (tag) => person.findByTags(tag).all(),
      findByAge: (from, below, limit) => person.findByAge({ gte: from, lt: below }).orderBy('age').limit(limit).all(),
      rename: (id, name) => person.update(id, { name }),
      setAge: (id, age) => person.update(id, { age }),
      // A transaction that writes nothing is answered when all before it are: not `flush`, which is an fsync in any mode.
      settle: () => db.transaction(() => undefined),
      close: () => db.close(),
      ...(typeof db.compact === 'function' && mode !== 'memory' ? { compact: () => db.compact() } : {}),
    };
  },
};
