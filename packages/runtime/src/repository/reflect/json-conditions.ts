/**
 * Conditions in JSON, as `find` takes them: texts become dates and bigints where the field of the index holds such. What
 * does not fit is left as it is, for the index to refuse.
 */
import { DatabaseError, type DocumentModel, type FieldType, keyName } from '@nuthatch/model';
import { isAskedByWords } from '../../collection/indexing/condition-words.js';
import { showValue } from '../../definition/show-value.js';
import { jsonValues } from '../../document/json-values.js';

const OPERATORS: ReadonlySet<string> = new Set(['gt', 'gte', 'lt', 'lte', 'between', 'any', 'all', 'none', 'in']);
/** Deeper conditions are left as they are, for the collection to refuse. */
const MAX_DEPTH = 32;

/** The models that references may lead to, by collection. */
export type Models = ReadonlyMap<string, DocumentModel>;

/** @throws DatabaseError `INVALID_QUERY` for what is not an object. O(conditions). */
export function conditionsOfJson(
  model: DocumentModel,
  json: unknown,
  models: Models = new Map(),
  depth: number = 0,
): object {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new DatabaseError('INVALID_QUERY', `conditions must be an object, found ${showValue(json)}`, {
      collection: model.collection,
    });
  return Object.fromEntries(
    Object.entries(json).map(([name, asked]) => [name, conditionOf(model, name, asked, models, depth)]),
  );
}

/** The conditions in `or`, `and` and `not`; what is none is left as it is, for the collection to refuse. */
function branchesOf(model: DocumentModel, asked: unknown, models: Models, depth: number): unknown {
  if (typeof asked !== 'object' || asked === null || depth >= MAX_DEPTH) return asked;
  return Array.isArray(asked)
    ? asked.map((branch: unknown) => branchesOf(model, branch, models, depth + 1))
    : conditionsOfJson(model, asked, models, depth + 1);
}

function conditionOf(model: DocumentModel, name: string, asked: unknown, models: Models, depth: number): unknown {
  const index = model.indexes.find(
    (each) => each.name === name || (each.fields.length === 1 && each.fields[0] === name),
  );
  if (index === undefined && (name === 'or' || name === 'and' || name === 'not'))
    return branchesOf(model, asked, models, depth);
  const field = index === undefined ? name : index.fields.length === 1 ? index.fields[0] : undefined;
  const target = models.get(model.references?.find((each) => each.field === field)?.to ?? '');
  if (target !== undefined && isObject(asked) && depth < MAX_DEPTH) {
    if (!isAskedByWords(asked)) return conditionsOfJson(target, asked, models, depth + 1);
    // Not what is referred to.
    if (isObject(asked['not'])) {
      const { not, ...others } = asked;
      return {
        ...(wantedOf(typeOf(model, field!), others) as object),
        not: conditionOf(model, name, not, models, depth + 1),
      };
    }
  }
  const fields = index?.fields ?? (keyName(model) === name ? model.key.fields : [name]);
  return fields.length === 1 ? wantedOf(typeOf(model, fields[0]!), asked) : compositeOf(model, fields, asked);
}

/** What is asked of several fields: an object of theirs, or `in` and `not` of such. */
function compositeOf(model: DocumentModel, fields: readonly string[], asked: unknown, depth = 0): unknown {
  if (typeof asked !== 'object' || asked === null || depth > MAX_DEPTH) return asked;
  if (Array.isArray(asked)) return asked.map((each) => compositeOf(model, fields, each, depth + 1));
  return Object.fromEntries(
    Object.entries(asked).map(([name, part]) => [
      name,
      fields.includes(name) ? wantedOf(typeOf(model, name), part) : compositeOf(model, fields, part, depth + 1),
    ]),
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value, or an object of bounds or lists of values. */
function wantedOf(type: FieldType | undefined, asked: unknown, depth = 0): unknown {
  if (type === undefined || typeof asked !== 'object' || asked === null) return scalarOf(type, asked);
  if (Array.isArray(asked)) return asked.map((each) => scalarOf(type, each));
  if (Object.hasOwn(asked, 'is')) return scalarOf(type, asked);
  return Object.fromEntries(
    Object.entries(asked).map(([operator, value]) => {
      if (operator === 'not' && depth < MAX_DEPTH) return [operator, wantedOf(type, value, depth + 1)];
      if (!OPERATORS.has(operator)) return [operator, value];
      return [operator, Array.isArray(value) ? value.map((each) => scalarOf(type, each)) : scalarOf(type, value)];
    }),
  );
}

function scalarOf(type: FieldType | undefined, json: unknown): unknown {
  if (type === undefined) return json;
  try {
    return jsonValues(type).fromJson(json, '');
  } catch (error) {
    if (DatabaseError.is(error, 'DUMP_INVALID')) return json;
    throw error;
  }
}

/** The type of one value of an indexed field: of a tag field that of an element. */
function typeOf({ fields, computed }: DocumentModel, name: string): FieldType | undefined {
  const type = [...fields, ...computed].find((field) => field.name === name)?.type;
  return type === undefined ? undefined : elementOf(type);
}

function elementOf(type: FieldType): FieldType {
  if (type.kind === 'nullable') return elementOf(type.of);
  return type.kind === 'array' || type.kind === 'set' ? type.element : type;
}
