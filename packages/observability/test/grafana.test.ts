/** The dashboard names metrics that are there, shows all of them, and is whole as Grafana reads it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { prometheusName } from '../src/metrics/metric.js';
import { METRICS } from '../src/metrics/metric-list.js';

interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat: string;
  readonly datasource: { readonly type: string; readonly uid: string };
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly h: number; readonly w: number; readonly x: number; readonly y: number };
  readonly targets?: readonly Target[];
  readonly fieldConfig?: { readonly defaults: { readonly unit: string } };
}

interface Variable {
  readonly name: string;
  readonly type: string;
  readonly query: string | { readonly query: string };
}

const dashboard = JSON.parse(readFileSync(join(__dirname, '..', 'grafana', 'nuthatch.json'), 'utf8')) as {
  readonly id?: unknown;
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly templating: { readonly list: readonly Variable[] };
  readonly panels: readonly Panel[];
};

const graphs = dashboard.panels.filter(({ type }) => type !== 'row');
const targets = graphs.flatMap((panel) => (panel.targets ?? []).map((target) => [panel, target] as const));

/** Selections of metrics in a query: name, labels that are compared, labels that are kept. */
function selections(expr: string): readonly (readonly [name: string, labels: readonly string[]])[] {
  return [...expr.matchAll(/(nuthatch_\w+)\{([^}]*)\}/g)].map(([, name, labels]) => [
    (name as string).replace(/_bucket$/, ''),
    [...(labels as string).matchAll(/(\w+)=~?"/g)].map(([, label]) => label as string),
  ]);
}

const byName = new Map(METRICS.map((metric) => [prometheusName(metric), metric]));

describe('the Grafana dashboard', () => {
  it('asks for metrics that are there alone, and shows every one of them', () => {
    const asked = targets.flatMap(([, { expr }]) => selections(expr).map(([name]) => name));
    expect([...new Set(asked)].sort()).toEqual([...byName.keys()].sort());
  });

  it.each(targets.map(([{ title }, target]) => [title, target] as const))('asks well in “%s”', (_, target) => {
    const { expr, legendFormat } = target;
    const found = selections(expr);
    expect(found).toHaveLength(1);
    const [name, labels] = found[0] as (typeof found)[number];
    const metric = byName.get(name);
    // No name of a metric that the pattern above missed.
    expect(expr.match(/nuthatch_/g)).toHaveLength(1);
    expect(labels).toContain('database');
    const known = ['database', ...(metric?.labels ?? [])];
    const used = [...labels, ...[...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label as string)];
    expect(used.filter((label) => !known.includes(label))).toEqual([]);
    expect(legendFormat).toContain('{{database}}');
    // A counter is shown by its growth, a histogram by its buckets.
    expect(/\b(rate|increase)\(/.test(expr)).toBe(metric?.kind !== 'gauge');
    expect(expr.includes('_bucket')).toBe(metric?.kind === 'histogram');
    expect(expr.split('(').length).toBe(expr.split(')').length);
  });

  it('has units that fit the metrics', () => {
    const fitting: Readonly<Record<string, readonly string[]>> = { s: ['s'], By: ['bytes', 'Bps'] };
    for (const [panel, { expr }] of targets) {
      const [name] = selections(expr)[0] as readonly [string, readonly string[]];
      const unit = byName.get(name)?.unit as string;
      expect([panel.title, fitting[unit] ?? ['none', 'short', 'ops']]).toEqual([
        panel.title,
        expect.arrayContaining([panel.fieldConfig?.defaults.unit]),
      ]);
    }
  });

  it('can be imported anywhere: no id, and the data source is a variable', () => {
    expect(dashboard.id).toBeUndefined();
    expect(dashboard).toMatchObject({ uid: 'nuthatch', title: 'Nuthatch' });
    expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(36);
    const [source, database] = dashboard.templating.list;
    expect(source).toMatchObject({ name: 'datasource', type: 'datasource', query: 'prometheus' });
    expect(database).toMatchObject({ name: 'database', type: 'query' });
    const asked = /label_values\((\w+), database\)/.exec(JSON.stringify(database?.query))?.[1];
    expect(byName.has(asked as string)).toBe(true);
    for (const [, target] of targets) expect(target.datasource).toEqual({ type: 'prometheus', uid: '${datasource}' });
  });

  it('has panels that say what they show, side by side without overlap', () => {
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    expect(new Set(graphs.map(({ title }) => title)).size).toBe(graphs.length);
    for (const { description, targets: own = [] } of graphs) {
      expect(description).toMatch(/\w/);
      expect(own.length).toBeGreaterThan(0);
      expect(new Set(own.map(({ refId }) => refId)).size).toBe(own.length);
    }
    const taken = new Set<string>();
    for (const { gridPos } of dashboard.panels) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken.has(`${x}:${y}`)).toBe(false);
          taken.add(`${x}:${y}`);
        }
    }
  });
});
