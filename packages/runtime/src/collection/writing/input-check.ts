/**
 * Whether what a caller gave makes a document of the class: an object, of known fields, that keeps every rule. All that
 * is wrong is said in one error.
 */
import {
  ALL_FIELDS,
  DatabaseError,
  furtherValidation,
  joinViolations,
  MAX_VIOLATIONS,
  readClassMetadata,
  type Violation,
  type ViolationList,
} from '@nuthatch/model';
import type { CollectionDefinition } from '../../definition/collection-definition.js';

const NO_VIOLATIONS: readonly Violation[] = [];
/** Violations written out in a message; up to a hundred are in the facts. */
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

  /** @returns a violation for each field no model knows. @throws DatabaseError `VALIDATION_FAILED` when it is not an object. */
  unknownFields(input: unknown): readonly Violation[] {
    if (
      typeof input !== 'object' ||
      input === null ||
      Array.isArray(input) ||
      typeof (input as { then?: unknown }).then === 'function'
    ) {
      const message = `${this.#definition.model.name} must be made from an object, found ${inWords(input)}`;
      throw this.failure([{ path: '', rule: 'type', message }]);
    }
    const unknown = this.#dropsUnknown ? undefined : this.#definition.unknownFields(input);
    if (unknown === undefined) return NO_VIOLATIONS;
    const violations: ViolationList = unknown.map((path) => ({
      path,
      rule: 'unknownField',
      message: `${path} is not a field of ${this.#definition.model.name}`,
    }));
    const { omittedCount } = unknown as { readonly omittedCount?: number };
    if (omittedCount !== undefined) violations.omittedCount = omittedCount;
    return violations;
  }

  /**
   * Makes the document our own and frozen, and validates it: what is checked is what is stored, nested instances of the
   * user's classes included.
   *
   * @param unknown what `unknownFields` gave.
   * @param fields that may be wrong or still the caller's own: those an update left alone are neither.
   * @throws DatabaseError `VALIDATION_FAILED` with what is wrong.
   */
  frozen(document: object, unknown: readonly Violation[], fields: number = ALL_FIELDS): object {
    const definition = this.#definition;
    if (definition.sealsAnyValue !== true) return this.#frozenIfValid(document, unknown, fields);
    const frozen = definition.seal(document, fields);
    const violations = this.#violations(frozen, unknown, fields);
    if (violations !== undefined) throw this.failure(violations);
    return frozen;
  }

  /** For code of earlier generators, whose `seal` fails on what is not valid. */
  #frozenIfValid(document: object, unknown: readonly Violation[], fields: number): object {
    const violations = joinViolations(unknown, this.#definition.validate(document, fields));
    if (violations !== undefined) throw this.failure(violations);
    const frozen = this.#definition.seal(document, fields);
    const further = this.#furtherValidation?.(frozen);
    if (further !== undefined && further.length > 0) throw this.failure(further);
    return frozen;
  }

  #violations(document: object, unknown: readonly Violation[], fields: number): ViolationList | undefined {
    const violations = this.#definition.validate(document, fields);
    // A document that fills the list with what the generated code found is not shown to class-validator, which would
    // make an error for each element of a bad list of millions.
    const isFull = violations !== undefined && violations.length >= MAX_VIOLATIONS;
    const further = isFull ? undefined : this.#furtherValidation?.(document, violations);
    if (violations === undefined && further === undefined && unknown.length === 0) return undefined;
    return joinViolations(unknown, violations, further);
  }

  /** The error that names up to a hundred of them, and counts the rest. */
  failure(violations: ViolationList | readonly Violation[]): DatabaseError {
    const { collection, name } = this.#definition.model;
    const violationCount = violations.length + ((violations as ViolationList).omittedCount ?? 0);
    const shown = violations.slice(0, MESSAGE_VIOLATION_COUNT).map((violation) => violation.message);
    const more = violationCount > shown.length ? `; and ${violationCount - shown.length} more` : '';
    return new DatabaseError('VALIDATION_FAILED', `${name} is not valid: ${shown.join('; ')}${more}`, {
      collection,
      violations: [...violations],
      violationCount,
    });
  }
}

function inWords(input: unknown): string {
  if (input === null || input === undefined) return String(input);
  if (Array.isArray(input)) return 'an array';
  return typeof input === 'object' ? 'a promise' : `a ${typeof input}`;
}
