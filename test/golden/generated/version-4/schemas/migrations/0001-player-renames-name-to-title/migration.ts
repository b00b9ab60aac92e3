/**
 * player: renames name to title
 * player: changes minReader from 0 to 1
 *
 * Fields that are not named are kept.
 * Without `down` there is no way back. Written once, then yours: it is never overwritten.
 */
export interface PlayerV1 {
  id: string;
  name: string;
  age: number | string;
  home: {
    zip?: string;
    city: string;
  } | null;
  rank: number;
  level?: 'a' | 'b' | 'c';
}

export interface PlayerV2 {
  id: string;
  title: string;
  age: number | string;
  home: {
    zip?: string;
    city: string;
  } | null;
  rank: number;
  level?: 'a' | 'b' | 'c';
}

/** The newer document. */
export function up(document: PlayerV1): PlayerV2 {
  const { name: _1, ...kept } = document;
  return { ...kept, title: document.name };
}

/** The older document. */
export function down(document: PlayerV2): PlayerV1 {
  const { title: _1, ...kept } = document;
  return { ...kept, name: document.title };
}
