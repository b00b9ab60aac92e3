/**
 * The tables of journals in PostgreSQL. Every version reads them for ever: change them with another `format` only.
 *
 *   journal (name, format, uuid, head)          one row a journal; head: position of its last frame; format 0: unfinished
 *   frame (journal, position, bytes, written)   one row a frame, as docs/journal-format.md of the runtime describes it
 *   image (journal, position, id, entry)        one row an image; entry: JSON with place, models, length and hash
 *   image_part (id, part, bytes)                the bytes of an image; parts of no image are leftovers of a crash
 *   blob_part (journal, id, part, bytes)        the bytes of blobs; made when the first one is put
 */
import type { Client } from 'pg';
import { CHAIN_LENGTH, CHAIN_OFFSET } from '../../engine/frame-links.js';

/** Any number that nobody else takes: makers of tables wait for each other. */
const MAKING_LOCK = 5_272_914_403;

export const FORMAT = 1;
/** Of a journal that is being made: every version refuses to open it. */
export const UNFINISHED_FORMAT = 0;

/** Makes the schema, the tables and the row of a journal, as far as they are missing. */
export async function makeJournal(
  client: Client,
  schema: string,
  name: string,
  uuid: string,
  format: number,
): Promise<void> {
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
        `CREATE TABLE ${place}.frame (journal text NOT NULL, position bigint NOT NULL, bytes bytea NOT NULL, written timestamptz NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (journal, position))`,
      );
      await client.query(
        `CREATE TABLE ${place}.image (journal text NOT NULL, position bigint NOT NULL, id text NOT NULL, entry text NOT NULL, PRIMARY KEY (journal, position))`,
      );
      await client.query(
        `CREATE TABLE ${place}.image_part (id text NOT NULL, part integer NOT NULL, bytes bytea NOT NULL, written timestamptz NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (id, part))`,
      );
      // Kept as they are: most are short, and compressing them costs the server more than it saves.
      await client.query(`ALTER TABLE ${place}.frame ALTER COLUMN bytes SET STORAGE EXTERNAL`);
    }
    await client.query(
      `INSERT INTO ${place}.journal (name, format, uuid, head) VALUES ($1, $3, $2, 0) ON CONFLICT (name) DO NOTHING`,
      [name, uuid, format],
    );
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** The table of blobs. Journals from before there were any have none. */
export async function makeBlobTable(client: Client, schema: string): Promise<void> {
  const place = quoted(schema);
  await client.query('BEGIN');
  try {
    await client.query('SELECT pg_advisory_xact_lock($1)', [MAKING_LOCK]);
    const { rows } = await client.query<{ there: string | null }>('SELECT to_regclass($1)::text AS there', [
      `${place}.blob_part`,
    ]);
    if (rows[0]?.there === null) {
      await client.query(
        `CREATE TABLE ${place}.blob_part (journal text NOT NULL, id text NOT NULL, part integer NOT NULL, bytes bytea NOT NULL, PRIMARY KEY (journal, id, part))`,
      );
      await client.query(`ALTER TABLE ${place}.blob_part ALTER COLUMN bytes SET STORAGE EXTERNAL`);
    }
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

export const storeBlobPartSql = (schema: string): string =>
  `INSERT INTO ${quoted(schema)}.blob_part (journal, id, part, bytes) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`;

export const blobPartSql = (schema: string): string =>
  `SELECT bytes FROM ${quoted(schema)}.blob_part WHERE journal = $1 AND id = $2 AND part = $3`;

export const dropBlobSql = (schema: string): string =>
  `DELETE FROM ${quoted(schema)}.blob_part WHERE journal = $1 AND id = $2`;

export const openSql = (schema: string): string =>
  `SELECT uuid, head, format FROM ${quoted(schema)}.journal WHERE name = $1`;

export const finishSql = (schema: string): string =>
  `UPDATE ${quoted(schema)}.journal SET format = ${FORMAT} WHERE name = $1 AND format = ${UNFINISHED_FORMAT}`;

export const headSql = (schema: string): string => `SELECT head FROM ${quoted(schema)}.journal WHERE name = $1`;

/** The frame lands only where the head is right before it, and not where the frame there has another chain value than $4. */
export const appendSql = (schema: string): string => `
  WITH moved AS (
    UPDATE ${quoted(schema)}.journal SET head = $2::bigint WHERE name = $1 AND head = $2::bigint - 1 AND NOT EXISTS (
      SELECT FROM ${quoted(schema)}.frame AS last WHERE last.journal = $1 AND last.position = $2::bigint - 1
        AND substring(last.bytes FROM ${CHAIN_OFFSET + 1} FOR ${CHAIN_LENGTH}) <> $4::bytea
    ) RETURNING name
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

/** The oldest frame, how many there are, their bytes, and those behind a position. */
export const usageSql = (schema: string): string => `
  SELECT min(position) AS oldest, count(*) AS count, coalesce(sum(octet_length(bytes)), 0) AS bytes,
    coalesce(sum(octet_length(bytes)) FILTER (WHERE position > $2::bigint), 0) AS since
  FROM ${quoted(schema)}.frame WHERE journal = $1`;

export const newestImageSql = (schema: string): string =>
  `SELECT id, entry FROM ${quoted(schema)}.image WHERE journal = $1 ORDER BY position DESC LIMIT 1`;

export const imageOfSql = (schema: string): string =>
  `SELECT id FROM ${quoted(schema)}.image WHERE journal = $1 AND position = $2::bigint`;

export const imagePartSql = (schema: string): string =>
  `SELECT bytes FROM ${quoted(schema)}.image_part WHERE id = $1 AND part = $2`;

export const storePartSql = (schema: string): string =>
  `INSERT INTO ${quoted(schema)}.image_part (id, part, bytes) VALUES ($1, $2, $3)`;

export const storeImageSql = (schema: string): string =>
  `INSERT INTO ${quoted(schema)}.image (journal, position, id, entry) VALUES ($1, $2::bigint, $3, $4)`;

/** All images but the two newest of the journal; then parts that no image has, and that nobody is writing any more. */
export const dropImagesSql = (schema: string): string => `
  DELETE FROM ${quoted(schema)}.image WHERE journal = $1 AND position NOT IN (
    SELECT position FROM ${quoted(schema)}.image WHERE journal = $1 ORDER BY position DESC LIMIT 2)`;
export const dropPartsSql = (schema: string): string => `
  DELETE FROM ${quoted(schema)}.image_part AS part WHERE written < clock_timestamp() - interval '1 day'
    AND NOT EXISTS (SELECT 1 FROM ${quoted(schema)}.image WHERE image.id = part.id)`;

/** Frames that the newest image covers, and that are too old or too many. */
export const truncateSql = (schema: string): string => `
  DELETE FROM ${quoted(schema)}.frame WHERE journal = $1 AND position <= least($2::bigint, coalesce((
    SELECT max(position) FROM ${quoted(schema)}.image WHERE journal = $1), 0)) AND position <= coalesce((
      SELECT max(position) FROM (
        SELECT position, written, sum(octet_length(bytes)) OVER (ORDER BY position DESC) AS kept
        FROM ${quoted(schema)}.frame WHERE journal = $1) AS counted
      WHERE written < clock_timestamp() - $3::double precision * interval '1 millisecond' OR kept > $4::bigint), 0)`;

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
