/**
 * class-validator as a source of rules and as a document validator. It is an optional peer: a class without its
 * decorators works without the package.
 */
import {
  addViolation,
  DatabaseError,
  KNOWN_RULES,
  type RuleArgument,
  type ValidationRule,
  type Violation,
  type ViolationList,
} from '@nuthatch/model';
import { declaredAsyncRules, type RuleStorage, type WatchedRule, watchRules, whileWatching } from './async-rules.js';

interface RuleMetadata extends WatchedRule {
  readonly groups?: readonly string[];
  readonly always?: boolean;
  readonly each?: boolean;
  readonly message?: unknown;
  readonly context?: unknown;
}

interface ValidationFailure {
  readonly property: string;
  readonly constraints?: Readonly<Record<string, string>>;
  readonly children?: readonly ValidationFailure[];
}

interface ClassValidator {
  getMetadataStorage(): RuleStorage & {
    getTargetValidationMetadatas(
      target: unknown,
      schema: string,
      always: boolean,
      strictGroups: boolean,
    ): readonly RuleMetadata[];
  };
  validateSync(document: object, options: object): readonly ValidationFailure[];
}

type Storage = ReturnType<ClassValidator['getMetadataStorage']>;

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
  const storage = loadClassValidator()?.getMetadataStorage();
  const metadatas = storage === undefined ? [] : rulesOf(storage, documentClass);
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

/** Rules of the class that say they are asynchronous, `name: isFree`: no write can wait for them. */
export function readAsyncRules(documentClass: unknown): readonly string[] {
  const storage = loadClassValidator()?.getMetadataStorage();
  return storage === undefined ? [] : declaredAsyncRules(storage, rulesOf(storage, documentClass));
}

/**
 * Runs class-validator on a document.
 *
 * @throws DatabaseError `VALIDATION_FAILED` when a rule of the user's own throws; its error is the cause.
 *   `ASYNC_RULE` when one answers a promise, or says it would.
 */
export function validateWithClassValidator(document: object): readonly Violation[] {
  const validator = loadClassValidator();
  if (validator === undefined) return [];
  const storage = validator.getMetadataStorage();
  for (const found of classesIn(document)) requireSynchronous(storage, found);
  let outcome: ReturnType<typeof whileWatching<readonly ValidationFailure[]>>;
  try {
    outcome = whileWatching(() => validator.validateSync(document, { forbidUnknownValues: false }));
  } catch (cause) {
    const message = messageOf(cause);
    const violations: readonly Violation[] = [{ path: '', rule: 'ruleThrew', message }];
    throw new DatabaseError('VALIDATION_FAILED', `a validation rule threw: ${message}`, { violations }, { cause });
  }
  if (outcome.asyncRules.length > 0) throw asyncRule(outcome.asyncRules);
  let violations: ViolationList | undefined;
  for (const failure of outcome.result) violations = addViolations(violations, failure, '');
  return violations ?? [];
}

/** The error for rules that a write cannot wait for. */
function asyncRule(rules: readonly string[]): DatabaseError {
  const what = `a write is checked in one step, but these rules return promises: ${rules.join(', ')}`;
  return new DatabaseError('ASYNC_RULE', what, { rules });
}

/** The descriptions of each class's rules; asked once, since it is asked at every write. */
const ASYNC_RULES = new WeakMap<object, readonly string[]>();

function requireSynchronous(storage: Storage, found: object): void {
  let rules = ASYNC_RULES.get(found);
  if (rules === undefined) {
    const metadatas = rulesOf(storage, found);
    rules = declaredAsyncRules(storage, metadatas);
    watchRules(storage, metadatas);
    ASYNC_RULES.set(found, rules);
  }
  if (rules.length > 0) throw asyncRule(rules);
}

function rulesOf(storage: Storage, documentClass: unknown): readonly RuleMetadata[] {
  return storage.getTargetValidationMetadatas(documentClass, '', true, false);
}

/** The classes of the document and of what is in it. O(document). */
function classesIn(value: unknown, found = new Set<object>()): Set<object> {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return found;
  if (Array.isArray(value) || value instanceof Set) for (const element of value) classesIn(element, found);
  else if (value instanceof Map) for (const element of value.values()) classesIn(element, found);
  else {
    const { constructor: itsClass } = value;
    if (typeof itsClass === 'function' && itsClass !== Object) found.add(itsClass);
    for (const element of Object.values(value)) classesIn(element, found);
  }
  return found;
}

function messageOf(cause: unknown): string {
  const message = (cause as { readonly message?: unknown } | null | undefined)?.message;
  return typeof message === 'string' ? message : String(cause);
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

/**
 * Options as they were when they were first seen, at the class's declaration: libraries fill in what was left out of the
 * very object that the decorator was given, and the class would no longer say what its source says.
 */
const NOTED = new WeakMap<object, { readonly plain: RuleArgument | undefined; readonly isEmpty: boolean }>();

/** Notes the options of a class's rules and its bases'. O(rules); loads nothing. */
export function noteRuleOptions(documentClass: object): void {
  const { classValidatorMetadataStorage: storage } = globalThis as {
    readonly classValidatorMetadataStorage?: {
      readonly validationMetadatas?: ReadonlyMap<unknown, readonly RuleMetadata[]>;
    };
  };
  const all = storage?.validationMetadatas;
  if (!(all instanceof Map)) return;
  for (let its: object | null = documentClass; its !== null; its = Object.getPrototypeOf(its) as object | null)
    for (const { constraints } of (all.get(its) ?? []) as readonly RuleMetadata[]) plainArguments(constraints ?? []);
}

/** class-validator fills options that were left out with undefined or `{}`. */
function isAbsent(argument: unknown): boolean {
  if (argument === undefined) return true;
  return isPlainObject(argument) && noted(argument).isEmpty;
}

function plainArgument(argument: unknown): RuleArgument | undefined {
  if (argument instanceof RegExp) return { regExp: argument.source, flags: argument.flags };
  if (typeof argument === 'number' && !Number.isFinite(argument)) return undefined;
  if (argument === null || ['string', 'number', 'boolean'].includes(typeof argument)) return argument as RuleArgument;
  return Array.isArray(argument) || isPlainObject(argument) ? noted(argument).plain : undefined;
}

function noted(argument: object): { readonly plain: RuleArgument | undefined; readonly isEmpty: boolean } {
  let known = NOTED.get(argument);
  if (!known) {
    known = { plain: copied(argument), isEmpty: !Array.isArray(argument) && Object.keys(argument).length === 0 };
    NOTED.set(argument, known);
  }
  return known;
}

function copied(argument: object): RuleArgument | undefined {
  if (Array.isArray(argument)) {
    const parts = argument.map(plainArgument);
    return parts.includes(undefined) ? undefined : (parts as readonly RuleArgument[]);
  }
  const entries = Object.entries(argument).map(([key, value]) => [key, plainArgument(value)] as const);
  return entries.some(([, value]) => value === undefined) ? undefined : (Object.fromEntries(entries) as RuleArgument);
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function addViolations(
  list: ViolationList | undefined,
  failure: ValidationFailure,
  parent: string,
): ViolationList | undefined {
  const isIndex = /^\d+$/.test(failure.property);
  const path = isIndex ? `${parent}[${failure.property}]` : parent ? `${parent}.${failure.property}` : failure.property;
  let violations = list;
  for (const [rule, message] of Object.entries(failure.constraints ?? {}))
    violations = addViolation(violations, { path, rule, message });
  for (const child of failure.children ?? []) violations = addViolations(violations, child, path);
  return violations;
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
