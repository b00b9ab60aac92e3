/** A foreign table is read whole, whatever stands in the columns that a model takes for its key. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DocumentModel } from '@nuthatch/model';
import { openDatabase as openOf } from '@nuthatch/runtime';
import { loadFrom, sqlTable } from '../../src/index.js';
import { copiedDefinition } from '../copied-definition.js';
import type { SqlPlace } from './sql-place.js';

interface Collections {
  readonly foreign: { all(): { all(): { readonly n: number }[] } };
}

/** Values of one type as they stand in SQL, all different. */
export interface KeyType {
  readonly type: string;
  readonly values: readonly string[];
}

const field = (name: string, kind: 'string' | 'number') => ({
  name,
  type: { kind } as const,
  optional: false,
  rules: [],
});

const modelOf = (keys: readonly string[]): DocumentModel => ({
  name: 'Foreign',
  collection: 'foreign',
  storage: 'disk',
  key: { fields: keys },
  fields: [field('id', 'string'), field('part', 'string'), field('n', 'number')],
  computed: [],
  indexes: [],
});

const NONE = { readCount: 0, loadedCount: 0, skippedCount: 0, rejectedCount: 0 };

export function describeForeignKeys(name: string, placeOf: () => SqlPlace, types: readonly KeyType[]): void {
  describe(`a foreign table of ${name} without a key of its own`, () => {
    let folder: string;
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'nuthatch-foreign-keys-'));
    });
    afterAll(() => rmSync(folder, { recursive: true }));

    it.each(types.map(({ type, values }, index) => ({ type, values, index })))(
      'gives each row of $type once, several of one key and those of none',
      async ({ type, values, index }) => {
        const { knex } = placeOf();
        const table = `foreign_keys_${index}`;
        // Each value three times in a part of its own, and two rows that lack a part of the key.
        const rows = values.flatMap((value) => [value, value, value].map((id) => [id, "'p'"]));
        rows.push(['NULL', "'p'"], ['NULL', 'NULL'], [values[0] as string, 'NULL']);
        const texts = rows
          .map(([id, part], n) => `(${id}, ${part}, ${n})`)
          .sort((left, right) => (left < right ? 1 : -1));
        await knex.raw(`CREATE TABLE ${table} (id ${type}, part varchar(9), n int)`);
        await knex.raw(`INSERT INTO ${table} VALUES ${texts.join(', ')}`);
        for (const keys of [['id'], ['id', 'part'], ['part', 'id']]) {
          for (const batchRowCount of [1, 2, 5]) {
            await using db = await openOf<Collections, Collections>([copiedDefinition(modelOf(keys))], {
              memory: true,
            });
            const options = { batchRowCount, conflict: 'skip', rejectedFile: join(folder, 'rejected.jsonl') } as const;
            const { collections } = await loadFrom(db, sqlTable(knex, { table }), options);
            const [{ readCount, loadedCount, skippedCount, rejectedCount } = NONE] = collections;
            expect([keys, batchRowCount, readCount, loadedCount, skippedCount + rejectedCount]).toEqual([
              keys,
              batchRowCount,
              rows.length,
              values.length,
              rows.length - values.length,
            ]);
          }
        }
      },
    );
  });
}

const digits = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => String(9_007_199_254_740_990n + BigInt(index)));

export const POSTGRES_KEYS: readonly KeyType[] = [
  { type: 'text', values: ["'a'", "'A'", "'ä'", "'a '", "E'\\\\'", "''''", "''"] },
  { type: 'numeric(30, 3)', values: [...digits(3), '-1.5', '0.001'] },
  { type: 'bigint', values: digits(5) },
  { type: 'real', values: ['0.1', '0.2', '16777217', '-3e-20'] },
  { type: 'double precision', values: ['0.1', '0.1 + 0.2', '1e300', '-1e-300'] },
  { type: 'timestamptz', values: ["'2026-05-12 10:00:00.000001Z'", "'2026-05-12 10:00:00.000002Z'", "'1900-01-01Z'"] },
  { type: 'uuid', values: ["'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", "'00000000-0000-0000-0000-000000000000'"] },
  { type: 'interval', values: ["'1 day'", "'25 hours'", "'-3 months'"] },
  { type: 'char(5)', values: ["'a'", "'b'"] },
  { type: 'bytea', values: ["'\\x00ff'", "'\\x'", "'\\x5c'"] },
];

export const MARIADB_KEYS: readonly KeyType[] = [
  { type: 'varchar(20) COLLATE utf8mb4_bin', values: ["'a'", "'A'", "'ä'", "'\\\\'", "''''", "''"] },
  { type: 'decimal(30, 3)', values: [...digits(3), '-1.5', '0.001'] },
  { type: 'bigint', values: digits(5) },
  { type: 'bigint unsigned', values: ['18446744073709551615', '18446744073709551614', '0'] },
  { type: 'float', values: ['0.1', '0.2', '16777216', '-3e-20'] },
  { type: 'double', values: ['0.1e0', '0.1e0 + 0.2e0', '1e300', '-1e-300'] },
  { type: 'datetime(6)', values: ["'2026-05-12 10:00:00.000001'", "'2026-05-12 10:00:00.000002'", "'1900-01-01'"] },
  { type: "enum('z', 'a', 'm')", values: ["'a'", "'m'", "'z'"] },
  { type: 'time(3)', values: ["'-01:00:00.001'", "'100:00:00'", "'00:00:00'"] },
  { type: 'year', values: ['2026', '1999'] },
];

export const SQLITE_KEYS: readonly KeyType[] = [
  { type: 'TEXT', values: ["'a'", "'A'", "'a '", "''''", "''", "'10'", "'9'"] },
  { type: '', values: ['1', '2', '10', "'b'", "'c'", '1.5', '9007199254740993'] },
  { type: 'INTEGER', values: ['1', '10', '9', '9223372036854775807', "'x'"] },
  { type: 'REAL', values: ['0.1', '0.1 + 0.2', '1e300', '-5'] },
  { type: 'NUMERIC', values: ['1', '0.5', "'word'"] },
  { type: 'DATETIME', values: ["'2026-01-02'", "'2026-01-03 04:05'"] },
];
