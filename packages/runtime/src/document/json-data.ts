/**
 * Values of the type `json`: whatever JSON has, and nothing else. A value comes back from the disk, or from a copy, as
 * it was stored; what JSON would change (dates, maps, NaN, instances of classes) is refused with its path.
 */
import { addViolation, oneMore, type ViolationList } from '@nuthatch/model';
import { CONTAINS_ITSELF, hasPlainPrototype } from './brands.js';
import { classNameOf } from './class-name.js';
import { frozenRecord, MAX_NESTED_LEVELS } from './frozen-any-value.js';

type Violations = ViolationList | undefined;

/**
 * Adds a violation for each part of the value that JSON cannot hold. O(value). @param isObject the value itself has to
 * be an object or array.
 */
export function checkJson(value: unknown, path: string, isObject: boolean, violations: Violations): Violations {
  if (value === undefined) return broken(violations, path, 'required', `${path} is required: a value of JSON`);
  if (isObject && (typeof value !== 'object' || value === null))
    return broken(violations, path, 'type', `${path} must be an object or array, found ${describe(value)}`);
  return check(value, path, violations, []);
}

function check(value: unknown, path: string, violations: Violations, around: object[]): Violations {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return violations;
  if (typeof value === 'number' && Number.isFinite(value)) return violations;
  const refuse = (is: string): Violations =>
    oneMore(violations) ?? broken(violations, path, 'type', `${path} must be a value of JSON, found ${is}`);
  if (typeof value !== 'object') return refuse(describe(value));
  if (!Array.isArray(value) && !hasPlainPrototype(value)) return refuse(describe(value));
  if (around.includes(value)) return refuse('an object that contains itself');
  if (around.length >= MAX_NESTED_LEVELS) return refuse(`nested more than ${MAX_NESTED_LEVELS} levels deep`);
  let found = violations;
  around.push(value);
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) found = check(value[index], `${path}[${index}]`, found, around);
  } else {
    for (const [name, part] of Object.entries(value))
      if (part !== undefined) found = check(part, `${path}.${name}`, found, around);
  }
  around.pop();
  return found;
}

/**
 * A frozen copy of the value: absent properties left out, -0 as the 0 that JSON writes for it. A value that JSON cannot
 * hold stays as it is, and the validator names it. O(value).
 */
export function frozenJson(value: unknown): unknown {
  return freeze(value, []);
}

function freeze(value: unknown, around: object[]): unknown {
  if (value === 0) return 0;
  if (typeof value !== 'object' || value === null || around.length > MAX_NESTED_LEVELS) return value;
  if (!Array.isArray(value) && !hasPlainPrototype(value)) return value;
  if (around.includes(value)) return CONTAINS_ITSELF;
  around.push(value);
  const frozen = Array.isArray(value)
    ? Object.freeze(Array.from(value, (part) => freeze(part, around)))
    : frozenRecord(
        Object.entries(value)
          .filter(([, part]) => part !== undefined)
          .map(([name, part]) => [name, freeze(part, around)] as const),
      );
  around.pop();
  return frozen;
}

/** Whether a stored value is of the type, as far as its outside tells. */
export function isJsonOutside(value: unknown, isObject: boolean): boolean {
  if (isObject)
    return Array.isArray(value) || (typeof value === 'object' && value !== null && hasPlainPrototype(value));
  return value === null || ['string', 'number', 'boolean'].includes(typeof value) || isJsonOutside(value, true);
}

function broken(violations: Violations, path: string, rule: string, message: string): ViolationList {
  return addViolation(violations, { path, rule, message });
}

function describe(value: unknown): string {
  if (value === CONTAINS_ITSELF) return 'an object that contains itself';
  if (value === null || value === undefined || typeof value === 'number' || typeof value === 'boolean')
    return String(value);
  if (typeof value !== 'object') return `a ${typeof value}`;
  return `an instance of ${classNameOf(value) ?? 'a class'}`;
}
