/** What a database shows, as text: documents, indexes, releases. Two that show the same have the same text. */
import { inspect } from 'node:util';
import type { Db } from './journal-subject.js';

export const KEY_COUNT = 8;

export function textOf(value: unknown): string {
  return inspect(value, { depth: null, maxArrayLength: null, maxStringLength: null, sorted: true, breakLength: 1e9 });
}

/** Documents of the collections that the suite writes to. */
export function shownDocuments(db: Db): Record<string, object[]> {
  return {
    club: db.club.find({}).orderBy('id').all() as object[],
    match: db.match.find({}).orderBy('id').all() as object[],
    part: db.part.find({}).orderBy('id').all() as object[],
    player: db.player.find({}).orderBy('id').all() as object[],
  };
}

/** The same by every kind of index, which are kept apart from the documents. */
function shownIndexes(db: Db): unknown {
  const tens = Array.from({ length: KEY_COUNT }, (_, index) => index);
  return {
    emails: tens.map((index) => db.player.findByEmail(`e${index}@x.org`)?.id),
    clubs: tens.map((index) => [...db.player.find({ clubs: `c${index}` }).keys()].sort()),
    ages: db.player.find({}).orderBy('age').keys(),
    young: [...db.player.find({ age: { lt: 4 } }).keys()].sort(),
    numbers: tens.map((index) => db.part.findByNumber(`n${index}`)?.id),
    states: (['draft', 'active', 'obsolete'] as const).map((state) => [...db.part.find({ state }).keys()].sort()),
    traces: db.club.count({ country: 'trace' }),
  };
}

/** Every release, by its digest: `key/release` and what it was released as. */
export function shownReleases(db: Db): Map<string, string> {
  const releases = new Map<string, string>();
  for (const { id } of db.part.find({}).all())
    for (const { release, digest, asReleased } of db.part.history(id).map((each) => ({
      release: each.release,
      digest: each.digest,
      asReleased: each.asReleased(),
    })))
      releases.set(`${id}/${release}`, `${digest} ${textOf(asReleased)}`);
  return releases;
}

export function shownState(db: Db): string {
  return textOf({ documents: shownDocuments(db), indexes: shownIndexes(db), releases: [...shownReleases(db)].sort() });
}
