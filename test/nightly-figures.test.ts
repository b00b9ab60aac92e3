import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

interface Result {
  readonly name: string;
  readonly settings: Readonly<Record<string, number>>;
  readonly isPassed: boolean;
  readonly seconds: number;
}
type Shares = Readonly<Record<string, { lines: [number, number]; branches: [number, number] }>>;

const NAMES = ['kills', 'fuzz', 'bits'];
const SCRIPT = pathToFileURL(join(__dirname, '../scripts/nightly-figures.mjs')).href;
const folder = mkdtempSync(join(tmpdir(), 'nightly-figures-'));
const page = join(folder, 'figures.md');

/** In a process of its own: Jest would make a `require` of the import. */
function write(results: Result[], share = 1, coverage?: Shares, names = NAMES): void {
  const args = [results, share, coverage ?? null, names, page].map((value) => JSON.stringify(value)).join(', ');
  const program = `import { writeNightlyFigures } from '${SCRIPT}';
    writeNightlyFigures(...[${args}].map((value) => value ?? undefined));`;
  execFileSync(process.execPath, ['--input-type=module', '--eval', program]);
}

const passed = (name: string, settings: Record<string, number> = {}): Result => ({
  name,
  settings,
  isPassed: true,
  seconds: 12.4,
});
const rows = () =>
  readFileSync(page, 'utf8')
    .split('\n')
    .filter((row) => /^\| (?!part|package)/.test(row));

afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => writeFileSync(page, 'Before.\n<!-- nightly:start -->\n<!-- nightly:end -->\nAfter.\n'));

describe('the table of nightly runs', () => {
  it('keeps the rows of parts that did not run, with their own day and share', () => {
    write([passed('fuzz', { NUTHATCH_FUZZED_FRAMES: 100_000, NUTHATCH_FUZZED_MANIFESTS: 20_000 })], 0.1);
    write([passed('kills', { NUTHATCH_KILLS: 5_000 })]);
    expect(rows()).toEqual([
      expect.stringMatching(
        /^\| kills \| 5,000 \| processes killed while they write \| passed in 12 s \| [\d-]{10}, Node [\d.]+ \|$/,
      ),
      expect.stringMatching(
        /^\| fuzz \| 100,000 \| frames .* \| passed in 12 s \| [\d-]{10}, Node [\d.]+, 0.1 of the night \|$/,
      ),
      expect.stringMatching(/^\| \| 20,000 \| manifests .* \| \| \|$/),
    ]);
    expect(readFileSync(page, 'utf8')).toMatch(/^Before\.\n[\s\S]*\nAfter\.\n$/);
  });

  it('replaces all rows of a part that ran again, a failure too', () => {
    write([passed('fuzz', { NUTHATCH_FUZZED_FRAMES: 10, NUTHATCH_FUZZED_MANIFESTS: 2 }), passed('bits')], 1);
    write([{ ...passed('fuzz', { NUTHATCH_FUZZED_FRAMES: 20 }), isPassed: false }]);
    expect(rows()).toEqual([
      expect.stringMatching(/^\| fuzz \| 20 \| .* \| \*\*failed\*\* \|/),
      expect.stringMatching(/^\| bits \| all \| of the part \| passed/),
    ]);
  });

  it('drops the rows of a part that there is no more', () => {
    write([passed('kills'), passed('bits')]);
    write([], 1, undefined, ['bits']);
    expect(rows()).toEqual([expect.stringMatching(/^\| bits /)]);
  });

  it('keeps the coverage until it is measured again', () => {
    const of = (covered: number): Shares => ({ model: { lines: [covered, 200], branches: [1, 3] } });
    write([], 1, of(100));
    write([passed('kills')]);
    expect(rows()).toEqual([expect.stringMatching(/^\| kills /), '| model | 50.0 % | 33.3 % | 200 |']);
    write([], 1, of(150));
    expect(rows()).toEqual([expect.stringMatching(/^\| kills /), '| model | 75.0 % | 33.3 % | 200 |']);
  });

  it('says what each number of a part counts', () => {
    const textOf = (name: string) => readFileSync(join(__dirname, '../scripts', name), 'utf8');
    const variables = new Set(textOf('nightly.mjs').match(/NUTHATCH_\w+(?=: [\d_]+)/g));
    expect(variables.size).toBeGreaterThan(30);
    const figures = textOf('nightly-figures.mjs');
    expect([...variables].filter((variable) => !figures.includes(`  ${variable}: '`))).toEqual([]);
  });
});
