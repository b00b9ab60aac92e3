/**
 * class-validator as a source of rules and as a document validator. It is an optional peer: a class without its
 * decorators works without the package.
 */
import { DatabaseError, KNOWN_RULES, type RuleArgument, type ValidationRule, type Violation } from '@nuthatch/model';

interface RuleMetadata {
  readonly type: string;
  readonly name?: string;
  readonly propertyName: string;
  readonly constraints?: readonly unknown[];
  readonly groups?: readonly string[];
  readonly always?: boolean;
  readonly each?: boolean;
  readonly message?: unknown;
  readonly validateIf?: unknown;
  readonly context?: unknown;
}

interface ValidationFailure {
  readonly property: string;
  readonly constraints?: Readonly<Record<string, string>>;
  readonly children?: readonly ValidationFailure[];
}

interface ClassValidator {
  getMetadataStorage(): {
    getTargetValidationMetadatas(
      target: unknown,
      schema: string,
      always: boolean,
      strictGroups: boolean,
    ): readonly RuleMetadata[];
  };
  validateSync(document: object, options: object): readonly ValidationFailure[];
}

export interface ClassRules {
  /** Rules the generator compiles, by field. */
  readonly known: Readonly<Record<string, readonly ValidationRule[]>>;
  /** Some rule needs class-validator itself. */
  readonly hasOpaque: boolean;
}

/** The rules class-validator's decorators left for a class, inherited ones included. */
export function readClassValidatorRules(documentClass: unknown): ClassRules {
  const known: Record<string, ValidationRule[]> = Object.create(null);
  let hasOpaque = false;
  const metadatas =
    loadClassValidator()?.getMetadataStorage().getTargetValidationMetadatas(documentClass, '', true, false) ?? [];
  for (const metadata of metadatas) {
    if (metadata.type === 'whitelistValidation') continue; // @Allow: no rule, Nuthatch has its own for unknown fields
    const rule = toRule(metadata);
    if (rule.opaque) {
      hasOpaque = true;
      continue;
    }
    known[metadata.propertyName] ??= [];
    known[metadata.propertyName]!.push(rule);
  }
  return { known, hasOpaque };
}

/**
 * Runs class-validator on a document. Asynchronous rules are not awaited: they count as kept.
 *
 * @throws DatabaseError `VALIDATION_FAILED` when a rule of the user's own throws; its error is the cause.
 */
export function validateWithClassValidator(document: object): readonly Violation[] {
  try {
    const failures = loadClassValidator()?.validateSync(document, { forbidUnknownValues: false }) ?? [];
    return failures.flatMap((failure) => toViolations(failure, ''));
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const violations: readonly Violation[] = [{ path: '', rule: 'ruleThrew', message }];
    throw new DatabaseError('VALIDATION_FAILED', `a validation rule threw: ${message}`, { violations }, { cause });
  }
}

function toRule(metadata: RuleMetadata): ValidationRule {
  const { groups, always, validateIf, context, message, each } = metadata;
  const name = metadata.name ?? UNNAMED[metadata.type] ?? metadata.type;
  const args = name === 'isOptional' ? [] : plainArguments(metadata.constraints ?? []);
  const isConditional =
    (groups?.length ?? 0) > 0 || always !== undefined || validateIf !== undefined || context !== undefined;
  if (!KNOWN_RULES.has(name) || isConditional || args === undefined || typeof message === 'function') {
    return { name, args: [], opaque: true };
  }
  return { name, args, ...(typeof message === 'string' && { message }), ...(each && { each: true as const }) };
}

/** Rules without a name in class-validator's storage; the generator names them after their decorator. */
const UNNAMED: Readonly<Record<string, string>> = {
  conditionalValidation: 'validateIf',
  nestedValidation: 'validateNested',
  promiseValidation: 'validatePromise',
};

/** Arguments as plain data, trailing absent ones dropped; `undefined` when one cannot be written down. */
function plainArguments(constraints: readonly unknown[]): readonly RuleArgument[] | undefined {
  const end = constraints.findLastIndex((argument) => !isAbsent(argument)) + 1;
  const args = constraints.slice(0, end).map(plainArgument);
  return args.includes(undefined) ? undefined : (args as readonly RuleArgument[]);
}

/** class-validator fills options that were left out with undefined or `{}`. */
function isAbsent(argument: unknown): boolean {
  return argument === undefined || (isPlainObject(argument) && Object.keys(argument).length === 0);
}

function plainArgument(argument: unknown): RuleArgument | undefined {
  if (argument instanceof RegExp) return { regExp: argument.source, flags: argument.flags };
  if (typeof argument === 'number' && !Number.isFinite(argument)) return undefined;
  if (argument === null || ['string', 'number', 'boolean'].includes(typeof argument)) return argument as RuleArgument;
  if (Array.isArray(argument)) {
    const parts = argument.map(plainArgument);
    return parts.includes(undefined) ? undefined : (parts as readonly RuleArgument[]);
  }
  if (!isPlainObject(argument)) return undefined;
  const entries = Object.entries(argument).map(([key, value]) => [key, plainArgument(value)] as const);
  return entries.some(([, value]) => value === undefined) ? undefined : (Object.fromEntries(entries) as RuleArgument);
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function toViolations(failure: ValidationFailure, parent: string): readonly Violation[] {
  const isIndex = /^\d+$/.test(failure.property);
  const path = isIndex ? `${parent}[${failure.property}]` : parent ? `${parent}.${failure.property}` : failure.property;
  const own = Object.entries(failure.constraints ?? {}).map(([rule, message]) => ({ path, rule, message }));
  return [...own, ...(failure.children ?? []).flatMap((child) => toViolations(child, path))];
}

let classValidator: ClassValidator | undefined | 'unknown' = 'unknown';

function loadClassValidator(): ClassValidator | undefined {
  if (classValidator === 'unknown') {
    try {
      classValidator = require('class-validator') as ClassValidator;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
      classValidator = undefined; // not installed: no class can have rules of it
    }
  }
  return classValidator;
}
