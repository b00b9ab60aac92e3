/**
 * What the rules of a field ask of its value, as far as they are known by name: bounds, lengths, a form. Rules that are
 * not known are left to validation: whoever makes a value asks it whether the value is good.
 */
import type { RuleArgument, ValidationRule } from '@nuthatch/model';

/** Forms of text that are known by name. */
export type TextForm = 'email' | 'uuid' | 'url' | 'ip' | 'hexColor' | 'letters' | 'alphanumeric';

export interface Constraints {
  /** Bounds of a number. */
  readonly least?: number;
  readonly most?: number;
  readonly isAboveLeast?: boolean;
  readonly isBelowMost?: boolean;
  readonly isInteger?: boolean;
  readonly divisor?: number;
  /** Bounds of a text's length. */
  readonly leastLength?: number;
  readonly mostLength?: number;
  readonly form?: TextForm;
  readonly case?: 'lower' | 'upper';
  readonly contained?: string;
  /** The text matches it somewhere. */
  readonly pattern?: RegExp;
  /** Bounds of a list's length. */
  readonly leastCount?: number;
  readonly mostCount?: number;
  /** The value is one of these. */
  readonly allowed?: readonly unknown[];
  /** What the rules ask of each element. */
  readonly each?: Constraints;
}

type Writable = { -readonly [Name in keyof Constraints]: Constraints[Name] };

const FORMS: Readonly<Record<string, TextForm>> = {
  isEmail: 'email',
  isUuid: 'uuid',
  isUrl: 'url',
  isIp: 'ip',
  isHexColor: 'hexColor',
  isAlpha: 'letters',
  isAlphanumeric: 'alphanumeric',
};

/** O(rules). */
export function constraintsOf(rules: readonly ValidationRule[]): Constraints {
  const own: Writable = {};
  const each = rules.filter((rule) => rule.each === true);
  for (const rule of rules) if (rule.each !== true) take(own, rule);
  if (each.length > 0) own.each = constraintsOf(each.map(({ name, args }) => ({ name, args })));
  return own;
}

function take(own: Writable, { name, args }: ValidationRule): void {
  const [first, second] = args;
  if (Object.hasOwn(FORMS, name)) own.form = FORMS[name]!;
  switch (name) {
    case 'min':
      own.least = Math.max(own.least ?? Number.NEGATIVE_INFINITY, Number(first));
      break;
    case 'max':
      own.most = Math.min(own.most ?? Number.POSITIVE_INFINITY, Number(first));
      break;
    case 'isPositive':
      own.least = Math.max(own.least ?? 0, 0);
      own.isAboveLeast = own.least === 0;
      break;
    case 'isNegative':
      own.most = Math.min(own.most ?? 0, 0);
      own.isBelowMost = own.most === 0;
      break;
    case 'isInt':
      own.isInteger = true;
      break;
    case 'isDivisibleBy':
      own.divisor = Number(first);
      break;
    case 'minLength':
    case 'maxLength':
    case 'isLength':
    case 'isNotEmpty':
      takeLength(own, name, first, second);
      break;
    case 'arrayMinSize':
    case 'arrayNotEmpty':
      own.leastCount = Math.max(own.leastCount ?? 0, name === 'arrayNotEmpty' ? 1 : Number(first));
      break;
    case 'arrayMaxSize':
      own.mostCount = Number(first);
      break;
    case 'isLowercase':
      own.case = 'lower';
      break;
    case 'isUppercase':
      own.case = 'upper';
      break;
    case 'contains':
      own.contained = String(first);
      break;
    case 'matches':
      own.pattern = regExpOf(first);
      break;
    case 'equals':
      own.allowed = [first];
      break;
    case 'isIn':
      own.allowed = Array.isArray(first) ? first : [first];
      break;
    default:
  }
}

function takeLength(own: Writable, name: string, first: RuleArgument = 0, second?: RuleArgument): void {
  const least = name === 'maxLength' ? undefined : name === 'isNotEmpty' ? 1 : Number(first);
  const most =
    name === 'maxLength' ? Number(first) : name === 'isLength' && second !== undefined ? Number(second) : undefined;
  if (least !== undefined) own.leastLength = Math.max(own.leastLength ?? 0, least);
  if (most !== undefined) own.mostLength = Math.min(own.mostLength ?? Number.POSITIVE_INFINITY, most);
}

/** A rule's regular expression: `{ regExp: source, flags }`, or its text. */
function regExpOf(argument: RuleArgument | undefined): RegExp {
  if (typeof argument === 'object' && argument !== null && 'regExp' in argument) {
    const { regExp, flags } = argument as { readonly regExp: string; readonly flags?: string };
    return new RegExp(regExp, flags);
  }
  return new RegExp(String(argument));
}
