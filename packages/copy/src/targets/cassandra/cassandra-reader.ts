/** Reads what is in a keyspace: documents a page at a time, how many there are, and how its tables look. */
import type { CollectionShape } from '../../collection-shape.js';
import type { PlainDocument, StorePage, TargetDifference } from '../../external-store.js';
import { doubleQuoted } from '../double-quoted.js';
import type { CassandraTable, CollectionTables, TableColumn } from './cassandra-ddl.js';
import type { CassandraSession } from './cassandra-session.js';
import { documentOfRow } from './cassandra-types.js';

/** `SELECT columns FROM table`, in the order of their tokens. */
export function selectAll(keyspace: string, table: CassandraTable, columns: readonly string[]): string {
  return `SELECT ${columns.map(doubleQuoted).join(', ')} FROM ${doubleQuoted(keyspace)}.${doubleQuoted(table.name)}`;
}

/** One page of documents, in the order of the cluster. `after` is the driver's own page state. */
export async function readDocuments(
  session: CassandraSession,
  keyspace: string,
  shape: CollectionShape,
  { main }: CollectionTables,
  after: unknown,
  limit: number,
): Promise<StorePage> {
  const query = selectAll(
    keyspace,
    main,
    main.columns.map(({ name }) => name),
  );
  const page = await session.page(query, [], limit, after as string | undefined);
  const documents = page.rows.map((row) => documentOfRow(shape, row));
  return page.next === undefined ? { documents } : { documents, next: page.next };
}

/** Counts rows page by page: `count(*)` over a large table would run into the server's time limit. I/O: O(rows). */
export async function countRows(
  session: CassandraSession,
  keyspace: string,
  { main }: CollectionTables,
): Promise<number> {
  let count = 0;
  for await (const _row of session.rows(selectAll(keyspace, main, [main.seqColumn]), [], 5_000)) count++;
  return count;
}

/** Whether a table has a row at all. `column`: any that is there, for another writer's table has no seq. */
export async function hasRows(
  session: CassandraSession,
  keyspace: string,
  table: CassandraTable,
  column = table.seqColumn,
): Promise<boolean> {
  const query = `${selectAll(keyspace, table, [column])} LIMIT 1`;
  return ((await session.run(query)).rows?.length ?? 0) > 0;
}

/** A table as the cluster describes it. */
export interface FoundTable {
  readonly columns: ReadonlyMap<string, TableColumn & { readonly position: number }>;
  readonly comment: string;
}

/** Every table of a keyspace by name; empty when there is no such keyspace. */
export async function foundTables(session: CassandraSession, keyspace: string): Promise<Map<string, FoundTable>> {
  const found = new Map<string, FoundTable & { columns: Map<string, TableColumn & { position: number }> }>();
  const tables = 'SELECT table_name, comment FROM system_schema.tables WHERE keyspace_name = ?';
  for await (const row of session.rows(tables, [keyspace]))
    found.set(String(row['table_name']), { columns: new Map(), comment: String(row['comment'] ?? '') });
  const columns =
    'SELECT table_name, column_name, type, kind, position FROM system_schema.columns WHERE keyspace_name = ?';
  for await (const row of session.rows(columns, [keyspace])) {
    const name = String(row['column_name']);
    const role =
      row['kind'] === 'partition_key' ? 'partition' : row['kind'] === 'clustering' ? 'clustering' : 'regular';
    const position = Number(row['position']);
    found.get(String(row['table_name']))?.columns.set(name, { name, type: String(row['type']), role, position });
  }
  return found;
}

/** How an existing table differs from the expected one. */
export function tableDifferences(due: CassandraTable, found: FoundTable): TargetDifference[] {
  const table = due.name;
  const [expected, owner] = [ownerText(due), ownerText(found)];
  // Without a comment of ours, columns and rows have to tell.
  if (owner.startsWith('nuthatch: ') && owner !== expected) return [{ table, kind: 'owner', expected, found: owner }];
  const differences: TargetDifference[] = [];
  for (const { name, type } of due.columns) {
    const there = found.columns.get(name);
    if (there === undefined) differences.push({ table, column: name, kind: 'missingColumn', expected: type });
    else if (there.type !== type)
      differences.push({ table, column: name, kind: 'type', expected: type, found: there.type });
  }
  for (const { name, type } of found.columns.values())
    if (!due.columns.some((column) => column.name === name))
      differences.push({ table, column: name, kind: 'extraColumn', found: type });
  const dueKey = keyText(due.columns);
  const key = keyText([...found.columns.values()].sort((one, other) => one.position - other.position));
  if (key !== dueKey) differences.push({ table, kind: 'key', expected: dueKey, found: key });
  else if (bucketText(due) !== bucketText(found))
    differences.push({ table, kind: 'key', expected: bucketText(due), found: bucketText(found) });
  return differences;
}

function keyText(columns: readonly TableColumn[]): string {
  const names = (role: string): string[] => columns.filter((one) => one.role === role).map(({ name }) => name);
  return `((${names('partition').join(', ')})${names('clustering')
    .map((name) => `, ${name}`)
    .join('')})`;
}

function ownerText({ comment }: { readonly comment: string }): string {
  return comment.replace(/, \d+ buckets$/, '');
}

/** How many buckets a table was made with: said in its comment, since nothing else in it does. */
function bucketText({ comment }: { readonly comment: string }): string {
  return /\d+ buckets/.exec(comment)?.[0] ?? 'no buckets';
}

/** A row as a document, getters included: what the query tables were filled from. */
export function indexedDocument(shape: CollectionShape, row: PlainDocument): PlainDocument {
  const columns = shape.columns.map((column) => ({ ...column, isComputed: false }));
  return documentOfRow({ ...shape, columns }, row);
}
