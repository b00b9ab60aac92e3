import { DatabaseError } from '@nuthatch/model';
import { MemoryFileSystem, openKeyValue } from '@nuthatch/runtime';
import { Counter, Registry, register } from 'prom-client';
import { openPlayers, type PlayerDatabase, player } from '../../runtime/test/support/open-players.js';
import { prometheusName } from '../src/metrics/metric.js';
import { METRICS } from '../src/metrics/metric-list.js';
import { prometheus } from '../src/prometheus.js';

let registry: Registry;

beforeEach(() => {
  registry = new Registry();
});

const open = (directory = '/data'): Promise<PlayerDatabase> =>
  openPlayers({ directory, fileSystem: new MemoryFileSystem(), compaction: 'manual' });

interface Value {
  readonly value: number;
  readonly labels: Readonly<Record<string, unknown>>;
  readonly metricName?: string;
}

/** Values of a metric by its name in Prometheus. */
async function valuesOf(name: string): Promise<readonly Value[]> {
  const found = (await registry.getMetricsAsJSON()).find((metric) => metric.name === name);
  return (found as unknown as { readonly values: readonly Value[] } | undefined)?.values ?? [];
}

async function valueIn(name: string, labels: object = {}): Promise<number | undefined> {
  const wanted = Object.entries(labels);
  return (await valuesOf(name)).find((one) => wanted.every(([label, value]) => one.labels[label] === value))?.value;
}

async function countOf(histogram: string, labels: object): Promise<number | undefined> {
  const values = (await valuesOf(histogram)).filter(({ metricName }) => metricName === `${histogram}_count`);
  return values.find((one) => Object.entries(labels).every(([label, value]) => one.labels[label] === value))?.value;
}

