/** What is read equals what was put in, for the libraries that tests are written with; docs/guide/testing.md says the same. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

interface Comparison {
  readonly library: string;
  readonly what: string;
  readonly isEqual: boolean;
  readonly isOtherEqual: boolean;
}

/** Needs `npm run build`, as a user's project has it. */
function compare(libraries: string): readonly Comparison[] {
  const program = join(__dirname, 'support', 'assertion-libraries.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, libraries], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Comparison);
}

/** By prototype, and the values of documents have their own: those who compare so use `plain(document)`. */
const BY_PROTOTYPE = [
  'the date of a document',
  'the map of a document',
  'the set of a document',
  'a document and an instance of its class',
];
/** A document is an instance of its class and has every field; what was inserted is a plain object of some. */
const WHOLE = 'a document and what was inserted';
const TELL_CLASSES = [
  'node:assert deepEqual',
  'node:assert deepStrictEqual',
  'Jest toStrictEqual',
  'Vitest toStrictEqual',
  'chai deep.equal',
  'lodash isEqual',
];

it.each(['jest', 'vitest'])('%s and its company call equal what is equal, and nothing else', (libraries) => {
  const comparisons = compare(libraries);
  expect(comparisons.length).toBeGreaterThan(36);
  for (const { library, what, isEqual, isOtherEqual } of comparisons) {
    const isByPrototype = library === 'node:assert deepStrictEqual' && BY_PROTOTYPE.includes(what);
    const isDue = !isByPrototype && !(what === WHOLE && TELL_CLASSES.includes(library));
    expect([library, what, isEqual]).toEqual([library, what, isDue]);
    expect([library, what, isOtherEqual]).toEqual([library, what, false]);
  }
});
