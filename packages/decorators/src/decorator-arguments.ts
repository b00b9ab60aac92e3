import { DatabaseError } from '@nuthatch/model';

/**
 * Refuses what the compiler would, for programs it does not check: `@Id` without brackets, options that are none.
 *
 * @param args all arguments the decorator was called with.
 * @throws DatabaseError `INVALID_DECORATOR`.
 */
export function checkArguments(decorator: string, args: readonly unknown[], optionNames: readonly string[]): void {
  const [options, second] = args;
  // A decorator without brackets is handed the class, its prototype and a name, or undefined and a context.
  const isBare = typeof options === 'function' || typeof second === 'string' || isContext(second);
  if (isBare)
    throw new DatabaseError('INVALID_DECORATOR', `@${decorator} is written without brackets: write @${decorator}()`, {
      decorator,
    });
  if (options === undefined) return;
  if (typeof options !== 'object' || options === null) {
    throw new DatabaseError('INVALID_DECORATOR', `@${decorator} takes options, not ${String(options)}`, { decorator });
  }
  const unknown = Object.keys(options).find((name) => !optionNames.includes(name));
  if (unknown !== undefined) {
    const known = optionNames.length === 0 ? 'it has none' : `there are ${optionNames.join(', ')}`;
    throw new DatabaseError('INVALID_DECORATOR', `@${decorator} has no option ${unknown}, ${known}`, {
      decorator,
      option: unknown,
    });
  }
}

/** The second argument of TC39 decorators. */
export interface FieldContext {
  readonly kind: string;
  readonly name: string | symbol;
  readonly static: boolean;
  readonly private: boolean;
  readonly metadata: object | undefined;
}

export function isContext(value: unknown): value is FieldContext {
  return typeof value === 'object' && value !== null && 'kind' in value && 'name' in value;
}