describe('prometheus', () => {
  it('shows what the stats show, at the time of the scrape', async () => {
    await using db = await open();
    using _ = prometheus(db, { registry });
    await Promise.all([db.player.insert(player('a', { clubs: ['x', 'y'] })), db.player.insert(player('b'))]);
    await db.player.insert(player('c'), { durability: 'os' });
    const { journal } = db.stats();
    const database = 'data';
    expect(await valueIn('nuthatch_documents', { database, collection: 'player' })).toBe(3);
    expect(await valueIn('nuthatch_index_entries', { database, index: 'clubs', kind: 'tag' })).toBe(2);
    expect(await valueIn('nuthatch_transactions_total', { database })).toBe(3);
    expect(await valueIn('nuthatch_transactions_unsynced', { database })).toBe(1);
    expect(await valueIn('nuthatch_journal_written_bytes_total', { database })).toBe(journal.writtenBytes);
    expect(await valueIn('nuthatch_journal_disk_bytes', { database })).toBe(journal.diskBytes);
    expect(await valueIn('nuthatch_failed', { database })).toBe(0);
    await db.player.delete('c');
    expect(await valueIn('nuthatch_documents', { database, collection: 'player' })).toBe(2);
  });

  it('measures group commits, fsyncs, flushes, compactions and errors of listeners', async () => {
    await using db = await open();
    using _ = prometheus(db, { registry });
    expect(await countOf('nuthatch_commit_duration_seconds', { database: 'data' })).toBe(0);
    db.on('listenerError', () => undefined);
    db.on('insert', () => {
      throw new Error('mine');
    });
    await Promise.all(['a', 'b', 'c'].map((id) => db.player.insert(player(id))));
    await db.player.insert(player('d'));
    await db.flush();
    await db.compact();
    expect(await countOf('nuthatch_commit_duration_seconds', { database: 'data' })).toBe(2);
    expect(await valueIn('nuthatch_commit_transactions', { database: 'data', le: 1 })).toBe(1);
    expect(await valueIn('nuthatch_commit_transactions', { database: 'data', le: 5 })).toBe(2);
    expect(await countOf('nuthatch_fsync_duration_seconds', { database: 'data' })).toBe(2);
    expect(await countOf('nuthatch_flush_duration_seconds', { database: 'data', result: 'done' })).toBe(1);
    expect(await countOf('nuthatch_compaction_duration_seconds', { result: 'done' })).toBe(1);
    expect(await countOf('nuthatch_compaction_duration_seconds', { result: 'failed' })).toBe(0);
    expect(await valueIn('nuthatch_listener_errors_total', { database: 'data' })).toBe(4);
  });

  it('reads the stats once for all metrics of a scrape', async () => {
    await using db = await open();
    using _ = prometheus(db, { registry });
    const stats = jest.spyOn(db, 'stats');
    await registry.metrics();
    expect(stats).toHaveBeenCalledTimes(1);
    await registry.metrics();
    expect(stats).toHaveBeenCalledTimes(2);
  });

  it('tells several databases of a registry apart, and refuses two of one name', async () => {
    await using first = await open('/first');
    await using second = await open('/second');
    await using store = await openKeyValue();
    using _first = prometheus(first, { registry });
    using _second = prometheus(second, { registry, name: 'other' });
    using _store = prometheus(store, { registry, name: 'settings' });
    await first.player.insert(player('a'));
    await store.set('a', 1);
    const counted = await valuesOf('nuthatch_documents');
    expect(counted.map(({ labels, value }) => [labels.database, value])).toEqual([
      ['first', 1],
      ['other', 0],
      ['settings', 1],
    ]);
    expect(await countOf('nuthatch_commit_duration_seconds', { database: 'other' })).toBe(0);
    expect(() => prometheus(first, { registry, name: 'other' })).toThrow(DatabaseError);
  });

  it('takes its series away when it is stopped and when the database is closed; then the name is free', async () => {
    const db = await open();
    await using other = await open('/other');
    using _ = prometheus(other, { registry });
    const observation = prometheus(db, { registry });
    await db.player.insert(player('a'));
    observation.stop();
    observation.stop();
    expect(await registry.metrics()).not.toMatch(/database="data"/);
    expect(await registry.metrics()).toMatch(/nuthatch_documents\{database="other",collection="player"\} 0/);
    prometheus(db, { registry });
    await db.flush();
    await db.close();
    expect(await registry.metrics()).not.toMatch(/database="data"/);
  });

  it('leaves nothing in the registry once the last database has gone, and begins again', async () => {
    await using db = await open();
    prometheus(db, { registry }).stop();
    expect(registry.getMetricsAsArray()).toEqual([]);
    using _ = prometheus(db, { registry });
    registry.clear();
    await using other = await open('/other');
    using _other = prometheus(other, { registry });
    expect((await valuesOf('nuthatch_documents')).map(({ labels }) => labels.database)).toEqual(['data', 'other']);
  });

  it('refuses a database that is closed or being closed: its series would stay for ever', async () => {
    const db = await open();
    const closed = db.close();
    expect(() => prometheus(db, { registry })).toThrow(expect.objectContaining({ code: 'DATABASE_CLOSED' }));
    await closed;
    expect(() => prometheus(db, { registry })).toThrow(expect.objectContaining({ code: 'DATABASE_CLOSED' }));
    expect(registry.getMetricsAsArray()).toEqual([]);
  });

  it('registers each metric of the list, and no other, with its labels', async () => {
    await using db = await open();
    using _ = prometheus(db, { registry });
    const registered = registry.getMetricsAsArray() as unknown as readonly { name: string; labelNames: string[] }[];
    expect(registered.map(({ name }) => name).sort()).toEqual(METRICS.map(prometheusName).sort());
    for (const metric of METRICS)
      expect(registered.find(({ name }) => name === prometheusName(metric))?.labelNames).toEqual([
        'database',
        ...metric.labels,
      ]);
  });

  it('uses the global registry when none is given', async () => {
    await using db = await open();
    const observation = prometheus(db);
    expect(await register.metrics()).toMatch(/nuthatch_documents\{database="data"/);
    observation.stop();
    expect(await register.metrics()).not.toMatch(/nuthatch/);
  });

  it.each<[string, (db: PlayerDatabase) => unknown]>([
    ['what is not a database', () => prometheus({} as PlayerDatabase, { registry })],
    ['no database', () => prometheus(undefined as unknown as PlayerDatabase)],
    ['what is not a registry', (db) => prometheus(db, { registry: {} as Registry })],
    ['an empty name', (db) => prometheus(db, { registry, name: '' })],
    ['a name that is not a text', (db) => prometheus(db, { registry, name: 5 as unknown as string })],
    ['an unknown option', (db) => prometheus(db, { registry, nmae: 'x' } as object)],
    ['options that are not an object', (db) => prometheus(db, 'x' as unknown as object)],
    [
      'a metric of our name',
      (db) => {
        new Counter({ name: 'nuthatch_failed', help: 'theirs', registers: [registry] });
        return prometheus(db, { registry });
      },
    ],
  ])('refuses %s, and leaves the registry as it was', async (_, call) => {
    await using db = await open();
    const error = await (async () => call(db))().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'INVALID_OPTION' });
    expect(registry.getMetricsAsArray().length).toBeLessThanOrEqual(1);
  });
});
