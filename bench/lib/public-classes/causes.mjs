/** Diagnostics by cause, so that a table of a thousand of them has thirty rows. */

const PATTERNS = [
  [/^a Record has keys/, 'Record<…>'],
  [/^an index signature/, 'index signature'],
  [/comes from the package ([^,]+), which is not read/, (match) => `type of the package ${match[1]}`],
  [/^the type (any|unknown|object)\b.* cannot be/, 'any, unknown, object'],
  [/^the type \[.* cannot be stored/, 'tuple'],
  [/^the type .*\bkeyof\b.* cannot be stored/, 'keyof'],
  [/^the type .*\(typeof|^the type typeof.* cannot be stored/, 'typeof'],
  [/^the type .*\[.+\] cannot be stored/, 'indexed access'],
  [/^the type .*=>.* cannot be stored/, 'function type'],
  [/contains itself|refers to itself/, 'recursive type or class circle'],
  [/cannot be distinguished|no literal field that distinguishes them/, 'union that cannot be distinguished'],
  [/^the base class (\w+\() ?/, 'base made by a call (PartialType(…))'],
  [/^the base class \w+ cannot be read/, 'base class of a package'],
  [/is private or protected/, 'private or protected field'],
  [/declared in the constructor/, 'field declared in the constructor'],
  [/is not exported/, 'class not exported'],
  [/has no written type/, 'no type written and none found'],
  [/^the type (.+) cannot be found or stored/, (match) => `global type ${match[1]}`],
];

/** @returns one short text for the kind of cause. */
export function causeOf({ code, message }) {
  for (const [pattern, name] of PATTERNS) {
    const match = pattern.exec(message);
    if (match) return `${code}: ${typeof name === 'string' ? name : name(match)}`;
  }
  return `${code}: ${message.replace(/\b[\w$]*[A-Z][\w$]*\b/g, 'X').slice(0, 70)}`;
}
