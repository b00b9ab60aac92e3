/** Which fields an index can be over. Answers what is wrong, never throws. */
import { describeType } from './describe-type.js';
import type { DocumentModel, FieldType, IndexModel } from './document-model.js';
import type { ModelProblem } from './model-problem.js';

/** Everything wrong with one index by itself. */
export function checkIndex(model: DocumentModel, index: IndexModel): ModelProblem[] {
  const problems: ModelProblem[] = [];
  for (const name of index.fields) {
    const type = fieldOf(model, name)?.type;
    if (!type) {
      const message = `the index ${describeIndex(index)} names ${name}, which is not a field of ${model.name}`;
      problems.push({ code: 'UNKNOWN_FIELD', message, field: name, hint: 'name a field or a getter of the class.' });
    } else if (index.kind === 'tag' && !isTaggable(type)) {
      const message = `@Tag on ${name}, which is ${describeType(type)}`;
      problems.push({
        code: 'BAD_TAG_TYPE',
        field: name,
        message,
        hint: 'tags are strings, numbers, bigints or booleans: one, an array or a set of them.',
      });
    } else if (index.kind === 'range' && !isOrdered(type, index.fields.length > 1)) {
      const message = `@Range on ${name}, which is ${describeType(type)}`;
      problems.push({
        code: 'BAD_RANGE_TYPE',
        field: name,
        message,
        hint: 'ranges are over numbers, bigints, dates or strings.',
      });
    } else if (index.kind === 'unique' && !isScalar(type, SCALARS)) {
      const message = `@Index on ${name}, which is ${describeType(type)}`;
      problems.push({
        code: 'BAD_INDEX_TYPE',
        field: name,
        message,
        hint: 'unique values are strings, numbers, bigints, booleans or dates.',
      });
    } else if (index.caseInsensitive && !isScalar(type, ['string'])) {
      const message = `@Index on ${name} is to ignore case, and it is ${describeType(type)}`;
      problems.push({
        code: 'BAD_INDEX_TYPE',
        field: name,
        message,
        hint: 'leave out `caseInsensitive`: only strings have case.',
      });
    }
  }
  return problems;
}

const SCALARS: readonly string[] = ['string', 'number', 'bigint', 'boolean', 'date'];
const TAG_SCALARS: readonly string[] = ['string', 'number', 'bigint', 'boolean'];
const ORDERED: readonly string[] = ['string', 'number', 'bigint', 'date'];

function isScalar(type: FieldType, kinds: readonly string[]): boolean {
  if (type.kind === 'nullable') return isScalar(type.of, kinds);
  if (type.kind === 'union') return type.members.every((member) => isScalar(member, kinds));
  return type.kind === 'literal' || kinds.includes(type.kind);
}

function isTaggable(type: FieldType): boolean {
  if (type.kind === 'nullable') return isTaggable(type.of);
  if (type.kind === 'array' || type.kind === 'set')
    return type.element.kind !== 'nullable' && isScalar(type.element, TAG_SCALARS);
  return isScalar(type, TAG_SCALARS);
}

/** One order over all values: a union of strings and numbers has none. Leading parts of a composite may be booleans. */
function isOrdered(type: FieldType, isComposite: boolean): boolean {
  if (type.kind === 'nullable') return isOrdered(type.of, isComposite);
  if (type.kind === 'literal')
    return (
      new Set(type.values.map((value) => typeof value)).size === 1 &&
      (isComposite || typeof type.values[0] !== 'boolean')
    );
  return ORDERED.includes(type.kind) || (isComposite && type.kind === 'boolean');
}

function fieldOf(
  model: DocumentModel,
  name: string,
): { readonly type: FieldType; readonly optional: boolean } | undefined {
  return model.fields.find((field) => field.name === name) ?? model.computed.find((field) => field.name === name);
}

/** An index in words: `@Tag clubs`. */
export function describeIndex(index: IndexModel): string {
  const decorator = { unique: '@Index', tag: '@Tag', range: '@Range' }[index.kind];
  return `${decorator} ${index.fields.join(', ')}`;
}
