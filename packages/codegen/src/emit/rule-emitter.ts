/**
 * Emits one validation rule of class-validator: a condition that holds when the rule is broken, and its message.
 *
 * Verdicts and messages are class-validator's own, which a property test holds. Rules with an algorithm of their own
 * (emails, URLs, UUIDs) call class-validator's exported function.
 */
import type { RuleArgument, ValidationRule } from '@nuthatch/model';
import type { GeneratedModule } from './generated-module.js';
import { quote } from './source-text.js';

interface RuleText {
  /** Expression that is true when `value` breaks the rule. */
  broken(value: string, args: readonly RuleArgument[], module: GeneratedModule): string;
  /** class-validator's message; `$each` stands for "each value in " where the rule is for elements. */
  readonly message: string;
}

/** Calls a function of class-validator with the value and the rule's arguments. */
function calls(name: string, message: string): RuleText {
  return {
    broken: (value, args, module) => {
      module.validatorNames.add(name);
      return `!${name}(${[value, ...args.map(argumentText)].map((text, i) => (i === 0 ? `${text} as never` : `${text} as never`)).join(', ')})`;
    },
    message,
  };
}

/**
 * class-validator counts a pair of surrogates, and a character with its variation selector, as one, which takes two
 * regular expressions over the text. A text of no more units than `max` has no more characters; one of three times
 * `min` has at least `min`. Only what lies between is counted.
 */
function lengthRule(name: string, message: string, min: number, max: number): RuleText {
  const counted = calls(name, message);
  return {
    message,
    broken: (value, args, module) => {
      const isBroken = counted.broken(value, args, module);
      const bounds = [
        ...boundOf(args[min], (least) => `${value}.length >= ${least * 3}`),
        ...boundOf(args[max], (most) => `${value}.length <= ${most}`),
      ];
      const isGood = [`typeof ${value} === 'string'`, ...bounds].join(' && ');
      return bounds.length === 0 ? isBroken : `!(${isGood}) && ${isBroken}`;
    },
  };
}

function boundOf(argument: RuleArgument | undefined, text: (bound: number) => string): string[] {
  return typeof argument === 'number' && Number.isFinite(argument) && argument >= 0 ? [text(argument)] : [];
}

/** class-validator throws for 1e-7, which has no point, when it is to count decimals: that is more than anybody allows. */
function numberRule(rule: RuleText): RuleText {
  return {
    message: rule.message,
    broken: (value, args, module) => {
      const isBroken = rule.broken(value, args, module);
      const countsDecimals = typeof args[0] === 'object' && args[0] !== null && 'maxDecimalPlaces' in args[0];
      return countsDecimals
        ? `(Number.isFinite(${value}) && /^-?\\de-/.test(String(${value}))) || ${isBroken}`
        : isBroken;
    },
  };
}

const isAbsent = (value: string): string => `${value} === undefined || ${value} === null`;

const RULES: Readonly<Record<string, RuleText>> = {
  isDefined: { broken: isAbsent, message: '$property should not be null or undefined' },
  isString: { broken: (v) => `typeof ${v} !== 'string'`, message: '$property must be a string' },
  isNumber: numberRule(calls('isNumber', '$property must be a number conforming to the specified constraints')),
  isInt: { broken: (v) => `!Number.isInteger(${v})`, message: '$property must be an integer number' },
  isBoolean: { broken: (v) => `typeof ${v} !== 'boolean'`, message: '$property must be a boolean value' },
  isDate: {
    broken: (v) => `!(${v} instanceof Date && !Number.isNaN(${v}.getTime()))`,
    message: '$property must be a Date instance',
  },
  isArray: { broken: (v) => `!Array.isArray(${v})`, message: '$property must be an array' },
  isEmail: calls('isEmail', '$property must be an email'),
  isUuid: calls('isUUID', '$property must be a UUID'),
  isUrl: calls('isURL', '$property must be a URL address'),
  isIp: calls('isIP', '$property must be an ip address'),
  isHexColor: calls('isHexColor', '$property must be a hexadecimal color'),
  isAlpha: calls('isAlpha', '$property must contain only letters (a-zA-Z)'),
  isAlphanumeric: calls('isAlphanumeric', '$property must contain only letters and numbers'),
  isAscii: calls('isAscii', '$property must contain only ASCII characters'),
  isLowercase: calls('isLowercase', '$property must be a lowercase string'),
  isUppercase: calls('isUppercase', '$property must be uppercase'),
  min: {
    broken: (v, [min]) => `!(typeof ${v} === 'number' && ${v} >= ${argumentText(min)})`,
    message: '$property must not be less than $constraint1',
  },
  max: {
    broken: (v, [max]) => `!(typeof ${v} === 'number' && ${v} <= ${argumentText(max)})`,
    message: '$property must not be greater than $constraint1',
  },
  isPositive: {
    broken: (v) => `!(typeof ${v} === 'number' && ${v} > 0)`,
    message: '$property must be a positive number',
  },
  isNegative: {
    broken: (v) => `!(typeof ${v} === 'number' && ${v} < 0)`,
    message: '$property must be a negative number',
  },
  isDivisibleBy: calls('isDivisibleBy', '$property must be divisible by $constraint1'),
  minLength: lengthRule('minLength', '$property must be longer than or equal to $constraint1 characters', 0, -1),
  maxLength: lengthRule('maxLength', '$property must be shorter than or equal to $constraint1 characters', -1, 0),
  isLength: lengthRule(
    'length',
    '$property must be longer than or equal to $constraint1 and shorter than or equal to $constraint2 characters',
    0,
    1,
  ),
  contains: calls('contains', '$property must contain a $constraint1 string'),
  notContains: calls('notContains', '$property should not contain a $constraint1 string'),
  matches: calls('matches', '$property must match $constraint1 regular expression'),
  equals: {
    broken: (v, [other]) => `(${v} as unknown) !== ${argumentText(other)}`,
    message: '$property must be equal to $constraint1',
  },
  notEquals: {
    broken: (v, [other]) => `(${v} as unknown) === ${argumentText(other)}`,
    message: '$property should not be equal to $constraint1',
  },
  isIn: {
    broken: (v, [values]) => `!(${argumentText(values)} as readonly unknown[]).includes(${v})`,
    message: '$property must be one of the following values: $constraint1',
  },
  isNotIn: {
    broken: (v, [values]) => `(${argumentText(values)} as readonly unknown[]).includes(${v})`,
    message: '$property should not be one of the following values: $constraint1',
  },
  isEmpty: { broken: (v) => `!((${v} as unknown) === '' || ${isAbsent(v)})`, message: '$property must be empty' },
  isNotEmpty: { broken: (v) => `(${v} as unknown) === '' || ${isAbsent(v)}`, message: '$property should not be empty' },
  arrayMinSize: {
    broken: (v, [n]) => `!(Array.isArray(${v}) && ${v}.length >= ${argumentText(n)})`,
    message: '$property must contain at least $constraint1 elements',
  },
  arrayMaxSize: {
    broken: (v, [n]) => `!(Array.isArray(${v}) && ${v}.length <= ${argumentText(n)})`,
    message: '$property must contain no more than $constraint1 elements',
  },
  arrayNotEmpty: {
    broken: (v) => `!(Array.isArray(${v}) && ${v}.length > 0)`,
    message: '$property should not be empty',
  },
  arrayUnique: calls('arrayUnique', "All $property's elements must be unique"),
};

