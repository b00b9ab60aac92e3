/** Loads the table of an old program into typed documents: mapped, checked, twice, with a list of what was refused. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { importModel, loadFrom, sqlTable } from '@nuthatch/copy';
import knexOf, { type Knex } from 'knex';
import { inTemporaryDirectory } from '../shared/in-temporary-directory.js';
import { openDatabase } from './generated/index.js';

/** Field → column, where they differ. */
const COLUMNS = { number: 'MEMBER_NO', email: 'MAIL', joinedAt: 'SINCE', isActive: 'ACTIVE' };

async function main(directory: string): Promise<void> {
  const knex = knexOf({
    client: 'better-sqlite3',
    connection: { filename: join(directory, 'library.sqlite') },
    useNullAsDefault: true,
  });
  await writeAsTheOldProgram(knex);
  console.log('A first class for the table, by importModel:\n');
  console.log((await importModel(knex, { table: 'MEMBERS', className: 'Member' })).trim());

  const db = await openDatabase({ directory: join(directory, 'data') });
  const rejectedFile = join(directory, 'rejected.jsonl');
  const load = async (): Promise<void> => {
    const options = { collections: ['member'], conflict: 'skip', rejectedFile } as const;
    const report = await loadFrom(db, sqlTable(knex, { table: 'MEMBERS', columns: COLUMNS }), options);
    for (const { readCount, loadedCount, skippedCount, rejectedCount } of report.collections)
      console.log(`${readCount} rows: ${loadedCount} loaded, ${skippedCount} were there, ${rejectedCount} refused`);
  };
  try {
    console.log('\nLoading:');
    await load();
    for (const line of readFileSync(rejectedFile, 'utf8').trim().split('\n')) {
      const { key, code, reasons } = JSON.parse(line) as { key: string; code: string; reasons: string[] };
      console.log(`  ${key}: ${code}, ${reasons.join('; ').replace(`${code}: `, '')}`);
    }

    console.log('\nThe old program mends a row and adds one; loading again:');
    await knex('MEMBERS').where({ MEMBER_NO: 1002 }).update({ MAIL: 'bo@example.org' });
    await knex('MEMBERS').insert({
      MEMBER_NO: 9999,
      NAME: 'Zoe',
      MAIL: 'zoe@example.org',
      SINCE: '2026-11-30',
      ACTIVE: 1,
    });
    await load();

    console.log('\nTyped documents now:', db.member.findByEmail('BO@example.org'));
    console.log('members who like chess:', db.member.findByInterests('chess').count());
    console.log('joined before 2001:', db.member.findByJoinedAt({ lt: new Date('2001-01-01') }).count());
  } finally {
    await db.close();
    await knex.destroy();
  }
}

/** A table as tables are: short names, dates and lists as text, truth as a number, and rows that nobody ever checked. */
async function writeAsTheOldProgram(knex: Knex): Promise<void> {
  await knex.raw(`CREATE TABLE MEMBERS (
    MEMBER_NO INTEGER PRIMARY KEY, NAME TEXT NOT NULL, MAIL TEXT, SINCE TEXT NOT NULL, ACTIVE INTEGER, INTERESTS TEXT)`);
  const rows = Array.from({ length: 1_000 }, (_, index) => ({
    MEMBER_NO: index + 1,
    NAME: `Member ${index + 1}`,
    MAIL: `member${index + 1}@example.org`,
    SINCE: `${1990 + (index % 30)}-03-01`,
    ACTIVE: index % 2,
    INTERESTS: index % 4 === 0 ? '["chess","gardening"]' : '["history"]',
  }));
  await knex.batchInsert('MEMBERS', rows, 100);
  await knex('MEMBERS').insert([
    { MEMBER_NO: 1001, NAME: 'Al', MAIL: 'MEMBER7@example.org', SINCE: '1999-01-01', ACTIVE: 1 },
    { MEMBER_NO: 1002, NAME: 'Bo', MAIL: 'bo at example', SINCE: '1999-01-01', ACTIVE: 1 },
    { MEMBER_NO: 1003, NAME: 'Cy', MAIL: 'cy@example.org', SINCE: 'last spring', ACTIVE: 1 },
  ]);
}

inTemporaryDirectory(main);
