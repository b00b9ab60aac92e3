/** A running SQL server, as the suites that all dialects share see it. */
import type { Knex } from 'knex';
import { openDatabase } from '../../../../generated/index.js';
import { type SqlStore, type SqlStoreOptions, sql } from '../../src/index.js';

export interface SqlPlace {
  /** What `knex(…)` takes; plain JSON, so that a child process can be told. */
  readonly config: Knex.Config;
  readonly knex: Knex;
  /** A plain query over the driver alone, by a connection of its own. */
  query(text: string): Promise<readonly Record<string, unknown>[]>;
  /** For a place that has schemas; else tables get a prefix. */
  readonly hasSchemas: boolean;
  quote(name: string): string;
}

/** Tables that no other test uses. */
export class OwnTables {
  readonly #place: SqlPlace;
  readonly options: SqlStoreOptions;
  readonly #name: string;

  constructor(place: SqlPlace, name: string) {
    this.#place = place;
    this.#name = name;
    this.options = place.hasSchemas ? { schema: name } : { tablePrefix: `${name}_` };
  }

  store(knex: Knex = this.#place.knex): SqlStore {
    return sql(knex, this.options);
  }

  /** Quoted, for a plain query. */
  table(name: string): string {
    const { quote, hasSchemas } = this.#place;
    return hasSchemas ? `${quote(this.#name)}.${quote(name)}` : quote(`${this.#name}_${name}`);
  }
}

export const playerInput = (number: number, age = number % 90) => ({
  id: `p${number}`,
  email: `${number}@x.io`,
  age,
  name: `Zoë "${number}" O'Brien 🐦`,
  clubs: [`c${number % 7}`, `c${number % 3}`, 'Ünion'],
  joinedAt: new Date(1_700_000_000_000 + number * 86_399_999),
  ...(number % 3 === 0 && { nick: `nick ${number} ` }),
});

export async function openPlayers(count: number) {
  const db = await openDatabase({ memory: true });
  await db.player.insertMany(Array.from({ length: count }, (_, number) => playerInput(number)));
  return db;
}
