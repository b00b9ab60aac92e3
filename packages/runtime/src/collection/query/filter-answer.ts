/** What a filter answers of a document, as true or false. */
import { DatabaseError } from '@nuthatch/model';
import { catchRejection } from '../../structures/told.js';

/** A filter that refuses to be async: a promise is an object, and would let every document through. */
export function synchronous(predicate: (document: object) => unknown): (document: object) => boolean {
  return (document) => {
    const answer = predicate(document);
    return answer === true || (answer !== false && truthOf(answer));
  };
}

/** @throws DatabaseError `INVALID_QUERY` for a promise. */
function truthOf(answer: unknown): boolean {
  if (typeof answer !== 'object' || answer === null || !('then' in answer)) return Boolean(answer);
  catchRejection(answer, () => undefined);
  const what = 'a filter returned a promise; it is called synchronously, so it cannot be async';
  throw new DatabaseError('INVALID_QUERY', what);
}
