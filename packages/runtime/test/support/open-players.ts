import type { Database } from '../../src/database/database.js';
import type { DatabaseOptions } from '../../src/database/database-options.js';
import { openDatabase } from '../../src/database/open-database.js';
import { type PlayerRepository, type PlayerTransaction, playerDefinition } from './player-definition.js';

export interface Repositories {
  readonly player: PlayerRepository;
}

export interface TransactionRepositories {
  readonly player: PlayerTransaction;
}

export type PlayerDatabase = Database<TransactionRepositories> & Repositories;

export function openPlayers(options: DatabaseOptions = { memory: true }): Promise<PlayerDatabase> {
  return openDatabase<Repositories, TransactionRepositories>([playerDefinition], options);
}

export const COLD_DEFINITION = {
  ...playerDefinition,
  model: { ...playerDefinition.model, storage: 'cold' as const },
  fingerprint: `${playerDefinition.fingerprint}-cold`,
};

/** The same of a class whose documents stay in the image. */
export function openColdPlayers(options: DatabaseOptions): Promise<PlayerDatabase> {
  return openDatabase<Repositories, TransactionRepositories>([COLD_DEFINITION], options);
}

/** An input with what most tests do not care about. */
export function player(id: string, fields: object = {}): { id: string; email: string; age: number; name: string } {
  return { id, email: `${id}@x.io`, age: 30, name: `Player ${id}`, ...fields };
}
