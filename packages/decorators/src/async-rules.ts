/**
 * Rules of class-validator that answer a promise. A write is checked in one synchronous step, so such a rule could only
 * be skipped: class-validator's `validateSync` counts it as kept. Here it is found instead: by what the class says of
 * its rules, when a database opens, and by what a rule answers, at the write.
 *
 * To see answers, a custom constraint's `validate` and the condition of a field are replaced by functions that note a
 * promise while a document of ours is validated, and pass everything through otherwise. Only class-validator's public
 * storage is used.
 */
type AnyFunction = (...args: unknown[]) => unknown;

/** As far as it is looked at: an entry of class-validator's storage. */
export interface WatchedRule {
  readonly type: string;
  readonly name?: string;
  readonly propertyName: string;
  readonly constraintCls?: unknown;
  readonly constraints?: readonly unknown[];
  validateIf?: unknown;
}

interface Constraint {
  readonly async?: boolean;
  readonly name?: string;
  readonly instance: { validate?: unknown };
}

export interface RuleStorage {
  getTargetValidatorConstraints(constraint: unknown): readonly Constraint[];
}

/** The rules that returned a promise in the validation that is running; undefined while none of ours is. */
let answered: Set<string> | undefined;

const watched = new WeakSet<object>();

/** Rules of the class that say they are asynchronous: `name: isFree`. O(rules). */
export function declaredAsyncRules(storage: RuleStorage, rules: readonly WatchedRule[]): readonly string[] {
  return rules.flatMap((rule) => {
    const constraints = constraintsOf(storage, rule).filter(
      ({ async, instance }) => async === true || isAsyncFunction(instance.validate),
    );
    const isConditionAsync = isAsyncFunction(rule.validateIf) || conditionsOf(rule).some(isAsyncFunction);
    return constraints.length > 0 || isConditionAsync ? [describe(rule)] : [];
  });
}

/** From now on a promise that one of these rules answers is noted. O(rules), the first time. */
export function watchRules(storage: RuleStorage, rules: readonly WatchedRule[]): void {
  for (const rule of rules) {
    if (watched.has(rule)) continue;
    watched.add(rule);
    for (const { async, instance } of constraintsOf(storage, rule)) watchConstraint(instance, async === true, rule);
    const conditions = rule.type === 'conditionalValidation' ? (rule.constraints as unknown[] | undefined) : undefined;
    conditions?.forEach((condition, index) => {
      if (typeof condition === 'function') conditions[index] = noting(condition as AnyFunction, describe(rule));
    });
    if (typeof rule.validateIf === 'function') rule.validateIf = noting(rule.validateIf as AnyFunction, describe(rule));
  }
}

/** Runs a validation; beside its result the rules that answered a promise. */
export function whileWatching<T>(validate: () => T): { readonly result: T; readonly asyncRules: readonly string[] } {
  const before = answered;
  const found = new Set<string>();
  answered = found;
  try {
    const result = validate();
    return { result, asyncRules: [...found] };
  } finally {
    answered = before;
  }
}

function watchConstraint(instance: { validate?: unknown }, isAsync: boolean, rule: WatchedRule): void {
  if (watched.has(instance) || typeof instance.validate !== 'function') return;
  watched.add(instance);
  // A rule that says it is asynchronous is not even called by `validateSync`; the class is refused for it.
  if (!isAsync) instance.validate = noting(instance.validate as AnyFunction, describe(rule));
}

function noting(rule: AnyFunction, what: string): AnyFunction {
  return function (this: unknown, ...args: unknown[]): unknown {
    const answer = rule.apply(this, args);
    if (answered === undefined || !isThenable(answer)) return answer;
    answered.add(what);
    answer.then(undefined, () => undefined);
    // class-validator would wait for it with a promise of its own, whose rejection nobody would see.
    return true;
  };
}

function constraintsOf(storage: RuleStorage, rule: WatchedRule): readonly Constraint[] {
  return rule.constraintCls === undefined ? [] : storage.getTargetValidatorConstraints(rule.constraintCls);
}

function conditionsOf(rule: WatchedRule): readonly unknown[] {
  return rule.type === 'conditionalValidation' ? (rule.constraints ?? []) : [];
}

function describe({ propertyName, name, type }: WatchedRule): string {
  return `${propertyName}: ${name ?? type}`;
}

/** By its own tag: a name is whatever a minifier makes of it. */
function isAsyncFunction(value: unknown): boolean {
  return typeof value === 'function' && Object.prototype.toString.call(value) === '[object AsyncFunction]';
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}
