/**
 * Valid documents of a class for tests, by its model: `factory(Player).build({ age: 31 })`.
 *
 * Required fields get values of their types within the rules that are known; defaults are the class's own; optional fields
 * are left out. Each document is validated as an insert validates it: a rule that is not known by name is kept, or the
 * factory says that it needs a value. Ids and unique values differ from document to document, and are the same in
 * every run.
 */
import { DatabaseError, type DocumentModel, type FieldModel, mayHoldBlobs, type Violation } from '@nuthatch/model';
import { InputCheck } from '../../collection/writing/input-check.js';
import type { CollectionDefinition, DocumentClass } from '../../definition/collection-definition.js';
import { showValue } from '../../definition/show-value.js';
import { optionsObject } from '../../definition/unknown-option.js';
import type { Frozen } from '../../repository/repository-types.js';
import { SeededRandom } from '../seeded-random.js';
import { requireDefinition } from './known-classes.js';
import { uniqueText } from './unique-text.js';
import { ValueMaker } from './value-maker.js';

/** Fields of a class: its methods left out. */
export type FieldsOf<D> = {
  readonly [Name in keyof D as D[Name] extends (...args: never[]) => unknown ? never : Name]?: Frozen<D>[Name];
};

/** Fields, or functions from the number of the document (1 for the first) to a field's value. */
export type FactoryValues<D> = {
  readonly [Name in keyof FieldsOf<D>]?: FieldsOf<D>[Name] | ((number: number) => FieldsOf<D>[Name]);
};

export interface FactoryOptions {
  /** Optional fields get values, too, and containers an element. Default false. */
  readonly fillOptional?: boolean;
  /** Decides what is made at random. Default 1. */
  readonly randomSeed?: number;
}

export interface Factory<D> {
  /** The next document, frozen, an instance of the class: for `insert`, or for code that takes a document. */
  build(values?: FactoryValues<D>): Frozen<D>;
  /** The next `count` documents. */
  buildMany(count: number, values?: FactoryValues<D>): Frozen<D>[];
}

const MAX_TRIES = 20;
const MAX_COUNT = 10_000_000;

/**
 * @param type the class, from the generated index.
 * @param defaults values for every document of this factory.
 * @throws DatabaseError `INVALID_OPTION`; `build` throws `VALIDATION_FAILED`, naming the fields that need a value.
 */
export function factory<D extends object>(
  type: DocumentClass<D>,
  defaults: FactoryValues<D> = {},
  options?: FactoryOptions,
): Factory<D> {
  return new DocumentFactory<D>(requireDefinition(type, 'factory'), defaults, options);
}

class DocumentFactory<D extends object> implements Factory<D> {
  readonly #definition: CollectionDefinition;
  readonly #defaults: FactoryValues<D>;
  readonly #check: InputCheck;
  readonly #maker: ValueMaker;
  readonly #isFull: boolean;
  /** Fields that tell the documents of a unique index or key apart. */
  readonly #uniqueFields: ReadonlySet<string>;
  readonly #taken = new Map<string, Set<string>>();
  #number = 0;

  constructor(definition: CollectionDefinition, defaults: FactoryValues<D>, options: FactoryOptions | undefined) {
    const { fillOptional = false, randomSeed = 1 } = optionsObject(options, 'factory', ['fillOptional', 'randomSeed']);
    this.#definition = definition;
    this.#defaults = requireValues(defaults);
    this.#check = new InputCheck(definition, 'refuse');
    this.#maker = new ValueMaker(new SeededRandom(randomSeed));
    this.#isFull = fillOptional;
    this.#uniqueFields = new Set(uniqueFieldsOf(definition.model));
  }

