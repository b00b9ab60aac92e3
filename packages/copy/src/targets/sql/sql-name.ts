/** Names of schemas and tables that the user gives: one that a server would cut is another's name. */
import { invalid } from '../../argument-check.js';
import type { SqlDialect } from './sql-dialect.js';

/** @throws DatabaseError `INVALID_OPTION` for a name that the database cannot hold; undefined is left to it. */
export function requireName(dialect: SqlDialect, name: string | undefined, option: string): void {
  if (name === undefined || dialect.holdsName(name)) return;
  throw invalid(
    option,
    `${dialect.name} holds no name like ${JSON.stringify(name)}: it is too long, or ends in a space`,
  );
}
