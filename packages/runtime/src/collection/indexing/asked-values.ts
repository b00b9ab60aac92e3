/**
 * The conditions that an index accepts: values of the types its fields have. A value of another type would find
 * nothing, or everything on one side of an order, without a word; an absent one would mean every document.
 */
import { DatabaseError, type FieldType, type IndexModel } from '@nuthatch/model';
import type { CollectionDefinition } from '../../definition/collection-definition.js';
import { showValue } from '../../definition/show-value.js';
import { isDate } from '../../structures/is-date.js';
import { readField } from '../query/aggregate/field-kind.js';
import { saidHere } from './words-of-others.js';

/** Kinds of values as bits, so that a check is one operation. */
const KIND_BITS = { string: 1, number: 2, bigint: 4, boolean: 8, date: 16 } as const;
type Kind = keyof typeof KIND_BITS;
const KINDS = Object.keys(KIND_BITS) as readonly Kind[];
const ANY_KIND = 31;
const MAX_NAMED = 20;

export class AskedValues {
  readonly #model: IndexModel;
  /** For each field of the index the kinds it may be asked with. */
  readonly #kinds: readonly number[];
  readonly #first: number;
  /** For each field the only values that it may have; undefined where its values are not listed one by one, or those of no field. */
  readonly #literals: readonly (ReadonlySet<unknown> | undefined)[] | undefined;

  constructor(definition: CollectionDefinition, model: IndexModel) {
    this.#model = model;
    const types = model.fields.map((name) => readField(definition, name).type);
    this.#kinds = types.map(kindsOfField);
    this.#first = this.#kinds[0]!;
    const literals = types.map(literalsOf);
    this.#literals = literals.some((values) => values !== undefined) ? literals : undefined;
  }

  /** The index is over several fields. */
  get isComposite(): boolean {
    return this.#kinds.length > 1;
  }

  /** The model does not say what type the field has: it is a getter that a live index was added over. */
  get isUntyped(): boolean {
    return this.#kinds.length === 1 && this.#first === ANY_KIND;
  }

  /** @throws DatabaseError `INVALID_INDEX_VALUE` for a value of another type than those the index holds. */
  refuseType(held: string, asked: string): never {
    const { name } = this.#model;
    const what = `${name} holds values of type ${held}, found a condition of type ${asked}`;
    throw new DatabaseError('INVALID_INDEX_VALUE', what, { index: name, given: asked });
  }

  /**
   * Refuses what no document can have in a field of the index. O(1).
   *
   * @param position of the field in a composite index.
   * @throws DatabaseError `INVALID_QUERY` for an absent value, `INVALID_INDEX_VALUE` for one of another type, or none of the
   *   values that a type lists.
   */
  require(value: unknown, position: number = 0): void {
    this.requireBound(value, position);
    if (this.#literals !== undefined) this.#requireListed(value, position, this.#literals[position]);
  }

  /** As `require`, of a bound: that may lie between the values that a type lists, or beyond them. O(1). */
  requireBound(value: unknown, position: number = 0): void {
    const kinds = position === 0 ? this.#first : this.#kinds[position]!;
    if ((bitOf(value) & kinds) === 0) this.#refuse(value, position, kinds);
  }

  /** Whether a value as the index holds it (dates as epoch ms; all parts of a composite) fits its fields. */
  canHold(value: unknown): boolean {
    const parts = this.#kinds.length === 1 ? [value] : value;
    return (
      Array.isArray(parts) &&
      parts.length === this.#kinds.length &&
      parts.every((part, index) => isHeldAs(part, this.#kinds[index]!))
    );
  }

  /** @throws DatabaseError `INVALID_QUERY`. */
  refuseAbsent(value: unknown, what: string): never {
    const { name } = this.#model;
    const why = value === undefined || value === null ? `is ${String(value)}` : 'is empty';
    const absent = value === null ? ', or ask for documents without a value with { absent: true }' : '';
    throw new DatabaseError(
      'INVALID_QUERY',
      `${what} ${why}: leave the condition out to mean every document${absent}`,
      {
        index: name,
        given: showValue(value),
      },
    );
  }

  /** @throws DatabaseError `INVALID_QUERY` for a condition of another shape than the index knows. */
  refuseShape(query: unknown, expected: string): never {
    const { name } = this.#model;
    const given = namesIn(query);
    const shown = given === undefined ? showValue(query) : given.join(', ') || 'nothing';
    const here = saidHere(given ?? []);
    throw new DatabaseError('INVALID_QUERY', `a condition on ${name} must be ${expected}, found ${shown}${here}`, {
      index: name,
      given: given ?? shown,
    });
  }

  #refuse(value: unknown, position: number, kinds: number): never {
    const { name } = this.#model;
    if (value === undefined || value === null) this.refuseAbsent(value, `the condition on ${name}`);
    const expected = KINDS.filter((kind) => (KIND_BITS[kind] & kinds) !== 0).join(' or ');
    this.#refuseOther(value, position, expected);
  }

  #requireListed(value: unknown, position: number, literals: ReadonlySet<unknown> | undefined): void {
    if (literals === undefined || literals.has(value)) return;
    const named = [...literals].slice(0, MAX_NAMED).map(showValue);
    const more = literals.size > MAX_NAMED ? ' or another of its values' : '';
    this.#refuseOther(value, position, `${named.join(' or ')}${more}`);
  }

  #refuseOther(value: unknown, position: number, expected: string): never {
    const { name, fields } = this.#model;
    const field = fields[position]!;
    const of = fields.length === 1 ? name : `${field} in index ${name}`;
    throw new DatabaseError(
      'INVALID_INDEX_VALUE',
      `${of} holds ${expected}, found ${describe(value)} in the condition`,
      {
        index: name,
        field,
        given: describe(value),
      },
    );
  }
}

