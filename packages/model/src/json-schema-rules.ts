/** The rules of class-validator as keywords of JSON Schema, as far as it has them. */
import type { FieldType } from './document-model.js';
import type { RuleArgument, ValidationRule } from './validation-rule.js';

export type JsonSchema = { readonly [keyword: string]: unknown };

const FORMATS: Readonly<Record<string, string>> = { isEmail: 'email', isUuid: 'uuid', isUrl: 'uri' };

/** Anything else is no keyword's: the write validates it. Rules that class-validator runs itself may hang on a condition. */
export function withRuleKeywords(schema: JsonSchema, type: FieldType, rules: readonly ValidationRule[]): JsonSchema {
  if (rules.some(({ opaque }) => opaque === true)) return schema;
  if (type.kind === 'nullable') {
    const [of, ...others] = schema['anyOf'] as readonly JsonSchema[];
    return { ...schema, anyOf: [withRuleKeywords(of!, type.of, rules), ...others] };
  }
  let written = schema;
  for (const rule of rules) {
    if (rule.each !== true) written = { ...written, ...keywordsOf(rule, type) };
    else if ((type.kind === 'array' || type.kind === 'set') && written['items'] !== undefined)
      written = { ...written, items: { ...(written['items'] as JsonSchema), ...keywordsOf(rule, type.element) } };
  }
  return written;
}

function keywordsOf(rule: ValidationRule, type: FieldType): JsonSchema {
  if (type.kind === 'string') return ofText(rule);
  if (type.kind === 'number') return ofNumber(rule);
  if (type.kind === 'array') return ofList(rule, type.element);
  return {};
}

function ofText({ name, args: [first, second] }: ValidationRule): JsonSchema {
  if (Object.hasOwn(FORMATS, name)) return { format: FORMATS[name] };
  switch (name) {
    case 'minLength':
      return { minLength: first };
    case 'maxLength':
      return { maxLength: first };
    case 'isLength':
      return { minLength: first, ...(typeof second === 'number' && { maxLength: second }) };
    case 'isNotEmpty':
      return { minLength: 1 };
    case 'isAlpha':
      // Of another locale it is other letters.
      return first === undefined ? { pattern: '^[A-Za-z]+$' } : {};
    case 'isAlphanumeric':
      return first === undefined ? { pattern: '^[A-Za-z0-9]+$' } : {};
    case 'matches':
      return ofRegExp(first);
    default:
      return ofValues(name, first);
  }
}

function ofNumber({ name, args: [first] }: ValidationRule): JsonSchema {
  switch (name) {
    case 'min':
      return { minimum: first };
    case 'max':
      return { maximum: first };
    case 'isPositive':
      return { exclusiveMinimum: 0 };
    case 'isNegative':
      return { exclusiveMaximum: 0 };
    case 'isInt':
      return { type: 'integer' };
    case 'isDivisibleBy':
      // class-validator reads other divisors as whole numbers; the keyword takes none below 0.
      return Number.isInteger(first) && first !== 0 ? { multipleOf: Math.abs(first as number) } : {};
    default:
      return ofValues(name, first);
  }
}

function ofList({ name, args: [first] }: ValidationRule, element: FieldType): JsonSchema {
  switch (name) {
    case 'arrayMinSize':
      return { minItems: first };
    case 'arrayMaxSize':
      return { maxItems: first };
    case 'arrayNotEmpty':
      return { minItems: 1 };
    case 'arrayUnique':
      return isToldApart(element) ? { uniqueItems: true } : {};
    default:
      return {};
  }
}

/** Whether two different values have different JSON: two equal dates or objects are two elements of a set, and one text. */
export function isToldApart(type: FieldType): boolean {
  if (type.kind === 'nullable') return isToldApart(type.of);
  return ['string', 'number', 'boolean', 'bigint', 'literal'].includes(type.kind);
}

function ofValues(name: string, first: RuleArgument | undefined): JsonSchema {
  if (name === 'equals') return { const: first };
  if (name === 'isIn' && Array.isArray(first)) return { enum: first };
  if (name === 'isNotIn' && Array.isArray(first)) return { not: { enum: first } };
  return {};
}

/** Flags have no place in a pattern: those that change what it matches leave it to the write. */
function ofRegExp(argument: RuleArgument | undefined): JsonSchema {
  if (typeof argument === 'string') return ofPattern(argument);
  if (typeof argument !== 'object' || argument === null || !('regExp' in argument)) return {};
  const { regExp, flags = '' } = argument as { readonly regExp: string; readonly flags?: string };
  return /^[guyd]*$/.test(flags) ? ofPattern(regExp) : {};
}

/** Validators read patterns as Unicode: a whole schema fails by one that JavaScript takes only without (`[\w-.]`). */
function ofPattern(pattern: string): JsonSchema {
  try {
    new RegExp(pattern, 'u');
    return { pattern };
  } catch {
    return {}; // The write has the last word.
  }
}