  build(values: FactoryValues<D> = {}): Frozen<D> {
    const number = ++this.#number;
    const given = evaluated({ ...this.#defaults, ...requireValues(values) }, number);
    let document: object | undefined;
    let problems: readonly Violation[] = [];
    const forced = new Set<string>();
    for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
      const input = { ...this.#made(number, given, forced), ...given };
      const found = this.#tryBuild(input);
      if (!Array.isArray(found)) {
        document = found as object;
        if (!this.#isTaken(document, given)) break;
        problems = [];
        document = undefined;
        continue;
      }
      problems = found as readonly Violation[];
      // A default may break a rule, such as `tags = []` where one is asked for.
      for (const { path } of problems) forced.add(rootOf(path));
      if (problems.every(({ path }) => rootOf(path) in given)) break;
    }
    if (document === undefined) throw this.#refusal(problems);
    this.#take(document);
    return document as Frozen<D>;
  }

  buildMany(count: number, values: FactoryValues<D> = {}): Frozen<D>[] {
    if (!Number.isSafeInteger(count) || count < 0 || count > MAX_COUNT)
      throw refusal('count', `buildMany takes a whole number, 0 or more, found ${showValue(count)}`);
    return Array.from({ length: count }, () => this.build(values));
  }

  #made(number: number, given: object, forced: ReadonlySet<string>): Record<string, unknown> {
    const { fields, lifetime } = this.#definition.model;
    const references = new Set(this.#definition.model.references?.map(({ field }) => field));
    // A document begins with this state, whatever its other values.
    const made: Record<string, unknown> = lifetime === undefined ? {} : { [lifetime.field]: lifetime.initial };
    for (const field of fields) {
      const { name } = field;
      // A blob, or a document that is referred to, has to be there before: nobody can make one up.
      if (name in given || name in made || mayHoldBlobs(field.type) || references.has(name)) continue;
      const isUnique = this.#uniqueFields.has(name);
      if (!isUnique && !forced.has(name) && !this.#isNeeded(field)) continue;
      const isFull = this.#isFull || forced.has(name);
      const { generate } = this.#definition.model.key;
      if ((generate === 'uuidv7' || generate === 'ulid') && this.#definition.model.key.fields[0] === name) {
        made[name] = generate === 'uuidv7' ? this.#maker.uuid(number) : this.#maker.ulid(number);
        continue;
      }
      made[name] = this.#maker.ofField(field, { name: this.#nameOf(field), number, isUnique, isFull });
    }
    return made;
  }

  /** A key reads `player-1`, not `id-1`. */
  #nameOf({ name }: FieldModel): string {
    const { key, collection } = this.#definition.model;
    return key.fields.length === 1 && key.fields[0] === name ? collection : name;
  }

  #isNeeded({ optional, default: of }: FieldModel): boolean {
    if (this.#isFull) return true;
    // The present time would be another in each run.
    return of === undefined ? !optional : of.kind === 'now';
  }

  #tryBuild(input: object): object | readonly Violation[] {
    try {
      return this.#check.frozen(this.#definition.build(input), this.#check.unknownFields(input));
    } catch (error) {
      if (!DatabaseError.is(error, 'VALIDATION_FAILED')) throw error;
      return error.facts['violations'] as readonly Violation[];
    }
  }

  /** What the test has given is the test's to keep apart. */
  #isTaken(document: object, given: object): boolean {
    const fields = document as Readonly<Record<string, unknown>>;
    for (const [name, texts] of this.#taken) if (!(name in given) && texts.has(uniqueText(fields[name]))) return true;
    return false;
  }

  #take(document: object): void {
    for (const name of this.#uniqueFields) {
      const value = (document as Readonly<Record<string, unknown>>)[name];
      if (value === undefined || value === null) continue;
      const texts = this.#taken.get(name) ?? new Set();
      this.#taken.set(name, texts.add(uniqueText(value)));
    }
  }

  #refusal(problems: readonly Violation[]): DatabaseError {
    const { name, collection } = this.#definition.model;
    const fields = [...new Set(problems.map(({ path }) => rootOf(path)))];
    const shown = problems.map(({ message, rule }) => `${message} (${rule})`).join('; ');
    const what =
      problems.length === 0
        ? `the factory of ${name} finds no value of ${[...this.#uniqueFields].join(', ')} that no document has yet: give one`
        : `the factory of ${name} makes no valid value of ${fields.join(', ')}: ${shown}. Give one: factory(${name}, { ${fields.map((field) => `${field}: …`).join(', ')} })`;
    const facts = { collection, violations: [...problems], violationCount: problems.length };
    return new DatabaseError('VALIDATION_FAILED', what, facts);
  }
}

/** Of each unique index, and of the key, the first field that can be told apart by a number. */
function uniqueFieldsOf(model: DocumentModel): string[] {
  const indexes = model.indexes.filter(({ kind }) => kind === 'unique').map(({ fields }) => fields);
  return [model.key.fields, ...indexes].flatMap((names) => {
    const fields = names.map((name) => model.fields.find((field) => field.name === name));
    const found = fields.find((field) => field !== undefined && isCountable(field));
    return found === undefined ? [] : [found.name];
  });
}

function isCountable({ type, optional, rules }: FieldModel): boolean {
  const of = type.kind === 'nullable' ? type.of : type;
  const isListed = rules.some(({ name }) => name === 'isIn' || name === 'equals');
  // One that is absent collides with none.
  return !optional && !isListed && ['string', 'number', 'bigint', 'date', 'bytes'].includes(of.kind);
}

function evaluated(values: Readonly<Record<string, unknown>>, number: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === 'function' ? (value as (number: number) => unknown)(number) : value,
    ]),
  );
}

function requireValues<V>(values: V): V {
  if (typeof values === 'object' && values !== null && !Array.isArray(values)) return values;
  const what = `the values of a factory must be an object of fields, found ${showValue(values)}`;
  throw refusal('values', what);
}

function refusal(option: string, what: string): DatabaseError {
  return new DatabaseError('INVALID_OPTION', what, { option });
}

/** `ground.colours[2]` is a part of `ground`. */
function rootOf(path: string): string {
  return /^[^.[ ]*/.exec(path)![0];
}
