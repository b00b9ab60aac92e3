/**
 * `@nuthatch/model/errors`: the error class alone, for programs whose start counts. The command loads this, and the rest
 * of the model only for a verb that needs it. Re-exports only.
 */
export { DatabaseError, type ErrorFacts } from './errors/database-error.js';
export { ERROR_CATALOGUE, type ErrorCode } from './errors/error-catalogue.js';
