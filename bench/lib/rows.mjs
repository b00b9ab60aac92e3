/**
 * The rows of the tables: which phase, which of its numbers, in which unit. `per` names the store that the row's
 * multiples are taken of; `more: true` says that more is better.
 */
const point = (title, phase) => ({ title: `${title}, ns`, phase, of: (r) => r.ns, per: 'plain-map' });
const list = (title, phase) => ({ title: `${title}, µs`, phase, of: (r) => r.ns / 1000, per: 'plain-map' });

export const ROWS = [
  point('bulk insert', 'insert'),
  point('get by key', 'get'),
  point('unique lookup', 'unique'),
  point('tag count', 'tag-count'),
  list('tag, 200 documents', 'tag'),
  list('range, 100 in order', 'range'),
  point('update plain field', 'rename'),
  point('update ranged field', 'set-age'),
  { title: 'memory per document, B (resident)', phase: 'memory', of: (r) => r.bytes, per: 'plain-map' },
  {
    title: 'of that on the JavaScript heap and in its buffers',
    phase: 'memory',
    of: (r) => r.usedBytes,
    per: 'plain-map',
  },
  { title: 'one durable write, p50 µs', phase: 'durable-one', of: (r) => r.p50Us, per: 'raw-file' },
  { title: 'one durable write, p99 µs', phase: 'durable-one', of: (r) => r.p99Us, per: 'raw-file' },
  { title: 'the same behind 10,000 others, p50 µs', phase: 'durable-one', of: (r) => r.laterP50Us, per: 'raw-file' },
  { title: 'the same behind 10,000 others, p99 µs', phase: 'durable-one', of: (r) => r.laterP99Us, per: 'raw-file' },
  { title: 'one write without fsync, awaited, p50 µs', phase: 'accepted-one', of: (r) => r.p50Us, per: 'hand-log' },
  { title: 'one write without fsync, awaited, p99 µs', phase: 'accepted-one', of: (r) => r.p99Us, per: 'hand-log' },
  {
    title: '1,000 durable writes in flight, /s',
    phase: 'durable-many',
    of: (r) => r.perSecond,
    per: 'hand-log',
    more: true,
  },
  {
    title: 'durable batches of 1,000, documents/s',
    phase: 'durable-batch',
    of: (r) => r.perSecond,
    per: 'hand-log',
    more: true,
  },
  { title: 'accepted, not waited for, /s', phase: 'accepted', of: (r) => r.perSecond, per: 'hand-log', more: true },
  { title: 'loop lateness at 2,000 durable/s, p99 ms', phase: 'loop-lateness', of: (r) => r.p99Ms, per: 'hand-log' },
  { title: 'loop lateness at 2,000 durable/s, max ms', phase: 'loop-lateness', of: (r) => r.maxMs, per: 'hand-log' },
  {
    title: 'loop lateness with 1,000 in flight, p99 ms (without fsync / durable)',
    phase: 'loop-in-flight',
    of: (r) => r.p99Ms,
    per: 'hand-log',
  },
  {
    title: 'one durable write while all is compacted, p50 ms',
    phase: 'compacting',
    of: (r) => r.p50Ms,
    per: 'hand-log',
  },
  { title: 'the worst of 1,000 of them, p99.9 ms', phase: 'compacting', of: (r) => r.p999Ms, per: 'hand-log' },
  { title: 'one compaction beside writes, ms', phase: 'compacting', of: (r) => r.compactMs, per: 'hand-log' },
  { title: 'reopen to first answer, ms', phase: 'reopen', of: (r) => r.ms, per: 'raw-file' },
  { title: 'reopen to first answer, CPU ms', phase: 'reopen', of: (r) => r.cpuMs, per: 'raw-file' },
  { title: 'reopen to answers by key, unique, tag, range, ms', phase: 'reopen', of: (r) => r.allMs, per: 'hand-log' },
  { title: 'reopen as loaded, to first answer, ms', phase: 'reopen-as-loaded', of: (r) => r.ms, per: 'hand-log' },
  {
    title: 'reopen as loaded, to first answer, CPU ms',
    phase: 'reopen-as-loaded',
    of: (r) => r.cpuMs,
    per: 'hand-log',
  },
  { title: 'file per document, B', phase: 'prepare', of: (r) => r.fileBytes, per: 'hand-log' },
  { title: 'of that the compacted image, B', phase: 'prepare', of: (r) => r.imageBytes, per: 'hand-log' },
];

