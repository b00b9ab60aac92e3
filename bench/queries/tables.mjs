/** The table of bench/queries.mjs as Markdown. */
import { QUESTIONS } from './questions.mjs';

const PER_UNIT = { ns: 1, µs: 1_000, ms: 1_000_000 };

function format(value) {
  const rounded = Number(value.toPrecision(value >= 100 ? 3 : 2));
  return rounded.toLocaleString('en-US', { maximumFractionDigits: value < 10 ? 2 : value < 100 ? 1 : 0 });
}

/** @param {object} run what was measured @returns {string} */
export function render({ results, absent, titles, meta }) {
  const stores = Object.keys(titles).filter((store) => absent[store] === undefined);
  const lines = [
    `| | ${stores.map((store) => titles[store].title).join(' | ')} |`,
    `|---${'|---:'.repeat(stores.length)}|`,
  ];
  const behind = [];
  for (const { name, title, unit, why } of QUESTIONS) {
    if (results[name] === undefined) continue;
    // Processor time: questions are answered without waiting, and other programs do not change it much.
    const best = (store) =>
      Math.min(...(results[name][store] ?? []).map(({ ns, cpuShare }) => ns * cpuShare)) / PER_UNIT[unit];
    const cells = stores.map((store) => (Number.isFinite(best(store)) ? `${format(best(store))} ${unit}` : '–'));
    lines.push(`| ${title} | ${cells.join(' | ')} |`);
    const ahead = stores.filter((store) => store !== 'nuthatch' && best(store) < best('nuthatch'));
    if (ahead.length > 0 && stores.includes('nuthatch'))
      behind.push(
        `- “${title}”: ${ahead.map((store) => titles[store].title).join(' and ')} ahead. ${why ?? 'Not explained yet.'}`,
      );
  }
  const shares = Object.values(results)
    .flatMap((of) => Object.values(of).flat())
    .map(({ cpuShare }) => cpuShare);
  const load = `load average ${Math.min(...meta.loads).toFixed(1)} to ${Math.max(...meta.loads).toFixed(1)}, its own included`;
  const share = Math.round(Math.min(1, ...shares) * 100);
  const date = new Date().toISOString().slice(0, 10);
  return [
    `${date}, Node ${process.versions.node}, ${meta.cpu}, ${meta.cores} cores, ${load}; the worst measurement had ${share} % of a core. ` +
      `${meta.documents.toLocaleString('en-US')} documents in memory; processor time of one question, best of ${meta.rounds} rounds.`,
    '',
    ...lines,
    '',
    ...behind,
    ...(behind.length > 0 ? [''] : []),
    ...stores.map((store) => `- **${titles[store].title}**: ${titles[store].note}.`),
    ...Object.entries(absent).map(([store, what]) => `- not run: ${store}: ${what}`),
  ].join('\n');
}
