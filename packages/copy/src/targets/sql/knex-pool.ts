/** The part of knex that is used: its client, whose pool gives connections. Whatever `knex(…)` answers is one. */
export interface KnexPool {
  readonly client: unknown;
}
