import { GOALS, ROWS } from './rows.mjs';
import { median } from './timing.mjs';

/** @typedef {{ meta: object, stores: { name: string, title: string, note?: string }[], absent: Record<string, string>,
 *   results: Record<string, Record<string, object[]>> }} Run   results[phase][`store/mode`] = one entry per round */

/** What the references are called in the caption. */
const TITLES = {
  'plain-map': 'Map',
  'raw-file': 'bare file for one durable write and reopen',
  'hand-log': 'hand log for what it alone can be compared with',
};

const MODES = ['memory', 'journal', 'durable'];

/** Two or three significant digits, thousands separated. */
function format(value) {
  if (value === undefined || !Number.isFinite(value)) return '–';
  const digits = value >= 1000 ? 2 : value >= 100 ? 3 : 2;
  const rounded = Number(value.toPrecision(digits));
  return rounded.toLocaleString('en-US', { maximumFractionDigits: value < 10 ? 2 : value < 100 ? 1 : 0 });
}

const pick = (values, more) =>
  values === undefined || values.length === 0 ? undefined : more ? Math.max(...values) : Math.min(...values);

/** The numbers of one row for one store, one list of rounds for each mode that was run. */
function numbers(run, row, store) {
  return MODES.map((mode) => run.results[row.phase]?.[`${store}/${mode}`]?.map(row.of).filter(Number.isFinite)).filter(
    (values) => values !== undefined && values.length > 0,
  );
}

function table(run, caption, cellOf) {
  const lines = [
    `**${caption}**`,
    '',
    `| | ${run.stores.map((store) => store.title).join(' | ')} |`,
    `|---${'|---'.repeat(run.stores.length)}|`,
  ];
  for (const row of ROWS) {
    const cells = run.stores.map((store) => cellOf(row, store.name));
    if (cells.some((cell) => cell !== '–')) lines.push(`| ${row.title} | ${cells.join(' | ')} |`);
  }
  return lines.join('\n');
}

const joined = (parts) => (parts.length === 0 ? '–' : parts.join(' / '));

function oneSize(run) {
  const count = run.meta.documents.toLocaleString('en-US');
  const best = (row, store) => joined(numbers(run, row, store).map((values) => format(pick(values, row.more))));
  const middle = (row, store) => joined(numbers(run, row, store).map((values) => format(median(values))));
  const multiple = (row, store) => {
    const [reference] = numbers(run, row, row.per);
    if (reference === undefined) return '–';
    const one = pick(reference, row.more);
    return joined(numbers(run, row, store).map((values) => `${format(pick(values, row.more) / one)}×`));
  };
  const { meta } = run;
  return [
    `### ${count} documents`,
    '',
    `${meta.date}, Node ${meta.node}, ${meta.cpu}, ${meta.cores} cores. ${contention(run)}`,
    '',
    table(
      run,
      `Best of ${meta.rounds === 1 ? 'one round' : `${meta.rounds} rounds`} (memory / journaled without fsync, where both were run)`,
      best,
    ),
    '',
    ...(meta.rounds === 1 ? [] : [table(run, 'Median of the rounds', middle), '']),
    table(
      run,
      `Multiples of the best: of the ${[...new Set(ROWS.map((row) => row.per))].map((name) => TITLES[name]).join(', of the ')} (1× stands in its column)`,
      multiple,
    ),
    ...Object.entries(run.absent).flatMap(([name, why], i) => [...(i === 0 ? [''] : []), `- not run: ${name}: ${why}`]),
  ].join('\n');
}

/** What other work on the machine took: the Map never waits, so all it lacks of a core went elsewhere. */
function contention(run) {
  const { loads } = run.meta;
  const shares = Object.values(run.results)
    .flatMap((phase) => phase['plain-map/memory'] ?? [])
    .map((result) => result.cpuShare)
    .filter((share) => share !== undefined);
  const load = `Load average ${Math.min(...loads).toFixed(1)}–${Math.max(...loads).toFixed(1)}`;
  if (shares.length === 0) return `${load}.`;
  const percent = (share) => `${Math.round(Math.min(1, share) * 100)} %`;
  const worst = Math.min(...shares);
  const warning = worst < 0.9 ? ' **Other programs took part: read this run as a rough one.**' : '';
  return `${load}; the Map, which never waits, had ${percent(worst)} of a core in its worst phase, ${percent(median(shares))} in the median.${warning}`;
}

function goals(runs) {
  const lines = ['### What was to be reached', '', '| | documents | to reach | measured | |', '|---|---|---|---|---|'];
  for (const { title, documents, reach, unit, more, read } of GOALS) {
    const run = runs.find((each) => each.meta.documents === documents);
    if (run === undefined) continue;
    const at = (store, mode, phase, of, most) =>
      pick(run.results[phase]?.[`${store}/${mode}`]?.map(of), most) ?? Number.NaN;
    const measured = read(at);
    if (Number.isNaN(measured)) continue;
    const met = more ? measured >= reach : measured <= reach;
    lines.push(
      `| ${title} | ${documents.toLocaleString('en-US')} | ${more ? '≥' : '≤'} ${reach}${unit} | ${format(measured)}${unit} | ${met ? 'reached' : '**not reached**'} |`,
    );
  }
  return lines.length > 4 ? lines.join('\n') : '';
}

/** @param {Run[]} runs one for each size @returns {string} the Markdown between the markers */
export function render(runs) {
  const notes = new Map(runs.flatMap((run) => run.stores).map((store) => [store.title, store.note]));
  return [
    ...runs.map(oneSize),
    goals(runs),
    [
      '### What each column is',
      '',
      ...[...notes].filter(([, note]) => note !== undefined).map(([title, note]) => `- **${title}**: ${note}.`),
    ].join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}
