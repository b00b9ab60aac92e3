/** class-validator's decorators on a field → rules, as class-validator's own storage would have them. */
import { KNOWN_RULES, type RuleArgument, ruleNameOfDecorator, type ValidationRule } from '@nuthatch/model';
import type { ts } from '@ts-morph/common';
import { readConstant, UNKNOWN } from './constant-reader.js';
import type { ModuleGraph } from './module-graph.js';

/** How many arguments come before the validation options, where it is not none. */
const ARGUMENT_COUNTS: Readonly<Record<string, number>> = {
  isNumber: 1,
  isEmail: 1,
  isUuid: 1,
  isUrl: 1,
  isIp: 1,
  isAlpha: 1,
  isAlphanumeric: 1,
  min: 1,
  max: 1,
  isDivisibleBy: 1,
  minLength: 1,
  maxLength: 1,
  isLength: 2,
  contains: 1,
  notContains: 1,
  matches: 2,
  equals: 1,
  notEquals: 1,
  isIn: 1,
  isNotIn: 1,
  arrayMinSize: 1,
  arrayMaxSize: 1,
  arrayUnique: 1,
};

/** @param decorator class-validator's name for it, `IsEmail`. */
export function readRule(decorator: string, args: readonly ts.Expression[], graph: ModuleGraph): ValidationRule {
  const name = ruleNameOfDecorator(decorator);
  const opaque: ValidationRule = { name, args: [], opaque: true };
  if (!KNOWN_RULES.has(name)) return opaque;
  let count = ARGUMENT_COUNTS[name] ?? 0;
  const values = args.map((argument) => readConstant(argument, graph));
  // @Matches(pattern, options) and @Matches(pattern, modifiers, options)
  if (name === 'matches' && typeof values[1] !== 'string') count = 1;
  if (values.includes(UNKNOWN) || !values.every(isPlain)) return opaque;
  const options = values[count] as Readonly<Record<string, unknown>> | undefined;
  if (options && Object.keys(options).some((key) => key !== 'message' && key !== 'each')) return opaque;
  const given = values.slice(0, count);
  while (given.length > 0 && isAbsent(given.at(-1))) given.pop();
  return {
    name,
    args: given as readonly RuleArgument[],
    ...(typeof options?.['message'] === 'string' && { message: options['message'] }),
    ...(options?.['each'] === true && { each: true as const }),
  };
}

/** No bigint and no infinity in it, which no model can hold. */
function isPlain(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.values(value).every(isPlain);
  return typeof value === 'number' ? Number.isFinite(value) : typeof value !== 'bigint';
}

function isAbsent(value: unknown): boolean {
  return (
    value === undefined ||
    (typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0)
  );
}
