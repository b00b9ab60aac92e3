import { requiredValue } from '@nuthatch/runtime';

/**
 * player: renames name to nick
 * player: changes age from number to string
 * player: adds field team: string
 * player: adds field rank: number
 * player: changes score from number to an array of number
 * player: changes seen from date to number
 * player: changes home from an object to an object
 * player: changes notes from an array of number to an array of string
 * player: changes level from "a" | "b" | "c" to "a" | "b"
 *
 * Replace each requiredValue(…) by a value: until then this does not compile. Fields that are not named are kept.
 * Without `down` there is no way back. Written once, then yours: it is never overwritten.
 */
export interface PlayerV1 {
  id: string;
  email: string;
  name?: string;
  age: number;
  kinds: string[];
  score: number;
  seen: Date;
  home: {
    city: string;
  };
  notes: number[];
  level: 'a' | 'b' | 'c';
}

export interface PlayerV2 {
  id: string;
  email: string;
  nick?: string;
  age: string;
  kinds: string[];
  team: string;
  rank: number;
  score: number[];
  seen: number;
  home: {
    city: string;
    zip: string;
    floor?: number;
  };
  notes: string[];
  level: 'a' | 'b';
}

/** The newer document. */
export function up(document: PlayerV1): PlayerV2 {
  const { name: _1, ...kept } = document;
  return {
    ...kept,
    ...(document.name === undefined ? {} : { nick: document.name }),
    age: String(document.age),
    team: requiredValue('team'),
    rank: 3,
    score: [document.score],
    seen: document.seen.getTime(),
    home: { ...document.home, zip: requiredValue('home.zip') },
    notes: document.notes.map((item) => String(item)),
    level: document.level === 'c' ? requiredValue('level') : document.level,
  };
}

/** The older document. */
export function down(document: PlayerV2): PlayerV1 {
  const { nick: _1, ...kept } = document;
  return {
    ...kept,
    ...(document.nick === undefined ? {} : { name: document.nick }),
    age: requiredValue('age'),
    score: requiredValue('score'),
    seen: new Date(document.seen),
    notes: requiredValue('notes'),
  };
}