/** Issues 4, 5 and 18: what is to be reached, at how many documents, and from which numbers it is read. */
export const GOALS = [
  goal('get by key', 'get', 'memory', 1.3),
  goal('unique lookup', 'unique', 'memory', 1.3),
  goal('tag with 200 documents', 'tag', 'memory', 2),
  goal('tag count', 'tag-count', 'memory', 2),
  goal('ordered range, 100 documents', 'range', 'memory', 2),
  goal('update of a plain field, memory', 'rename', 'memory', 3),
  goal('update of a ranged field, memory', 'set-age', 'memory', 3),
  goal('bulk insert, memory', 'insert', 'memory', 1.5),
  goal('bulk insert, journaled without fsync', 'insert', 'journal', 2.5),
  { ...goal('memory per document', 'memory', 'memory', 0.9), documents: 1_000_000 },
  ratio('1,000 durable in flight / Redis', 'durable-many', 'perSecond', 'redis', 'durable', 4),
  ratio('1,000 durable in flight / lmdb', 'durable-many', 'perSecond', 'lmdb', 'durable', 6),
  ratio('1,000 durable in flight / better-sqlite3', 'durable-many', 'perSecond', 'better-sqlite3', 'durable', 30),
  {
    title: '1,000 durable in flight / bare fsync rate',
    documents: 100_000,
    more: true,
    reach: 10,
    unit: '×',
    read: (at) =>
      at('nuthatch', 'durable', 'durable-many', (r) => r.perSecond, true) /
      (1e6 / at('raw-file', 'durable', 'durable-one', (r) => r.p50Us)),
  },
  {
    title: 'one durable write, p50 / bare write + fdatasync',
    documents: 100_000,
    reach: 1.3,
    unit: '×',
    read: (at) =>
      at('nuthatch', 'durable', 'durable-one', (r) => r.p50Us) /
      at('raw-file', 'durable', 'durable-one', (r) => r.p50Us),
  },
  ratio('accepted without waiting / LokiJS', 'accepted', 'perSecond', 'lokijs', 'journal', 4),
  ratio('accepted without waiting / lmdb', 'accepted', 'perSecond', 'lmdb', 'journal', 4),
  {
    title: 'loop lateness at 2,000 durable/s, p99 / Redis client',
    documents: 100_000,
    reach: 1,
    unit: '×',
    read: (at) =>
      at('nuthatch', 'durable', 'loop-lateness', (r) => r.p99Ms) /
      at('redis', 'durable', 'loop-lateness', (r) => r.p99Ms),
  },
  {
    title: 'one write without fsync, awaited, p50',
    documents: 100_000,
    reach: 12,
    unit: ' µs',
    read: (at) => at('nuthatch', 'journal', 'accepted-one', (r) => r.p50Us),
  },
  latenessInFlight('without fsync', 'journal'),
  latenessInFlight('durable', 'durable'),
  {
    title: 'worst write while 1,000,000 are compacted, p99.9',
    documents: 1_000_000,
    reach: 20,
    unit: ' ms',
    read: (at) => at('nuthatch', 'durable', 'compacting', (r) => r.p999Ms),
  },
  reopening('compacted', 'reopen', 100_000, 0.06, 'allMs'),
  reopening('as loaded and closed', 'reopen-as-loaded', 100_000, 0.08, 'ms'),
  reopening('compacted', 'reopen', 1_000_000, 0.2, 'allMs'),
  { ...reopening('compacted', 'reopen', 1_000_000, 0.25, 'allCpuMs'), title: 'reopen of 1,000,000, compacted, CPU s' },
  reopening('as loaded and closed', 'reopen-as-loaded', 1_000_000, 0.3, 'ms'),
  {
    title: 'image per document after compaction',
    documents: 100_000,
    reach: 130,
    unit: ' B',
    read: (at) => at('nuthatch', 'journal', 'prepare', (r) => r.imageBytes),
  },
  {
    title: 'directory per document after compaction: image, the one before it, the pages since',
    documents: 100_000,
    reach: 130,
    unit: ' B',
    read: (at) => at('nuthatch', 'journal', 'prepare', (r) => r.fileBytes),
  },
];

/** A multiple of the plain Map. */
function goal(title, phase, mode, reach) {
  const number = (r) => r.ns ?? r.bytes;
  return {
    title: `${title} / Map`,
    documents: 100_000,
    reach,
    unit: '×',
    read: (at) => at('nuthatch', mode, phase, number) / at('plain-map', 'memory', phase, number),
  };
}

/** Of the event loop, with 1,000 writes in flight. */
function latenessInFlight(what, mode) {
  return {
    title: `loop lateness with 1,000 writes in flight, ${what}, p99`,
    documents: 100_000,
    reach: 10,
    unit: ' ms',
    read: (at) => at('nuthatch', mode, 'loop-in-flight', (r) => r.p99Ms),
  };
}

/** So many times a peer's rate. */
function ratio(title, phase, field, peer, mode, reach) {
  const number = (r) => r[field];
  return {
    title,
    documents: 100_000,
    reach,
    unit: '×',
    more: true,
    read: (at) => at('nuthatch', mode, phase, number, true) / at(peer, mode, phase, number, true),
  };
}

/** Seconds from opening the files to answers. */
function reopening(state, phase, documents, reach, name) {
  return {
    title: `reopen of ${documents.toLocaleString('en')}, ${state}, s`,
    documents,
    reach,
    unit: ' s',
    read: (at) => at('nuthatch', 'journal', phase, (r) => r[name]) / 1000,
  };
}
