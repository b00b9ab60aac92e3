/**
 * Documents of one class as JSON and back, by its model alone: for programs that know no class, such as a viewer. Values
 * are written as dumps write them (document/json-values.ts).
 */
import { DatabaseError, type FieldModel, type Violation } from '@nuthatch/model';
import type { FaceValues } from '../../collection/face/face-form.js';
import type { CollectionDefinition } from '../../definition/collection-definition.js';
import { type JsonValues, jsonValues } from '../../document/json-values.js';

/** A JSON object with a document's fields, those that are absent left out. */
export type JsonDocument = Readonly<Record<string, unknown>>;

interface Part {
  readonly field: FieldModel;
  readonly values: JsonValues;
}

export class JsonDocuments implements FaceValues {
  readonly #definition: CollectionDefinition;
  readonly #parts: ReadonlyMap<string, Part>;
  /** Getters that an index uses. */
  readonly #computed: readonly (readonly [string, JsonValues])[];

  constructor(definition: CollectionDefinition) {
    const { fields, computed } = definition.model;
    this.#definition = definition;
    this.#parts = new Map(fields.map((field) => [field.name, { field, values: jsonValues(field.type) }]));
    this.#computed = computed.map(({ name, type }) => [name, jsonValues(type)]);
  }

  toJson(document: object): JsonDocument {
    const json: Record<string, unknown> = {};
    for (const [name, { values }] of this.#parts) {
      const value = (document as JsonDocument)[name];
      if (value !== undefined) define(json, name, values.toJson(value));
    }
    return json;
  }

  /** As `toJson`, of one field. */
  given(field: string, value: unknown): unknown {
    return this.#parts.get(field)!.values.toJson(value);
  }

  /** What the indexed getters say; those without a value are left out. */
  computedOf(document: object): JsonDocument {
    const json: Record<string, unknown> = {};
    for (const [name, values] of this.#computed) {
      const value = (document as JsonDocument)[name];
      if (value !== undefined) define(json, name, values.toJson(value));
    }
    return json;
  }

  /** The input of an insert. @throws DatabaseError `VALIDATION_FAILED` for what the model does not know, or of another type. */
  inputOf(json: unknown): object {
    return this.#read(json, (part, value) => part.values.fromJson(value, part.field.name));
  }

  /** A patch: null takes away an optional field that does not hold null. @throws DatabaseError `VALIDATION_FAILED`. */
  patchOf(json: unknown): object {
    return this.#read(json, ({ field, values }, value) => {
      const isRemoval = value === null && field.optional && !holdsNull(field);
      return isRemoval ? undefined : values.fromJson(value, field.name);
    });
  }

  #read(json: unknown, made: (part: Part, value: unknown) => unknown): object {
    const { name: className } = this.#definition.model;
    if (typeof json !== 'object' || json === null || Array.isArray(json))
      throw this.#invalid([{ path: '', rule: 'type', message: `a ${className} in JSON must be an object` }]);
    const input: Record<string, unknown> = {};
    const violations: Violation[] = [];
    for (const [name, value] of Object.entries(json)) {
      const part = this.#parts.get(name);
      // JSON has no undefined: where JavaScript gives it, it is a field that is left out.
      if (value === undefined) continue;
      if (part === undefined) {
        violations.push({ path: name, rule: 'unknown', message: `${name} is not a field of ${className}` });
        continue;
      }
      try {
        define(input, name, made(part, value));
      } catch (error) {
        violations.push(violationOf(name, error));
      }
    }
    if (violations.length > 0) throw this.#invalid(violations);
    return input;
  }

  #invalid(violations: readonly Violation[]): DatabaseError {
    const { name, collection } = this.#definition.model;
    const shown = violations.slice(0, 10).map(({ message }) => message);
    const more = violations.length > shown.length ? `; and ${violations.length - shown.length} more` : '';
    return new DatabaseError('VALIDATION_FAILED', `${name} is not valid: ${shown.join('; ')}${more}`, {
      ...{ collection, violations, violationCount: violations.length },
    });
  }
}

function holdsNull({ type }: FieldModel): boolean {
  return type.kind === 'nullable' || type.kind === 'json' || type.kind === 'any';
}

/** @throws what is no refusal of a value. */
function violationOf(name: string, error: unknown): Violation {
  if (error instanceof RangeError) return { path: name, rule: 'type', message: `${name} is nested too deep` };
  if (!DatabaseError.is(error, 'DUMP_INVALID')) throw error;
  const { path, problem } = error.facts as { readonly path: string; readonly problem: string };
  return { path, rule: 'type', message: `${path} is ${problem}` };
}

/** Assigning would call the setter of `__proto__`. */
function define(target: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true });
}
