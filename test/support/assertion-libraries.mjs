/**
 * Compares documents with what was inserted, by the libraries that tests are written with, outside of any test runner's
 * sandbox. Prints a line of JSON for each comparison. `node assertion-libraries.mjs jest | vitest`: the two share a global
 * register, so each has a process of its own.
 */
import assert from 'node:assert';
import { plain } from '@nuthatch/runtime';
import * as chai from 'chai';
import lodash from 'lodash';
import { openDatabase } from '../../build/generated/index.js';
import { Match } from '../../build/schemas/match.js';

const passes = (work) => {
  try {
    work();
    return true;
  } catch (error) {
    if (error.name === 'TypeError' || error.name === 'ReferenceError') throw error;
    return false;
  }
};

async function jest() {
  const { expect } = await import('expect');
  return {
    'node:assert deepEqual': (a, b) => passes(() => assert.deepEqual(a, b)),
    'node:assert deepStrictEqual': (a, b) => passes(() => assert.deepStrictEqual(a, b)),
    'Jest toEqual': (a, b) => passes(() => expect(a).toEqual(b)),
    'Jest toStrictEqual': (a, b) => passes(() => expect(a).toStrictEqual(b)),
  };
}

/** What Vitest's matchers call. */
async function vitest() {
  const { equals, ...testers } = await import('@vitest/expect');
  const { iterableEquality, typeEquality, sparseArrayEquality, arrayBufferEquality } = testers;
  const strictly = [iterableEquality, typeEquality, sparseArrayEquality, arrayBufferEquality];
  return {
    'Vitest toEqual': (a, b) => equals(a, b, [iterableEquality]),
    'Vitest toStrictEqual': (a, b) => equals(a, b, strictly, true),
    'chai deep.equal': (a, b) => passes(() => chai.expect(a).to.deep.equal(b)),
    'lodash isEqual': (a, b) => lodash.isEqual(a, b),
  };
}

const LIBRARIES = await (process.argv[2] === 'jest' ? jest() : vitest());

const club = () => ({
  id: 'fcb',
  name: 'FC Basel',
  country: 'CH',
  slug: 'fcb',
  size: 24,
  income: { kind: 'sponsor', name: 'Acme', perYear: 5n },
  colours: new Map([['home', 'red']]),
  sports: new Set(['chess', 'football']),
  crest: new Uint8Array([1, 2, 3]),
  balance: -5n,
});
const match = () => ({ id: 1, home: 'a', away: 'b', playedAt: new Date(5), goals: [1, 2], status: 'over' });

const db = await openDatabase({ memory: true });
const storedClub = await db.club.insert(club());
const storedMatch = await db.match.insert(match());

const PAIRS = {
  'the date of a document': [storedMatch.playedAt, new Date(5), new Date(6)],
  'the map of a document': [storedClub.colours, club().colours, new Map([['home', 'blue']])],
  'the set of a document': [storedClub.sports, club().sports, new Set(['chess'])],
  'the bytes of a document': [storedClub.crest, club().crest, new Uint8Array([1, 2])],
  'the list of a document': [storedMatch.goals, [1, 2], [2, 1]],
  'a nested value of a document': [storedClub.income, club().income, { ...club().income, perYear: 6n }],
  'a document and what was inserted': [storedMatch, match(), { ...match(), home: 'x' }],
  'a document and an instance of its class': [
    storedMatch,
    Object.assign(new Match(), match()),
    Object.assign(new Match(), match(), { home: 'x' }),
  ],
  'plain(document) and what was inserted': [plain(storedMatch), match(), { ...match(), home: 'x' }],
  'plain(document) with containers': [
    lodash.pick(plain(storedClub), Object.keys(club())),
    club(),
    { ...club(), colours: new Map() },
  ],
};

for (const [library, isEqual] of Object.entries(LIBRARIES))
  for (const [what, [stored, given, other]] of Object.entries(PAIRS))
    console.log(
      JSON.stringify({
        library,
        what,
        isEqual: isEqual(stored, given) && isEqual(given, stored),
        isOtherEqual: isEqual(stored, other),
      }),
    );
await db.close();
