import type { MigrationSource, MigrationTarget } from '@nuthatch/runtime';

/**
 * player: changes the id from id to email
 * player: removes unique index email
 *
 * Sees the whole database. A collection that keeps its id begins in `target` as it was; one with another id, and a new
 * one, begin empty. Runs in `nuthatch migrate up` only. Without `down` there is no way back. Written once, then yours:
 * it is never overwritten.
 */
export interface PlayerBefore {
  id: string;
  email: string;
  name?: string;
  age: number;
  kinds: string[];
}

export interface PlayerAfter {
  id: string;
  email: string;
  name?: string;
  age: number;
  kinds: string[];
}

/** Writes the newer database. */
export function up(source: MigrationSource, target: MigrationTarget): void {
  for (const document of source.all<PlayerBefore>('player'))
    target.put('player', newerPlayer(document));
}

/** Writes the older database. */
export function down(source: MigrationSource, target: MigrationTarget): void {
  for (const document of source.all<PlayerAfter>('player'))
    target.put('player', olderPlayer(document));
}

function newerPlayer(document: PlayerBefore): PlayerAfter {
  return document;
}

function olderPlayer(document: PlayerAfter): PlayerBefore {
  return document;
}
