/**
 * The tables of journals in PostgreSQL. Every version reads them for ever: change them with another `format` only.
 *
 *   journal (name, format, uuid, head)          one row a journal; head: position of its last frame
 *   frame (journal, position, bytes)            one row a frame, as docs/journal-format.md of the runtime describes it
 */
import type { Client } from 'pg';

/** Any number that nobody else takes: makers of tables wait for each other. */
const MAKING_LOCK = 5_272_914_403;

/** Makes the schema, the tables and the row of a journal, as far as they are missing. */
export async function makeJournal(client: Client, schema: string, name: string, uuid: string): Promise<void> {
  const place = quoted(schema);
  await client.query('BEGIN');
  try {
    await client.query('SELECT pg_advisory_xact_lock($1)', [MAKING_LOCK]);
    const { rows } = await client.query<{ there: string | null }>('SELECT to_regclass($1)::text AS there', [
      `${place}.frame`,
    ]);
    // A role that may not make tables can use those that are there.
    if (rows[0]?.there === null) {
      await client.query(`CREATE SCHEMA IF NOT EXISTS ${place}`);
      await client.query(
        `CREATE TABLE IF NOT EXISTS ${place}.journal (name text PRIMARY KEY, format integer NOT NULL, uuid text NOT NULL, head bigint NOT NULL)`,
      );
      await client.query(
        `CREATE TABLE ${place}.frame (journal text NOT NULL, position bigint NOT NULL, bytes bytea NOT NULL, PRIMARY KEY (journal, position))`,
      );
      // Kept as they are: most are short, and compressing them costs the server more than it saves.
      await client.query(`ALTER TABLE ${place}.frame ALTER COLUMN bytes SET STORAGE EXTERNAL`);
    }
    await client.query(
      `INSERT INTO ${place}.journal (name, format, uuid, head) VALUES ($1, 1, $2, 0) ON CONFLICT (name) DO NOTHING`,
      [name, uuid],
    );
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

export const openSql = (schema: string): string =>
  `SELECT uuid, head, format FROM ${quoted(schema)}.journal WHERE name = $1`;

export const headSql = (schema: string): string => `SELECT head FROM ${quoted(schema)}.journal WHERE name = $1`;

/** The frame lands only where the head is right before it. */
export const appendSql = (schema: string): string => `
  WITH moved AS (
    UPDATE ${quoted(schema)}.journal SET head = $2::bigint WHERE name = $1 AND head = $2::bigint - 1 RETURNING name
  )
  INSERT INTO ${quoted(schema)}.frame (journal, position, bytes) SELECT name, $2::bigint, $3::bytea FROM moved`;

/** Frames behind a position, until their bytes are many; the first one in any case. */
export const readSql = (schema: string): string => `
  SELECT position, bytes FROM (
    SELECT position, bytes, sum(octet_length(bytes)) OVER (ORDER BY position) - octet_length(bytes) AS before
    FROM (
      SELECT position, bytes FROM ${quoted(schema)}.frame
      WHERE journal = $1 AND position > $2::bigint ORDER BY position LIMIT 1000
    ) AS next
  ) AS counted
  WHERE before = 0 OR before + octet_length(bytes) <= $3::bigint ORDER BY position`;

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
