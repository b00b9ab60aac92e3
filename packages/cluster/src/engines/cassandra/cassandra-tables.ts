/**
 * The tables of journals in Cassandra and Scylla. Every version reads them for ever: change them with another `format`
 * only.
 *
 *   journal (name, format, uuid)                       one row a journal; format 0: unfinished
 *   frame ((name, bucket), position, bytes, size)      256 positions a partition; static `closed`: truncated, takes nothing
 *   image (name, position, id, entry)                  the newest first; entry: JSON with place, models, length and hash
 *   image_part ((id, part), bytes)                     the bytes of an image, and of blobs, whose ids begin with `blob-`
 *   image_claim (name, id)                             who is storing an image; goes by itself after a while
 */

/** Positions of one partition: at most 256 MiB. */
const BUCKET = 256;

/** The partition of a position. */
export function bucketOf(position: number): number {
  return Math.floor((position - 1) / BUCKET);
}

export function firstOf(bucket: number): number {
  return bucket * BUCKET + 1;
}

export function lastOf(bucket: number): number {
  return (bucket + 1) * BUCKET;
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function makeStatements(keyspace: string, replication: string): readonly string[] {
  const place = quoted(keyspace);
  return [
    `CREATE KEYSPACE IF NOT EXISTS ${place} WITH replication = ${replication}`,
    `CREATE TABLE IF NOT EXISTS ${place}.journal (name text PRIMARY KEY, format int, uuid text)`,
    `CREATE TABLE IF NOT EXISTS ${place}.frame (name text, bucket bigint, position bigint, bytes blob, size int, closed boolean static, PRIMARY KEY ((name, bucket), position))`,
    `CREATE TABLE IF NOT EXISTS ${place}.image (name text, position bigint, id text, entry text, PRIMARY KEY (name, position)) WITH CLUSTERING ORDER BY (position DESC)`,
    `CREATE TABLE IF NOT EXISTS ${place}.image_part (id text, part int, bytes blob, PRIMARY KEY ((id, part)))`,
    `CREATE TABLE IF NOT EXISTS ${place}.image_claim (name text PRIMARY KEY, id text)`,
  ];
}
