/** By what Nest finds databases and repositories: one token per database, one per class and database. */
import { DatabaseError } from '@nuthatch/model';

/** A class decorated with `@Document`. */
export type DocumentClass = abstract new (...parameters: never[]) => object;

export const DEFAULT_DATABASE = 'default';

/** On the global object, so that two copies of this package in one program agree. */
const TOKENS = Symbol.for('nuthatch.nestjs.repositoryTokens');

type Tokens = WeakMap<DocumentClass, Map<string, symbol>>;

function tokens(): Tokens {
  const holder = globalThis as { [TOKENS]?: Tokens };
  holder[TOKENS] ??= new WeakMap();
  return holder[TOKENS];
}

/**
 * The token of a database.
 *
 * @param name as given to `forRoot`; left out: the only, or first, database.
 * @throws DatabaseError `INVALID_OPTION` for a name that is not a text.
 */
export function getDatabaseToken(name: string = DEFAULT_DATABASE): string {
  return `NuthatchDatabase:${requireName(name)}`;
}

/**
 * The token of the repository of a class.
 *
 * @throws DatabaseError `INVALID_OPTION` for what is not a class.
 */
export function getRepositoryToken(documentClass: DocumentClass, name: string = DEFAULT_DATABASE): symbol {
  if (typeof documentClass !== 'function') {
    const what = `expected a document class, found ${documentClass === undefined ? 'undefined: do two files import each other?' : typeof documentClass}`;
    throw new DatabaseError('INVALID_OPTION', what, { option: 'documentClass' });
  }
  requireName(name);
  let ofClass = tokens().get(documentClass);
  if (ofClass === undefined) {
    ofClass = new Map();
    tokens().set(documentClass, ofClass);
  }
  let token = ofClass.get(name);
  if (token === undefined) {
    token = Symbol(`NuthatchRepository:${name}:${documentClass.name}`);
    ofClass.set(name, token);
  }
  return token;
}

function requireName(name: unknown): string {
  if (typeof name === 'string' && name !== '') return name;
  throw new DatabaseError('INVALID_OPTION', `the name of a database must be a text, found ${String(name)}`, {
    option: 'name',
  });
}