/** The condition under which the value breaks the rule. */
export function brokenCondition(module: GeneratedModule, rule: ValidationRule, value: string): string {
  const { broken } = RULES[rule.name]!;
  if (!rule.each) return broken(value, rule.args, module);
  module.runtime('elementsOf');
  return `elementsOf(${value}).some((element: unknown) => ${broken('element', rule.args, module)})`;
}

/** An expression for the rule's message about the field `property` of the class `target`. */
export function messageExpression(rule: ValidationRule, property: string, target: string, value: string): string {
  if (rule.name === 'isLength' && rule.message === undefined) return lengthMessage(rule, property, target, value);
  return messageOf(
    rule,
    rule.message ?? (rule.each ? eachMessage(rule) : RULES[rule.name]!.message),
    property,
    target,
    value,
  );
}

/** class-validator says which bound of a length is broken, unless characters outside the BMP make it miscount. */
function lengthMessage(rule: ValidationRule, property: string, target: string, value: string): string {
  const [min, max] = rule.args;
  const complete = { ...rule, args: [min ?? 'undefined', max ?? 'undefined'] };
  const say = (text: string): string =>
    messageOf(
      complete,
      `${rule.each ? 'each value in ' : ''}$property must be ${text} characters`,
      property,
      target,
      value,
    );
  const length = `(${value} as never as string).length`;
  const tooShort = isGiven(min)
    ? `!${value} || ${length} < ${argumentText(min)} ? ${say('longer than or equal to $constraint1')} : `
    : '';
  const tooLong = isGiven(max)
    ? `${length} > ${argumentText(max)} ? ${say('shorter than or equal to $constraint2')} : `
    : '';
  return `${tooShort}${tooLong}${say('longer than or equal to $constraint1 and shorter than or equal to $constraint2')}`;
}

function isGiven(argument: RuleArgument | undefined): boolean {
  return argument !== undefined && argument !== null;
}

function messageOf(rule: ValidationRule, template: string, property: string, target: string, value: string): string {
  const text = template
    .replace(/\$constraint(\d+)/g, (whole, number: string) => constraintText(rule.args[Number(number) - 1]) ?? whole)
    .replace(/\$property/g, () => property)
    .replace(/\$target/g, () => target);
  if (!text.includes('$value')) return quote(text);
  // A text, not a function: class-validator lets `$$` in the value stand for `$`.
  return `${quote(text)}.replace(/\\$value/g, ['string', 'number', 'boolean'].includes(typeof ${value}) ? String(${value}) : '$value')`;
}

/** class-validator puts the prefix before the property, wherever the message begins. */
function eachMessage(rule: ValidationRule): string {
  const { message } = RULES[rule.name]!;
  return `each value in ${message}`;
}

/** Arrays are joined as class-validator does; arguments that were left out leave the token standing. */
function constraintText(argument: RuleArgument | undefined): string | undefined {
  if (argument === undefined) return undefined;
  if (Array.isArray(argument)) return argument.join(', ');
  if (isRegExp(argument)) return `/${argument.regExp}/${argument.flags}`;
  return String(argument);
}

function argumentText(argument: RuleArgument | undefined): string {
  if (argument === undefined) return 'undefined';
  if (isRegExp(argument)) return `new RegExp(${quote(argument.regExp)}, ${quote(argument.flags)})`;
  if (typeof argument === 'string') return quote(argument);
  if (Array.isArray(argument)) return `[${argument.map(argumentText).join(', ')}]`;
  if (typeof argument === 'object' && argument !== null) {
    return `{ ${Object.entries(argument)
      .map(([key, value]) => `${quote(key)}: ${argumentText(value)}`)
      .join(', ')} }`;
  }
  return Object.is(argument, -0) ? '-0' : String(argument);
}

function isRegExp(argument: RuleArgument): argument is { readonly regExp: string; readonly flags: string } {
  return typeof argument === 'object' && argument !== null && !Array.isArray(argument) && 'regExp' in argument;
}