/** The enumerable names an object has itself; undefined for anything else. */
function namesIn(query: unknown): readonly string[] | undefined {
  if (typeof query !== 'object' || query === null || Array.isArray(query)) return undefined;
  return Object.keys(query).slice(0, MAX_NAMED);
}

function bitOf(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return KIND_BITS.string;
    case 'number':
      return KIND_BITS.number;
    case 'bigint':
      return KIND_BITS.bigint;
    case 'boolean':
      return KIND_BITS.boolean;
    case 'object':
      return isDate(value) ? KIND_BITS.date : 0;
    default:
      return 0;
  }
}

function isHeldAs(part: unknown, kinds: number): boolean {
  const isMilliseconds = typeof part === 'number' && (kinds & KIND_BITS.date) !== 0;
  return isMilliseconds || (typeof part !== 'object' && (bitOf(part) & kinds) !== 0);
}

/** All kinds for a getter whose type the model does not say: one that a live index was added over. */
function kindsOfField(type: FieldType | undefined): number {
  return type === undefined ? ANY_KIND : kindsOfType(type) || ANY_KIND;
}

function literalsOf(type: FieldType | undefined): ReadonlySet<unknown> | undefined {
  switch (type?.kind) {
    case 'literal':
      return new Set(type.values);
    case 'nullable':
      return literalsOf(type.of);
    case 'array':
    case 'set':
      return literalsOf(type.element);
    case 'union': {
      const parts = type.members.map(literalsOf);
      return parts.includes(undefined) ? undefined : new Set(parts.flatMap((part) => [...part!]));
    }
    default:
      return undefined;
  }
}

function kindsOfType(type: FieldType): number {
  switch (type.kind) {
    case 'string':
    case 'number':
    case 'bigint':
    case 'boolean':
    case 'date':
      return KIND_BITS[type.kind];
    case 'literal':
      return type.values.reduce<number>((bits, value) => bits | bitOf(value), 0);
    case 'union':
      return type.members.reduce((bits, member) => bits | kindsOfType(member), 0);
    case 'nullable':
      return kindsOfType(type.of);
    // A tag index is asked for one of the elements.
    case 'array':
    case 'set':
      return kindsOfType(type.element);
    default:
      return 0;
  }
}

function describe(value: unknown): string {
  if (isDate(value)) return 'a date';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' || typeof value === 'function') return `a value of type ${typeof value}`;
  return `the ${typeof value} ${showValue(value)}`;
}
