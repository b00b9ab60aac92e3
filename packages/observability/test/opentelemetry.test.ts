import { MemoryFileSystem } from '@nuthatch/runtime';
import { type DataPoint, type Histogram, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { FaultFileSystem } from '../../runtime/test/fault-file-system.js';
import { openPlayers, type PlayerDatabase, player } from '../../runtime/test/support/open-players.js';
import { METRICS } from '../src/metrics/metric-list.js';
import { openTelemetry, traceTo } from '../src/opentelemetry.js';

class HandReader extends MetricReader {
  protected async onShutdown(): Promise<void> {}
  protected async onForceFlush(): Promise<void> {}
}

const open = (options: object = {}): Promise<PlayerDatabase> =>
  openPlayers({ directory: '/data', fileSystem: new MemoryFileSystem(), compaction: 'manual', ...options });

function metering(): { meter: ReturnType<MeterProvider['getMeter']>; collect: () => Promise<Map<string, Found>> } {
  const reader = new HandReader();
  const provider = new MeterProvider({ readers: [reader] });
  const collect = async (): Promise<Map<string, Found>> => {
    const { resourceMetrics, errors } = await reader.collect();
    expect(errors).toEqual([]);
    const found = resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics);
    return new Map(
      found.map(({ descriptor, dataPoints }) => [
        descriptor.name,
        { unit: descriptor.unit, points: dataPoints as never },
      ]),
    );
  };
  return { meter: provider.getMeter('nuthatch'), collect };
}

interface Found {
  readonly unit: string;
  readonly points: readonly DataPoint<number | Histogram>[];
}

function tracing(): { tracer: ReturnType<BasicTracerProvider['getTracer']>; spans: InMemorySpanExporter } {
  const spans = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
  return { tracer: provider.getTracer('nuthatch'), spans };
}

describe('openTelemetry', () => {
  it('gives a meter every metric of the list, with its unit', async () => {
    const { meter, collect } = metering();
    await using db = await open();
    using _ = openTelemetry(db, { meter });
    db.on('listenerError', () => undefined);
    db.on('insert', () => {
      throw new Error('mine');
    });
    await Promise.all([db.player.insert(player('a')), db.player.insert(player('b'))]);
    await db.flush();
    await db.compact();
    await db.backup('/backup');
    const found = await collect();
    // Of what has not happened there is no point yet.
    const silent = ['nuthatch.clock_jumps'];
    expect([...found.keys(), ...silent].sort()).toEqual(METRICS.map(({ name }) => name).sort());
    for (const { name, unit } of METRICS)
      if (!silent.includes(name)) expect([name, found.get(name)?.unit]).toEqual([name, unit]);
    expect(found.get('nuthatch.documents')?.points).toMatchObject([
      { value: 2, attributes: { database: 'data', collection: 'player' } },
    ]);
    expect(found.get('nuthatch.listener_errors')?.points).toMatchObject([{ value: 2 }]);
    expect(found.get('nuthatch.commit.transactions')?.points).toMatchObject([{ value: { count: 1, sum: 2 } }]);
    const fsyncs = found.get('nuthatch.fsync.duration')?.points[0]?.value as Histogram;
    expect(fsyncs.buckets.boundaries[0]).toBe(0.00005);
  });

  it('reads the stats once for each collection, and stops with the database', async () => {
    const { meter, collect } = metering();
    const db = await open();
    openTelemetry(db, { meter, name: 'mine' });
    const stats = jest.spyOn(db, 'stats');
    expect((await collect()).get('nuthatch.failed')?.points).toMatchObject([
      { value: 0, attributes: { database: 'mine' } },
    ]);
    expect(stats).toHaveBeenCalledTimes(1);
    await db.close();
    await collect();
    expect(stats).toHaveBeenCalledTimes(1);
  });

  it('makes a span of each flush, compaction, backup and closing', async () => {
    const { tracer, spans } = tracing();
    const db = await open();
    const observation = openTelemetry(db, { tracer });
    await db.player.insert(player('a'));
    await db.flush();
    await db.compact();
    await db.backup('/backup');
    await db.close();
    observation.stop();
    const ended = spans.getFinishedSpans();
    expect(ended.map(({ name }) => name)).toEqual([
      'nuthatch.flush',
      'nuthatch.compaction',
      'nuthatch.backup',
      'nuthatch.close',
    ]);
    expect(ended[1]?.attributes).toMatchObject({ database: 'data', 'db.system.name': 'nuthatch', 'nuthatch.seq': 1 });
    expect(ended[2]?.attributes).toMatchObject({ 'nuthatch.destination': 'directory' });
  });

  it('marks the span of what failed by the code alone', async () => {
    const { tracer, spans } = tracing();
    const disk = new FaultFileSystem();
    await using db = await open({ fileSystem: disk });
    using _ = openTelemetry(db, { tracer });
    await db.player.insert(player('a'));
    disk.plan = { failAt: disk.calls.length, errno: 'ENOSPC', operations: ['write'] };
    await expect(db.compact()).rejects.toMatchObject({ code: 'JOURNAL_WRITE_FAILED' });
    const [span] = spans.getFinishedSpans();
    expect(span).toMatchObject({
      status: { code: 2, message: 'JOURNAL_WRITE_FAILED' },
      attributes: { 'error.type': 'JOURNAL_WRITE_FAILED' },
      events: [],
    });
  });

  it.each<[string, (db: PlayerDatabase) => unknown]>([
    ['nothing to report to', (db) => openTelemetry(db, {})],
    ['no options', (db) => openTelemetry(db, undefined as never)],
    ['what is not a meter', (db) => openTelemetry(db, { meter: {} as never })],
    ['what is not a tracer', (db) => openTelemetry(db, { tracer: 5 as never })],
    ['what is not a database', () => openTelemetry({} as never, { meter: metering().meter })],
    ['a tracer for all that is none', () => traceTo(undefined as never)],
  ])('refuses %s', async (_, call) => {
    await using db = await open();
    await expect((async () => call(db))()).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });
});

describe('traceTo', () => {
  it('makes spans of openings too, those that fail among them', async () => {
    const { tracer, spans } = tracing();
    using _ = traceTo(tracer);
    const fileSystem = new MemoryFileSystem();
    await using _db = await open({ fileSystem });
    await expect(open({ fileSystem })).rejects.toMatchObject({ code: 'DATABASE_LOCKED' });
    const shown = spans
      .getFinishedSpans()
      .map(({ name, attributes }) => [name, attributes['error.type'], attributes.database]);
    expect(shown).toEqual([
      ['nuthatch.open', undefined, 'data'],
      ['nuthatch.open', 'DATABASE_LOCKED', 'data'],
    ]);
    expect(spans.getFinishedSpans()[0]?.attributes).toMatchObject({ 'nuthatch.clean': true, 'nuthatch.seq': 0 });
  });
});
