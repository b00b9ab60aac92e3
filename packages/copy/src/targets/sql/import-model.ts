/** A decorated class for a table that is there: a beginning to be looked through, not a finished model. */
import { DatabaseError } from '@nuthatch/model';
import { requireArgument, requireOptions } from '../../argument-check.js';
import { classNameOf, declaredCollectionOf, fieldNamesOf, isClassName } from './import-names.js';
import type { KnexPool } from './knex-pool.js';
import { dialectOf } from './sql.js';
import type { FoundColumn } from './sql-dialect.js';
import { copyError } from './sql-error.js';
import { requireName } from './sql-name.js';
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
 * Rejects with `COPY_TARGET_MISMATCH` when there is no such table, `INVALID_OPTION` for an invalid name.
 */
export async function importModel(knex: KnexPool, options: ImportModelOptions): Promise<string> {
  requireOptions(options, { table: 'text', schema: 'text', className: 'text' });
  requireArgument(options.table, 'table', 'text');
  const dialect = dialectOf(knex);
  const { table, schema } = options;
  requireName(dialect, schema, 'schema');
  requireName(dialect, table, 'table');
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
  if (!isClassName(className))
    throw new DatabaseError('INVALID_OPTION', `${JSON.stringify(className)} cannot name a class`, { option: 'class' });
  const hasKey = columns.some(({ isKey }) => isKey);
  const note = hasKey ? '' : '// The table has no primary key: put @Id() on the field that is one.\n';
  const collection = declaredCollectionOf(className);
  const decorator = collection === undefined ? '@Document()' : `@Document({ collection: '${collection}' })`;
  const fields = fieldNamesOf(columns.map(({ name }) => name));
  const members = columns.map((column, index) => fieldText(column, fields[index]!));
  const made = `Made of the table ${quoted(table)}; look through types, then add @Index, @Tag and @Range.`;
  return `import { Document, Id } from '@nuthatch/decorators';\n\n${note}/** ${made} */\n${decorator}\nexport class ${className} {\n${members.join('\n')}\n}\n`;
}

function fieldText({ name, type, isNullable, isKey }: FoundColumn, field: string): string {
  const { type: is, note } = isKey ? keyTypeOf(type.toLowerCase()) : typeOf(type.toLowerCase());
  const notes = field === name ? [] : [`The column ${quoted(name)}: load it with \`columns\` or \`--map\``];
  if (note !== undefined) notes.push(`${note}: ${inComment(type)}`);
  const comment = notes.length === 0 ? '' : `  /** ${notes.join('. ')} */\n`;
  return `${comment}  ${isKey ? '@Id() readonly ' : ''}${field}${isNullable && !isKey ? '?' : '!'}: ${is};`;
}

function quoted(text: string): string {
  return inComment(JSON.stringify(text));
}

/** Without what would end a comment. */
function inComment(text: string): string {
  return text.replaceAll('*/', '*\\/');
}

interface FieldType {
  readonly type: string;
  readonly note?: string;
}

/** Whole numbers of any size come as bigints. Times are read as texts: in a table they may be finer than a Date is. */
function keyTypeOf(type: string): FieldType {
  if (/^(numeric|decimal)\(\d+(,\s*0)?\)/.test(type)) return { type: 'bigint' };
  const found = typeOf(type);
  if (/^(string|number|bigint)$/.test(found.type) && !/^(numeric|decimal)/.test(type)) return found;
  return { type: 'string', note: 'as an id it is read as its text' };
}

/** Types of PostgreSQL, MySQL and SQLite by their catalogue names. */
function typeOf(type: string): FieldType {
  if (type.endsWith('[]')) return { type: 'string', note: 'a list in the table, read as its text' };
  if (/^(bool|boolean|tinyint\(1\))(?!\w)/.test(type)) return { type: 'boolean' };
  if (/^(bigint|int8|bigserial|serial8|unsigned big int)\b/.test(type)) return { type: 'bigint' };
  if (/^((small|medium|tiny)?int|integer|int[24]|(small)?serial[24]?|year)\b/.test(type)) return { type: 'number' };
  if (/^(numeric|decimal)\b/.test(type)) return { type: 'number', note: 'digits beyond the 15th are lost' };
  if (/^(double|real|float[48]?)\b/.test(type)) return { type: 'number' };
  if (/^(timestamp|timestamptz|datetime|date)\b/.test(type)) return { type: 'Date' };
  if (/^(bytea|(tiny|medium|long)?blob|(var)?binary)\b/.test(type)) return { type: 'Uint8Array' };
  if (/^jsonb?\b/.test(type)) return { type: 'string', note: 'JSON: declare the type of what it holds' };
  return { type: 'string' };
}
