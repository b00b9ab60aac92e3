/**
 * Every single bit flipped and every cut of every file of a small directory: refused by code, or reported, or harmless;
 * never a wrong document, an exception without a code, a hang, or more memory asked for than the file is long.
 */
import { IS_NIGHTLY } from '../support/long-run.js';
import {
  ACTIVE_PAGE,
  ACTIVE_PAGE_AFTER_DELTAS,
  type Files,
  fileSystemOf,
  LAST_SEQ,
  outcomeOf,
  STATES,
  smallDirectory,
} from '../support/small-directory.js';

const CODES: ReadonlySet<string> = new Set(['JOURNAL_DAMAGED', 'FORMAT_UNSUPPORTED']);

/** Whether `npm test` flips a bit too: two per byte of a closed directory, one of the others, and few inside a long text. All of them by night. */
function isUsual(bytes: Uint8Array, bit: number, isClosed: boolean): boolean {
  const at = bit >> 3;
  const isInText = bytes[at] === 0x78 && bytes[at - 8] === 0x78 && bytes[at + 8] === 0x78;
  return isInText ? bit % 129 === 0 : (bit & 7) === at % 8 || (isClosed && (bit & 7) === (at + 4) % 8);
}

interface Tally {
  refused: number;
  fellBack: number;
  cut: number;
  harmless: number;
}

/** Opens the directory with one file replaced; throws when what is found is not as promised. */
async function tell(
  files: Files,
  name: string,
  bytes: Uint8Array,
  { isClosed, activePage }: { readonly isClosed: boolean; readonly activePage: string },
  tally: Tally,
): Promise<void> {
  const outcome = await outcomeOf(await fileSystemOf(new Map([...files, [name, bytes]])));
  if (outcome.code !== undefined) {
    if (!CODES.has(outcome.code)) throw new RangeError(`refused with ${outcome.code}`);
    tally.refused++;
    return;
  }
  const { state, report } = outcome;
  if (state !== STATES[report.lastSeq]) throw new RangeError(`wrong documents: ${state}`);
  if (report.lastSeq < LAST_SEQ) {
    // Only what looks like a torn tail, after all that was known to be synced, may be gone, and only after a crash.
    if (isClosed || name !== activePage) throw new RangeError(`${report.lastSeq} of ${LAST_SEQ} without a word`);
    // A cut between two frames of the active page looks like fewer writes: journal-format.md, "What holds", 10.
    const isShorter = bytes.length < (files.get(name)?.length ?? 0);
    if (!isShorter && (report.cutBytes === 0 || report.lastSeq < LAST_SEQ - 1))
      throw new RangeError(`synced frames cut off, ${report.lastSeq} is left`);
    tally.cut++;
  } else if (report.damagedSnapshots.length > 0) tally.fellBack++;
  else tally.harmless++;
}

const SNAPSHOTS = ['snapshot-0000000001.nut', 'snapshot-0000000002.nut'];
const OTHERS = ['lock.nut', 'manifest.nut'];
const WITHOUT_DELTAS = {
  hasDeltas: false,
  activePage: ACTIVE_PAGE,
  names: [...OTHERS, 'page-0000000002.nut', 'page-0000000003.nut', ACTIVE_PAGE, ...SNAPSHOTS],
};
const WITH_DELTAS = {
  hasDeltas: true,
  activePage: ACTIVE_PAGE_AFTER_DELTAS,
  // Pages 3 and 4 are gone: the older delta holds what stood there.
  names: [
    ...['delta-0000000004.nut', 'delta-0000000005.nut', ...OTHERS, 'page-0000000002.nut', 'page-0000000005.nut'],
    ...[ACTIVE_PAGE_AFTER_DELTAS, ...SNAPSHOTS],
  ],
};

describe.each([
  { what: 'a closed directory', isClosed: true, ...WITHOUT_DELTAS },
  { what: 'a directory left by a dead process', isClosed: false, ...WITHOUT_DELTAS },
  { what: 'a closed directory with deltas', isClosed: true, ...WITH_DELTAS },
])('$what', ({ isClosed, hasDeltas, activePage, names }) => {
  const way = { isClosed, activePage };
  let files: Files;
  beforeAll(async () => {
    files = await smallDirectory(isClosed, undefined, hasDeltas);
  });

  it('has everything', async () => {
    expect([...files.keys()].sort()).toEqual(names);
    expect(await outcomeOf(await fileSystemOf(files))).toMatchObject({ state: STATES[LAST_SEQ] });
  });

  it('notices every flipped bit that matters', async () => {
    const tally: Tally = { refused: 0, fellBack: 0, cut: 0, harmless: 0 };
    for (const [name, good] of files) {
      for (let bit = 0; bit < good.length * 8; bit++) {
        if (!IS_NIGHTLY && !isUsual(good, bit, isClosed && !hasDeltas)) continue;
        const bad = good.slice();
        bad[bit >> 3] = (bad[bit >> 3] as number) ^ (1 << (bit & 7));
        await tell(files, name, bad, way, tally).catch((error: Error) => {
          throw new RangeError(`bit ${bit & 7} of byte ${bit >> 3} of ${name}: ${error.message}`, { cause: error });
        });
      }
    }
    if (process.env['NUTHATCH_SHOW']) console.log(tally);
    expect(tally.refused).toBeGreaterThan(1000);
    expect(tally.fellBack).toBeGreaterThan(100);
  });

  it('notices every cut that matters', async () => {
    const tally: Tally = { refused: 0, fellBack: 0, cut: 0, harmless: 0 };
    for (const [name, good] of files) {
      for (let length = 0; length < good.length; length++) {
        await tell(files, name, good.slice(0, length), way, tally).catch((error: Error) => {
          throw new RangeError(`${name} cut at ${length}: ${error.message}`, { cause: error });
        });
      }
    }
    if (process.env['NUTHATCH_SHOW']) console.log(tally);
    expect(tally.refused).toBeGreaterThan(1000);
  });
});
