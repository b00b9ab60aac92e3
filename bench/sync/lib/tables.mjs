/** Markdown tables of what was measured. */

const NONE = '–';
const thousands = (value) => Math.round(value).toLocaleString('en-US');
/** Two digits that count. */
const digits = (value) => (value >= 99.5 ? thousands(value) : String(Number(value.toPrecision(2))));

const perSecond = (value) => `${thousands(value >= 10_000 ? Math.round(value / 100) * 100 : value)}/s`;
const ms = (value) => (value === undefined ? undefined : `${digits(value)} ms`);
const us = (value) => `${digits(value)} µs`;

const SYNC_ROWS = [
  ['first image, documents', (of) => perSecond(of.imagePerSecond)],
  ['its CPU time per document, server and client', (of) => us(of.imageCpuUs)],
  ['its first rows', (of) => ms(of.firstMs)],
  ['live, p50', (of) => ms(of.liveP50Ms)],
  ['live, p99', (of) => ms(of.liveP99Ms)],
  ['burst of 2,000 updates', (of) => perSecond(of.burstPerSecond)],
  ['its CPU time per update, server and client', (of) => us(of.burstCpuUs)],
];

const idleRows = ({ steps }) => [
  ...steps.flatMap(({ count }, index) => {
    const at = (show) => (of) => of.steps[index] && show(of.steps[index]);
    return [
      [`memory per client, of ${thousands(count)}: heap and buffers`, at(({ heapKb }) => `${digits(heapKb)} KB`)],
      ['the same, resident', at(({ residentKb }) => `${digits(residentKb)} KB`)],
      [`until all ${thousands(count)} are served`, at(({ openedMs }) => `${digits(openedMs / 1000)} s`)],
      ['live beside them, p50', at(({ p50Ms }) => ms(p50Ms))],
    ];
  }),
  [`one update that all ${thousands(steps.at(-1).count)} follow, until the last has it`, ({ toldMs }) => ms(toldMs)],
];

/**
 * What is to be reached: row, figure, limit and direction.
 *
 * @type {readonly [string, (run: object) => number | undefined, number, '≥' | '≤', string][]}
 */
const sizeOf = (run, documents) => run.sync.find((each) => each.documents === documents)?.columns.nuthatch;
const GOALS = [
  ...[20_000, 100_000].flatMap((size) => [
    [`first image of ${thousands(size)}`, (run) => sizeOf(run, size)?.imagePerSecond, 120_000, '≥', '/s'],
    [`first rows of ${thousands(size)}`, (run) => sizeOf(run, size)?.firstMs, 100, '≤', ' ms'],
    [`live at ${thousands(size)}, p50`, (run) => sizeOf(run, size)?.liveP50Ms, 0.4, '≤', ' ms'],
  ]),
  ...[20_000, 100_000, 1_000_000].map((size) => [
    `burst at ${thousands(size)}`,
    (run) => sizeOf(run, size)?.burstPerSecond,
    20_000,
    '≥',
    '/s',
  ]),
  [
    'memory per silent client, heap and buffers',
    (run) => run.idle?.columns.nuthatch?.steps.at(-1).heapKb,
    10,
    '≤',
    ' KB',
  ],
  ['silent clients of one process', (run) => run.idle?.columns.nuthatch?.steps.at(-1).count, 10_000, '≥', ''],
];

/** Empty where the peer failed, or did not come so far. */
function cellOf(measured, cell) {
  if (measured === undefined || measured.failed !== undefined) return NONE;
  return cell(measured) ?? NONE;
}

/** A row for each measurement, a column for each peer. */
function table(titles, columns, rows) {
  const lines = [`| | ${titles.join(' | ')} |`, `|---|${titles.map(() => '---|').join('')}`];
  for (const [title, cell] of rows) lines.push(`| ${title} | ${columns.map((of) => cellOf(of, cell)).join(' | ')} |`);
  return lines.join('\n');
}

function failures(peers, columns) {
  return peers
    .filter(({ name }) => columns[name]?.failed !== undefined)
    .map(({ name, title }) => `- **${title}** is left out: ${columns[name].failed}.`);
}

/** @param {object} run what bench/sync.mjs has measured @returns {string} */
export function render(run) {
  const { peers, sync, idle, journals, meta } = run;
  const titleOf = ({ title }) => title;
  const parts = [
    `${meta.date}, Node ${meta.node}, ${meta.processor}, ${meta.processors} cores. Load average ${meta.loads.map((load) => load.toFixed(1)).join(' to ')}, its own included.`,
  ];
  for (const { documents, columns } of sync) {
    const there = peers.filter(({ name }) => columns[name] !== undefined);
    parts.push(
      `**${thousands(documents)} documents, everything in memory**`,
      table(
        there.map(titleOf),
        there.map(({ name }) => columns[name]),
        SYNC_ROWS,
      ),
      failures(there, columns).join('\n'),
    );
  }
  for (const { documents, columns } of journals)
    parts.push(
      `**${thousands(documents)} documents, the replica's journal on disk**`,
      table(
        columns.map(({ title }) => title),
        columns,
        SYNC_ROWS,
      ),
    );
  if (idle !== undefined) {
    const there = peers.filter(({ name }) => idle.columns[name] !== undefined);
    const first = Object.values(idle.columns).find(({ failed }) => failed === undefined);
    if (first !== undefined)
      parts.push(
        `**Silent clients of a server with ${thousands(idle.documents)} documents**`,
        table(
          there.map(titleOf),
          there.map(({ name }) => idle.columns[name]),
          idleRows(first),
        ),
      );
    parts.push(failures(there, idle.columns).join('\n'));
  }
  parts.push(goals(run), peers.map(({ title, note }) => `- **${title}**: ${note}.`).join('\n'));
  return parts.filter((part) => part !== '').join('\n\n');
}

function goals(run) {
  const lines = ['| to be reached | limit | measured | |', '|---|---|---|---|'];
  for (const [title, measured, limit, direction, unit] of GOALS) {
    const value = measured(run);
    if (value === undefined) continue;
    const isReached = direction === '≥' ? value >= limit : value <= limit;
    const said = isReached ? 'reached' : '**not reached**';
    lines.push(
      `| ${title} | ${direction} ${thousands(limit) === '0' ? limit : thousands(limit)}${unit} | ${digits(value)}${unit} | ${said} |`,
    );
  }
  return lines.length > 2 ? lines.join('\n') : '';
}
