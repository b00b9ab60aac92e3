/** A decorated class for a table that is there: a beginning to be looked through, not a finished model. */
import { DatabaseError } from '@nuthatch/model';
import type { KnexPool } from './knex-pool.js';
import { dialectOf } from './sql.js';
import type { FoundColumn } from './sql-dialect.js';
import { copyError } from './sql-error.js';
import { SqlSession } from './sql-session.js';

export interface ImportModelOptions {
  readonly schema?: string | undefined;
  readonly table: string;
  /** Default: made of the table's name, `game_players` → `GamePlayers`. */
  readonly className?: string | undefined;
}

/**
 * The source text of a class with a field for each column: `@Id()` on the primary key, optional where NULL is allowed.
 * I/O: one query of the catalogue.
 *
 * Rejects with `COPY_TARGET_MISMATCH` when there is no such table, `INVALID_OPTION` for a name that is none.
 */
export async function importModel(knex: KnexPool, options: ImportModelOptions): Promise<string> {
  const dialect = dialectOf(knex);
  const { table, schema } = options;
  const session = await SqlSession.open(knex, dialect, false);
  let columns: readonly FoundColumn[];
  try {
    columns = await dialect.columnsOf(session.connection, schema, table);
  } catch (error) {
    throw copyError(error, dialect.name, `failed while ${table} was looked into`);
  } finally {
    await session.release();
  }
  if (columns.length === 0) {
    const differences = [{ table, kind: 'missingTable' }];
    throw new DatabaseError('COPY_TARGET_MISMATCH', `${dialect.name} has no table ${table}`, {
      target: dialect.name,
      differences,
    });
  }
  const className = options.className ?? classNameOf(table);
  if (!/^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(className))
    throw new DatabaseError('INVALID_OPTION', `${JSON.stringify(className)} cannot name a class`, { option: 'class' });
  const hasKey = columns.some(({ isKey }) => isKey);
  const note = hasKey ? '' : '// The table has no primary key: put @Id() on the field that is one.\n';
  const table_ = JSON.stringify(table).replaceAll('*/', '*\\/');
  return `import { Document, Id } from '@nuthatch/decorators';\n\n${note}/** Made of the table ${table_}; look through types, then add @Index, @Tag and @Range. */\n@Document()\nexport class ${className} {\n${columns.map(fieldText).join('\n')}\n}\n`;
}

function fieldText({ name, type, isNullable, isKey }: FoundColumn): string {
  const field = /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name) ? name : JSON.stringify(name);
  const { type: is, note } = typeOf(type.toLowerCase());
  const comment = note === undefined ? '' : `  /** ${note}: ${type.replaceAll('*/', '')} */\n`;
  return `${comment}  ${isKey ? '@Id() readonly ' : ''}${field}${isNullable && !isKey ? '?' : '!'}: ${is};`;
}

/** Types of PostgreSQL, MySQL and SQLite by their catalogue names. */
function typeOf(type: string): { readonly type: string; readonly note?: string } {
  if (type.endsWith('[]')) return { type: 'string', note: 'a list in the table, read as its text' };
  if (/^(bool|tinyint\(1\))/.test(type)) return { type: 'boolean' };
  if (/^(bigint|int8|bigserial)/.test(type)) return { type: 'bigint' };
  if (/^(small|medium|tiny)?int|^(small)?serial|^year/.test(type)) return { type: 'number' };
  if (/^(numeric|decimal)/.test(type)) return { type: 'number', note: 'digits beyond the 15th are lost' };
  if (/^(double|real|float)/.test(type)) return { type: 'number' };
  if (/^(timestamp|datetime|date)/.test(type)) return { type: 'Date' };
  if (/^(bytea|(tiny|medium|long)?blob|(var)?binary)/.test(type)) return { type: 'Uint8Array' };
  if (/^json/.test(type)) return { type: 'string', note: 'JSON: declare the type of what it holds' };
  return { type: 'string' };
}

function classNameOf(table: string): string {
  const words = table.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
  return words.map((word) => (word[0] as string).toUpperCase() + word.slice(1)).join('');
}
