/**
 * Rules of class-validator that the generator compiles; all others are `opaque` and left to class-validator itself.
 * Names are class-validator's own constraint names.
 */
export const KNOWN_RULES: ReadonlySet<string> = new Set([
  'isDefined',
  'isOptional',
  'isString',
  'isNumber',
  'isInt',
  'isBoolean',
  'isDate',
  'isArray',
  'isEmail',
  'isUuid',
  'isUrl',
  'isIp',
  'isHexColor',
  'isAlpha',
  'isAlphanumeric',
  'isAscii',
  'isLowercase',
  'isUppercase',
  'min',
  'max',
  'isPositive',
  'isNegative',
  'isDivisibleBy',
  'minLength',
  'maxLength',
  'isLength',
  'contains',
  'notContains',
  'matches',
  'equals',
  'notEquals',
  'isIn',
  'isNotIn',
  'isEmpty',
  'isNotEmpty',
  'arrayMinSize',
  'arrayMaxSize',
  'arrayNotEmpty',
  'arrayUnique',
]);

/** Decorators whose constraint name is not the decorator's name with its first letter lowered. */
const IRREGULAR_NAMES: Readonly<Record<string, string>> = {
  Length: 'isLength',
  IsUUID: 'isUuid',
  IsIP: 'isIp',
  IsFQDN: 'isFqdn',
  IsISBN: 'isIsbn',
  IsISIN: 'isIsin',
  IsISO8601: 'isIso8601',
  IsJSON: 'isJson',
  IsJWT: 'isJwt',
};

/** Constraint name of one of class-validator's decorators: `IsEmail` → `isEmail`, `Length` → `isLength`. */
export function ruleNameOfDecorator(decorator: string): string {
  if (Object.hasOwn(IRREGULAR_NAMES, decorator)) return IRREGULAR_NAMES[decorator]!;
  return decorator.charAt(0).toLowerCase() + decorator.slice(1);
}
