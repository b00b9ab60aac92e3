/**
 * Documents of a class as fast-check makes them: any that the model allows, shrinking to the simplest. Everything is
 * validated as an insert validates it, so rules that are not known by name are kept, too, if they are not too narrow.
 */
import { DatabaseError, type DocumentModel } from '@nuthatch/model';
import type { Arbitrary } from 'fast-check';
import * as fastCheck from 'fast-check';
import { InputCheck } from '../../collection/writing/input-check.js';
import type { CollectionDefinition, DocumentClass } from '../../definition/collection-definition.js';
import { showValue } from '../../definition/show-value.js';
import type { Frozen } from '../../repository/repository-types.js';
import type { FieldsOf } from '../factory/factory.js';
import { requireDefinition } from '../factory/known-classes.js';
import { uniqueText } from '../factory/unique-text.js';
import { arbitraryOfFields } from './field-arbitrary.js';

/** Arbitraries for fields of which the model says too little: for a rule of your own, say. */
export type FieldArbitraries<D> = { readonly [Name in keyof FieldsOf<D>]?: Arbitrary<FieldsOf<D>[Name]> };

/** Whoever makes so many that are not valid will not make a valid one. */
const MAX_TRIES = 200;

/**
 * Any valid document of a class, frozen. Two of them may have the same key: for many use `arbitraryMany`.
 *
 * @throws DatabaseError `INVALID_OPTION`; `VALIDATION_FAILED` while values are made, when hardly any is valid: give
 *   arbitraries for the fields that it names.
 */
export function arbitrary<D extends object>(
  type: DocumentClass<D>,
  fields: FieldArbitraries<D> = {},
): Arbitrary<Frozen<D>> {
  const definition = requireDefinition(type, 'arbitrary');
  const given = fields as Readonly<Record<string, Arbitrary<unknown>>>;
  for (const [name, of] of Object.entries(given)) {
    const isKnown = definition.model.fields.some((field) => field.name === name);
    if (isKnown && typeof (of as { generate?: unknown } | undefined)?.generate === 'function') continue;
    const what = isKnown
      ? `an arbitrary is needed for ${name}, found ${showValue(of)}`
      : `${name} is not a field of ${definition.model.name}`;
    throw new DatabaseError('INVALID_OPTION', what, { option: name });
  }
  const { lifetime } = definition.model;
  // A document begins with this state, whatever its other values.
  const initial = lifetime === undefined ? {} : { [lifetime.field]: fastCheck.constant(lifetime.initial) };
  return validOf(arbitraryOfFields(definition.model.fields, { ...initial, ...given }), definition) as Arbitrary<
    Frozen<D>
  >;
}

/** Lists of valid documents that can be inserted together: no two have the same key, or a unique value. */
export function arbitraryMany<D extends object>(
  type: DocumentClass<D>,
  fields: FieldArbitraries<D> = {},
  constraints: { readonly minLength?: number; readonly maxLength?: number } = {},
): Arbitrary<Frozen<D>[]> {
  const { model } = requireDefinition(type, 'arbitraryMany');
  const selector = keysOf(model).map((names) => (document: Frozen<D>): unknown => {
    const values = names.map((name) => (document as Readonly<Record<string, unknown>>)[name]);
    // One that is absent collides with none.
    return values.some((value) => value === undefined || value === null) ? {} : values.map(uniqueText).join('\0');
  });
  return fastCheck.uniqueArray(arbitrary(type, fields), {
    ...constraints,
    selector: (document) => selector.map((select) => select(document)),
    comparator: (a: unknown[], b: unknown[]) => a.some((value, index) => value === b[index]),
  });
}

function keysOf({ key, indexes }: DocumentModel): readonly (readonly string[])[] {
  return [key.fields, ...indexes.filter(({ kind }) => kind === 'unique').map(({ fields }) => fields)];
}

function validOf(input: Arbitrary<object>, definition: CollectionDefinition): Arbitrary<object> {
  const check = new InputCheck(definition, 'refuse');
  let invalidCount = 0;
  const documentOf = (values: object): object | undefined => {
    try {
      const document = check.frozen(definition.build(values), check.unknownFields(values));
      invalidCount = 0;
      return document;
    } catch (error) {
      if (!DatabaseError.is(error, 'VALIDATION_FAILED') || ++invalidCount > MAX_TRIES) throw error;
      return undefined;
    }
  };
  return input.map(documentOf).filter((document): document is object => document !== undefined);
}
