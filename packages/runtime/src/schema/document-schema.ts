/**
 * The schema of a class for libraries that validate: `playerSchema` of generated code.
 *
 * It takes what an insert takes, or that as JSON (dates as ISO text), and gives what an insert takes: defaults, generated
 * ids and the freezing are left to the insert. Rules are those of the insert; whether a key or a unique value is taken
 * already is the write's to say.
 */
import {
  DatabaseError,
  type JsonSchemaTarget,
  type JsonSchemaUse,
  jsonSchemaOf,
  type Violation,
} from '@nuthatch/model';
import { InputCheck } from '../collection/writing/input-check.js';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import { noteDefinition } from '../definition/definitions-of-classes.js';
import { type JsonInput, jsonInputReader } from './json-input.js';
import type { StandardIssue, StandardProps, StandardResult } from './standard-schema.js';
import { WriteChecks } from './write-checks.js';

/** @typeParam Input what `insert` takes. */
export interface DocumentSchema<Input> {
  /** Standard Schema and Standard JSON Schema, version 1. */
  readonly '~standard': StandardProps<JsonInput<Input>, Input>;
  /**
   * JSON Schema of a document (`document`, the default), of what an insert takes (`input`) or an update takes (`patch`), as
   * JSON; draft 2020-12 unless `draft-07` is asked for.
   *
   * @throws DatabaseError `INVALID_OPTION` for another target.
   */
  jsonSchema(use?: JsonSchemaUse, target?: JsonSchemaTarget): Record<string, unknown>;
}

/** Called by generated code as it is loaded: nothing is prepared before it is asked for. */
export function schemaOf(definition: CollectionDefinition): DocumentSchema<object> {
  noteDefinition(definition);
  return new LazySchema(definition);
}

class LazySchema implements DocumentSchema<object> {
  readonly #definition: CollectionDefinition;
  #props: StandardProps<object, object> | undefined;

  constructor(definition: CollectionDefinition) {
    this.#definition = definition;
  }

  get '~standard'(): StandardProps<object, object> {
    this.#props ??= propsOf(this.#definition);
    return this.#props;
  }

  jsonSchema(use?: JsonSchemaUse, target?: JsonSchemaTarget): Record<string, unknown> {
    return jsonSchemaOf(this.#definition.model, use, target) as Record<string, unknown>;
  }
}

function propsOf(definition: CollectionDefinition): StandardProps<object, object> {
  const inputSchema = ({ target }: { readonly target: string }): Record<string, unknown> =>
    jsonSchemaOf(definition.model, 'input', target as JsonSchemaTarget) as Record<string, unknown>;
  return Object.freeze({
    version: 1,
    vendor: 'nuthatch',
    validate: validatorOf(definition),
    jsonSchema: { input: inputSchema, output: inputSchema },
  });
}

function validatorOf(definition: CollectionDefinition): (value: unknown) => StandardResult<object> {
  let check: InputCheck | undefined;
  let writes: WriteChecks | undefined;
  const read = jsonInputReader(definition.model.fields);
  const fillKey = keyFiller(definition);
  return (value) => {
    check ??= new InputCheck(definition, 'refuse');
    try {
      // Of what was given: a promise, or a list, is no object of fields.
      const unknown = check.unknownFields(value);
      const input = read(value as object);
      const document = check.frozen(fillKey(definition.build(input)), unknown);
      writes ??= new WriteChecks(definition);
      const issues = writes.issuesOf(document);
      return issues.length > 0 ? { issues } : { value: input };
    } catch (error) {
      if (!DatabaseError.is(error, 'VALIDATION_FAILED')) throw error;
      return { issues: (error.facts['violations'] as readonly Violation[]).map(issueOf) };
    }
  };
}

/** A key that the insert will generate is not missing. */
function keyFiller({ model: { key, fields } }: CollectionDefinition): (document: object) => object {
  const name = key.fields[0]!;
  if (key.generate === undefined) return (document) => document;
  const kind = fields.find((field) => field.name === name)?.type.kind;
  const filler = kind === 'bigint' ? 1n : kind === 'number' ? 1 : '00000000-0000-7000-8000-000000000000';
  return (document) => {
    const values = document as Record<string, unknown>;
    if (values[name] === undefined) values[name] = filler;
    return document;
  };
}

function issueOf({ path, message }: Violation): StandardIssue {
  return path === '' ? { message } : { message, path: segmentsOf(path) };
}

/** `scores[3].note` → `['scores', 3, 'note']`. */
function segmentsOf(path: string): PropertyKey[] {
  const segments = path.matchAll(/\[([^\]]*)\]|[^.[\]]+/g);
  return Array.from(segments, ([text, inner]) =>
    inner === undefined ? text : /^\d+$/.test(inner) ? Number(inner) : inner,
  );
}
