import { DatabaseError } from '@nuthatch/model';
import { showValue, unknownOption } from '@nuthatch/runtime/cluster';
import type { Check } from './journal-options.js';

/**
 * Checks options that may come from JavaScript.
 *
 * @param owner the function that takes them, for messages.
 * @param secret options whose values no message may show.
 * @throws DatabaseError `INVALID_OPTION`.
 */
export function requireOptions(
  owner: string,
  options: unknown,
  checks: Readonly<Record<string, Check>>,
  required: readonly string[],
  secret: readonly string[],
): void {
  if (typeof options !== 'object' || options === null)
    throw refused('options', `${owner} takes an object of options, found ${showValue(options)}`);
  const given = options as Readonly<Record<string, unknown>>;
  for (const [name, value] of Object.entries(given)) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (check === undefined) throw unknownOption(name, owner, Object.keys(checks));
    const due = value === undefined ? undefined : check(value);
    if (due === undefined) continue;
    const found = secret.includes(name) ? typeof value : showValue(value);
    throw refused(name, `\`${name}\` must be ${due}, found ${found}`);
  }
  for (const name of required) if (given[name] === undefined) throw refused(name, `${owner} needs \`${name}\``);
}

function refused(option: string, what: string): DatabaseError {
  return new DatabaseError('INVALID_OPTION', what, { option });
}
