import type { OnApplicationShutdown } from '@nestjs/common';
import { DatabaseError } from '@nuthatch/model';
import { describeDatabase, type Repository } from '@nuthatch/runtime';
import type { OpenDatabase } from './module-options.js';
import { DEFAULT_DATABASE, type DocumentClass } from './tokens.js';

/** Closes the database when the application ends: after its servers, so that requests under way still find it open. */
export class ClosesDatabase implements OnApplicationShutdown {
  readonly #db: OpenDatabase;

  constructor(db: OpenDatabase) {
    this.#db = db;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#db.close();
  }
}

/** Opens by the user's function. @throws DatabaseError `INVALID_OPTION` when what it gives is not a database. */
export async function opened(open: () => unknown): Promise<OpenDatabase> {
  const db = await open();
  if (typeof db === 'object' && db !== null) {
    describeDatabase(db);
    return db as OpenDatabase;
  }
  const what = `expected \`open\` to give a database, it gave ${String(db)}: \`open: () => openDatabase({ … })\``;
  throw new DatabaseError('INVALID_OPTION', what, { option: 'open' });
}

/** The repository of a class. @throws DatabaseError `INVALID_OPTION` when the database has no such class. */
export function repositoryOf(
  db: OpenDatabase,
  documentClass: DocumentClass,
  name = DEFAULT_DATABASE,
): Repository<never> {
  const { definitions } = describeDatabase(db);
  const [found, second] = definitions.filter((definition) => definition.documentClass === documentClass);
  if (found !== undefined && second !== undefined) {
    const what = `${documentClass.name} has several collections, among them ${found.model.collection} and ${second.model.collection}: inject the database, and take its repository by name`;
    throw new DatabaseError('INVALID_OPTION', what, { option: 'forFeature', className: documentClass.name });
  }
  if (found !== undefined) return (db as never as Record<string, Repository<never>>)[found.model.collection] as never;
  const classes = definitions.map(({ model }) => model.name);
  const what = `${documentClass.name} is not a class of the database ${name}, which has ${classes.join(', ') || 'none'}: generate its repository, or name the database it is in`;
  throw new DatabaseError('INVALID_OPTION', what, { option: 'forFeature', className: documentClass.name, classes });
}
