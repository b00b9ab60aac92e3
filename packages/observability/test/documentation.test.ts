import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { prometheusName } from '../src/metrics/metric.js';
import { METRICS } from '../src/metrics/metric-list.js';

const ROOT = join(__dirname, '..', '..', '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

describe('the documentation of the metrics', () => {
  it('lists each metric with its names, kind, labels and meaning, and no other', () => {
    const rows = read('packages/observability/README.md')
      .split('\n')
      .filter((line) => line.startsWith('| `nuthatch_'));
    const expected = METRICS.map((metric) => {
      const labels = metric.labels.map((label) => `\`${label}\``).join(', ') || '–';
      return `| \`${prometheusName(metric)}\` | \`${metric.name}\` | ${metric.kind} | ${labels} | ${metric.help} |`;
    });
    expect(rows).toEqual(expected);
  });

  it('names in the guide only metrics that are there', () => {
    const known = new Set(METRICS.map(prometheusName));
    const named = [...read('docs/guide/observability.md').matchAll(/nuthatch_\w+/g)].map(([name]) =>
      name.replace(/_(bucket|count|sum)$/, ''),
    );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });
});
