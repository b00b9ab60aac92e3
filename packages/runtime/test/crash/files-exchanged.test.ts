/**
 * Files of a small directory exchanged, doubled, removed, put back to what they were, overwritten with zeros, or with
 * other bytes behind their end: found or harmless, in both modes of recovery, and what salvage leaves opens again.
 */
import {
  ACTIVE_PAGE,
  type Files,
  fileSystemOf,
  LAST_SEQ,
  type Outcome,
  outcomeOf,
  STATES,
  smallDirectoryVersions,
} from '../support/small-directory.js';

const CODES: ReadonlySet<string> = new Set(['JOURNAL_DAMAGED', 'FORMAT_UNSUPPORTED']);
const OTHER_NAMES = ['page-0000000001.nut', 'page-0000000009.nut', 'snapshot-0000000003.nut', 'manifest.nut.tmp'];

interface Damage {
  readonly what: string;
  readonly files: Files;
  /** The active page's last frame is hit too: looks like a process that died earlier, which a shorter history is due to. */
  readonly isOlder?: boolean;
}

/** Every value a key has ever had. */
const VALUES = new Set(STATES.flatMap((text) => (JSON.parse(text) as unknown[]).map((entry) => JSON.stringify(entry))));

function* exchanges(files: Files): Iterable<Damage> {
  for (const [one, bytes] of files) {
    const without = new Map(files);
    without.delete(one);
    yield { what: `${one} removed`, files: without };
    for (const [two, others] of files) {
      if (one === two) continue;
      yield { what: `${one} also in the place of ${two}`, files: new Map([...files, [two, bytes]]) };
      if (one < two)
        yield { what: `${one} and ${two} swapped`, files: new Map([...files, [one, others], [two, bytes]]) };
      const neither = new Map(without);
      neither.delete(two);
      yield { what: `${one} and ${two} removed`, files: neither };
    }
    for (const name of OTHER_NAMES) yield { what: `${one} also as ${name}`, files: new Map([...files, [name, bytes]]) };
  }
}

function* staleFiles(files: Files, versions: readonly Files[]): Iterable<Damage> {
  for (const [seq, version] of versions.entries()) {
    for (const [name, bytes] of version) {
      if (!files.has(name) || Buffer.compare(bytes, files.get(name) as Uint8Array) === 0) continue;
      const isOlder = name === ACTIVE_PAGE;
      yield { what: `${name} as it was after ${seq}`, files: new Map([...files, [name, bytes]]), isOlder };
    }
  }
}

function* foreignFiles(files: Files, foreign: Files): Iterable<Damage> {
  for (const [name, bytes] of foreign) {
    if (name !== 'lock.nut') yield { what: `${name} of another database`, files: new Map([...files, [name, bytes]]) };
  }
}

function lastFrameOffset(page: Uint8Array): number {
  return Buffer.from(page).lastIndexOf('NUTF') - 4;
}

function* zeroRuns(files: Files): Iterable<Damage> {
  for (const [name, bytes] of files) {
    for (const length of [8, 64, 512, 4096]) {
      for (let offset = 0; offset < bytes.length; offset += Math.max(24, length / 2)) {
        const bad = bytes.slice();
        bad.fill(0, offset, Math.min(bad.length, offset + length));
        if (Buffer.compare(bad, bytes) === 0) continue;
        const what = `${length} zeros at ${offset} of ${name}`;
        yield {
          what,
          files: new Map([...files, [name, bad]]),
          isOlder: name === ACTIVE_PAGE && offset + length > lastFrameOffset(bytes),
        };
      }
    }
  }
}

function* tails(files: Files, foreign: Files): Iterable<Damage> {
  const page = files.get(ACTIVE_PAGE) as Uint8Array;
  const lastFrame = page.subarray(lastFrameOffset(page));
  const random = Uint8Array.from({ length: 700 }, (_, index) => (index * 7919 + (index >> 3) * 104_729) & 0xff);
  const ends: readonly (readonly [string, Uint8Array])[] = [
    ['zeros', new Uint8Array(600)],
    ['other bytes', random],
    ['its last frame again', lastFrame],
    ['all of it again', page],
    ['a page of another database', foreign.get(ACTIVE_PAGE) as Uint8Array],
    ['half a frame', lastFrame.subarray(0, lastFrame.length >> 1)],
  ];
  for (const [name, bytes] of files)
    for (const [what, end] of ends)
      yield { what: `${what} behind ${name}`, files: new Map([...files, [name, Buffer.concat([bytes, end])]]) };
}

/** What is wrong with an outcome; undefined when it is as promised. */
function wrongWith({ isOlder }: Damage, outcome: Outcome, isClosed: boolean): string | undefined {
  if (outcome.code !== undefined) return CODES.has(outcome.code) ? undefined : `refused with ${outcome.code}`;
  const { state, report } = outcome;
  if (state !== STATES[report.lastSeq]) return `wrong documents: ${state}`;
  if (report.lastSeq < LAST_SEQ && (isClosed || !isOlder)) return `${report.lastSeq} of ${LAST_SEQ} without a word`;
  return undefined;
}

/** Salvage invents nothing, says what is lost, and leaves what opens without complaint. */
async function wrongWithSalvage(damage: Damage): Promise<string | undefined> {
  const fileSystem = await fileSystemOf(damage.files);
  const outcome = await outcomeOf(fileSystem, 'salvage');
  if (outcome.code !== undefined) return CODES.has(outcome.code) ? undefined : `salvage refused with ${outcome.code}`;
  const { state, report } = outcome;
  for (const entry of JSON.parse(state) as unknown[])
    if (!VALUES.has(JSON.stringify(entry))) return `salvage invents ${JSON.stringify(entry)}`;
  const isSilent = report.lost.length === 0 && report.damagedSnapshots.length === 0 && report.cutBytes === 0;
  if (isSilent && !damage.isOlder && state !== STATES[LAST_SEQ]) return `salvage loses without a word: ${state}`;
  const again = await outcomeOf(fileSystem);
  if (again.code !== undefined) return `refused after salvage with ${again.code}: ${JSON.stringify(again.facts)}`;
  if (again.state !== state) return `other documents after salvage: ${again.state} instead of ${state}`;
  return undefined;
}

describe.each([
  { what: 'a closed directory', isClosed: true },
  { what: 'a directory left by a dead process', isClosed: false },
])('$what', ({ isClosed }) => {
  let versions: readonly Files[];
  let files: Files;
  let foreign: Files;
  beforeAll(async () => {
    versions = await smallDirectoryVersions();
    files = versions[LAST_SEQ + (isClosed ? 1 : 0)] as Files;
    foreign = (await smallDirectoryVersions())[LAST_SEQ + (isClosed ? 1 : 0)] as Files;
  });

  const kinds: Readonly<Record<string, () => Iterable<Damage>>> = {
    'files exchanged, doubled or removed': () => exchanges(files),
    'a file as it was before': () => staleFiles(files, versions),
    'a file of another database': () => foreignFiles(files, foreign),
    'runs of zeros': () => zeroRuns(files),
    'other bytes behind a file': () => tails(files, foreign),
  };
  it.each(Object.keys(kinds))('finds %s, or they are harmless', async (kind) => {
    const wrong: string[] = [];
    for (const damage of (kinds[kind] as () => Iterable<Damage>)()) {
      const outcome = await outcomeOf(await fileSystemOf(damage.files));
      for (const reason of [wrongWith(damage, outcome, isClosed), await wrongWithSalvage(damage)])
        if (reason !== undefined) wrong.push(`${damage.what}: ${reason}`);
    }
    expect(wrong).toEqual([]);
  });
});
