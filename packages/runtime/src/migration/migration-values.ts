/** Values that generated migration stubs ask for: one the user has still to write, and one an older document had. */
import { DatabaseError } from '@nuthatch/model';

declare const missing: unique symbol;

/** A value that no field accepts: a stub with it does not compile until its user has put a value in its place. */
export interface MissingValue<Path extends string> {
  readonly [missing]: Path;
}

/**
 * Stands in a new migration stub where only its user can know the value. It fits no field's type, so the stub does not
 * compile before it is replaced.
 *
 * @throws DatabaseError `MIGRATION_INCOMPLETE`, always: builds that do not check types find out before a write.
 */
export function requiredValue<const Path extends string>(path: Path): MissingValue<Path> {
  throw new DatabaseError('MIGRATION_INCOMPLETE', `the migration gives no value for ${path}`, { path });
}

/**
 * The value of a field that the document's class does not have any more, or not yet: documents keep such values. For
 * the way back in a migration. O(1).
 *
 * @throws DatabaseError `MIGRATION_INCOMPLETE` when this document has none: it was made after the field was gone.
 */
export function keptValue<T>(document: object, field: string): T {
  const value = (document as Readonly<Record<string, unknown>>)[field];
  if (value !== undefined && Object.hasOwn(document, field)) return value as T;
  throw new DatabaseError('MIGRATION_INCOMPLETE', `the document has no value for the required field ${field}`, {
    path: field,
  });
}
