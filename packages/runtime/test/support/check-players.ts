/** Compares a database with the state it must hold: every document, and every index against a plain scan. */
import type { PlayerDatabase } from './open-players.js';
import type { PlayerState } from './player-history.js';

/** The documents of a database, as a state. */
export function stateOf(db: PlayerDatabase): PlayerState {
  const state: PlayerState = new Map();
  for (const { id, email, clubs, age, name, nick } of db.player.all())
    state.set(id, { email, clubs, age, name, ...(nick === undefined ? {} : { nick }) });
  return state;
}

/** A state as text, the same for equal states. */
export function textOf(state: PlayerState): string {
  const rows = [...state].map(([id, { email, clubs, age, name, nick }]) =>
    JSON.stringify([id, email, clubs, age, name, nick]),
  );
  return rows.sort().join('\n');
}

/** Fails unless the database holds exactly this state and all its indexes say the same. */
export function expectPlayers(db: PlayerDatabase, state: PlayerState): void {
  expect(textOf(stateOf(db))).toBe(textOf(state));
  expectConsistentIndexes(db);
}

/** Fails unless every index answers as a scan of the documents would, and holds no entry besides. */
export function expectConsistentIndexes(db: PlayerDatabase): void {
  expect(inconsistencies(db)).toEqual([]);
}

/** What is wrong, one line each. Called for thousands of databases: one comparison by `expect`, not one each. */
function inconsistencies(db: PlayerDatabase): readonly string[] {
  const wrong: string[] = [];
  const check = (what: string, found: unknown, due: unknown): void => {
    if (found !== due) wrong.push(`${what}: ${String(found)} instead of ${String(due)}`);
  };
  const all = db.player.all().all();
  check('size', db.player.size, all.length);
  const ofClub = new Map<string, string[]>();
  const hasNick = ({ nick }: { readonly nick?: string | undefined }): boolean =>
    nick !== undefined && nick !== 'nobody';
  for (const document of all) {
    check('get', db.player.get(document.id), document);
    check('email', db.player.findByEmail(document.email), document);
    if (hasNick(document)) check('nick', db.player.findByNick(document.nick as string), document);
    for (const club of document.clubs) ofClub.set(club, [...(ofClub.get(club) ?? []), document.id]);
  }
  const tags = db.player.tags('clubs');
  check('tags', [...tags.keys()].sort().join(), [...ofClub.keys()].sort().join());
  for (const [club, ids] of ofClub) {
    check(`count of ${club}`, tags.get(club), ids.length);
    check(`members of ${club}`, db.player.findByClubs(club).keys().sort().join(), ids.sort().join());
  }
  const inOrder = db.player.all().orderBy('age').all();
  const ages = all.map(({ age }) => age).sort((left, right) => left - right);
  check('ages', inOrder.map(({ age }) => age).join(), ages.join());
  const { indexes } = db.stats().collections['player'] as { indexes: Record<string, { entryCount: number }> };
  for (const name of ['email', 'age', 'nameLength', 'joinedAt'])
    check(`entries of ${name}`, indexes[name]?.entryCount, all.length);
  check('entries of nick', indexes['nick']?.entryCount, all.filter(hasNick).length);
  return wrong;
}
