/**
 * Whether what a caller gave makes a document of the class: an object, of known fields, that keeps every rule. All that
 * is wrong is said in one error.
 */
import { ALL_FIELDS, DatabaseError, furtherValidation, readClassMetadata, type Violation } from '@nuthatch/model';
import type { CollectionDefinition } from '../../definition/collection-definition.js';

const NO_VIOLATIONS: readonly Violation[] = [];
/** Violations written out in a message; all are in the facts. */
const MESSAGE_VIOLATION_COUNT = 5;

export class InputCheck {
  readonly #definition: CollectionDefinition;
  /** class-validator, for classes with rules the generator does not compile. */
  readonly #furtherValidation: ReturnType<typeof furtherValidation>;
  readonly #dropsUnknown: boolean;

  /** @param unknownFields what is done with fields that no model knows. */
  constructor(definition: CollectionDefinition, unknownFields: 'refuse' | 'drop') {
    this.#definition = definition;
    this.#furtherValidation = furtherValidation(definition.model, readClassMetadata(definition.documentClass));
    this.#dropsUnknown = unknownFields === 'drop';
  }

  /** @returns a violation for each field no model knows. @throws DatabaseError `VALIDATION_FAILED` when it is no object. */
  unknownFields(input: unknown): readonly Violation[] {
    if (
      typeof input !== 'object' ||
      input === null ||
      Array.isArray(input) ||
      typeof (input as { then?: unknown }).then === 'function'
    ) {
      const message = `a ${this.#definition.model.name} is made from an object, not from ${inWords(input)}`;
      throw this.failure([{ path: '', rule: 'type', message }]);
    }
    const unknown = this.#dropsUnknown ? undefined : this.#definition.unknownFields(input);
    if (unknown === undefined) return NO_VIOLATIONS;
    return unknown.map((path) => ({
      path,
      rule: 'unknownField',
      message: `${path} is no field of ${this.#definition.model.name}`,
    }));
  }

  /**
   * Validates the document and freezes it.
   *
   * @param unknown what `unknownFields` gave.
   * @param fields that may be wrong or still the caller's own: those an update left alone are neither.
   * @throws DatabaseError `VALIDATION_FAILED` with everything that is wrong.
   */
  sealed(document: object, unknown: readonly Violation[], fields: number = ALL_FIELDS): object {
    let violations = this.#definition.validate(document, fields);
    if (this.#furtherValidation) violations = [...(violations ?? []), ...this.#furtherValidation(document, violations)];
    if (unknown.length > 0) violations = [...unknown, ...(violations ?? [])];
    if (violations !== undefined && violations.length > 0) throw this.failure(violations);
    return this.#definition.seal(document, fields);
  }

  /** The error that names them all. */
  failure(violations: readonly Violation[]): DatabaseError {
    const { collection, name } = this.#definition.model;
    const shown = violations.slice(0, MESSAGE_VIOLATION_COUNT).map((violation) => violation.message);
    const more = violations.length > shown.length ? `; and ${violations.length - shown.length} more` : '';
    return new DatabaseError('VALIDATION_FAILED', `${name} is not valid: ${shown.join('; ')}${more}`, {
      collection,
      violations,
    });
  }
}

function inWords(input: unknown): string {
  if (input === null) return 'null';
  if (Array.isArray(input)) return 'an array';
  return typeof input === 'object' ? 'a promise' : `a ${typeof input}`;
}
