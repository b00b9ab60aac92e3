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
  const all = db.player.all().all();
  expect(db.player.size).toBe(all.length);
  const ofClub = new Map<string, string[]>();
  for (const document of all) {
    expect(db.player.get(document.id)).toBe(document);
    expect(db.player.findByEmail(document.email)).toBe(document);
    if (document.nick !== undefined && document.nick !== 'nobody')
      expect(db.player.findByNick(document.nick)).toBe(document);
    for (const club of document.clubs) ofClub.set(club, [...(ofClub.get(club) ?? []), document.id]);
  }
  const tags = db.player.tags('clubs');
  expect([...tags.keys()].sort()).toEqual([...ofClub.keys()].sort());
  for (const [club, ids] of ofClub) {
    expect(tags.get(club)).toBe(ids.length);
    expect(db.player.findByClubs(club).keys().sort()).toEqual(ids.sort());
  }
  const ages = all.map(({ age }) => age).sort((left, right) => left - right);
  const inOrder = db.player.all().orderBy('age').all();
  expect(inOrder.map(({ age }) => age)).toEqual(ages);
  const { indexes } = db.stats().collections['player'] as { indexes: Record<string, { entryCount: number }> };
  const nickCount = all.filter(({ nick }) => nick !== undefined && nick !== 'nobody').length;
  const counts = Object.fromEntries(Object.entries(indexes).map(([name, { entryCount }]) => [name, entryCount]));
  expect(counts).toMatchObject({ email: all.length, age: all.length, nick: nickCount, nameLength: all.length });
}
