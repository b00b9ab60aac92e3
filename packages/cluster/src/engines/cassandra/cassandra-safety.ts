/**
 * Whether Cassandra or Scylla may lose what it has acknowledged: with fewer than three copies, or while its servers write
 * the commit log to the disk behind the acknowledgement (`commitlog_sync: periodic`, as they do by default).
 */
import type { Client } from 'cassandra-driver';
import { unsafe } from '../../engine/engine-errors.js';

/** Where servers say it: Cassandra from 4.0 on, Scylla. */
const PLACES = ['system_views.settings', 'system.config'];
const SAFE = ['batch', 'group'];

/** @throws DatabaseError `JOURNAL_UNSAFE`. */
export async function requireSafe(client: Client, keyspace: string, journal: string): Promise<void> {
  const copies = await copiesOf(client, keyspace);
  if (copies < 3) throw unsafe(journal, 'replication', copies, `the keyspace ${keyspace} has ${copies} of 3 copies`);
  for (const host of client.hosts.values()) {
    const sync = await settingOf(client, host as unknown as object);
    if (sync !== undefined && SAFE.includes(sync)) continue;
    const what = `a server has commitlog_sync: ${sync ?? 'unknown'}, expected ${SAFE.join(' or ')}`;
    throw unsafe(journal, 'commitlog_sync', sync, what);
  }
}

/** The fewest copies that a data centre has. */
async function copiesOf(client: Client, keyspace: string): Promise<number> {
  const select = 'SELECT replication FROM system_schema.keyspaces WHERE keyspace_name = ?';
  const { rows } = await client.execute(select, [keyspace], { prepare: true });
  const { class: strategy, ...factors } = (rows[0]?.['replication'] ?? {}) as Record<string, string>;
  const numbers = Object.values(factors).map(Number);
  return strategy === undefined || numbers.length === 0 ? 0 : Math.min(...numbers);
}

async function settingOf(client: Client, host: object): Promise<string | undefined> {
  for (const place of PLACES)
    try {
      const select = `SELECT value FROM ${place} WHERE name = 'commitlog_sync'`;
      const { rows } = await client.execute(select, [], { host } as never);
      const value = rows[0]?.['value'] as string | undefined;
      if (value !== undefined) return value.replaceAll('"', '').toLowerCase();
    } catch {
      // Not the kind of server that says it there.
    }
  return undefined;
}
