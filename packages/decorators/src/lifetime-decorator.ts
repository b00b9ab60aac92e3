import { DatabaseError, deepFreeze, type LifetimeModel } from '@nuthatch/model';
import { checkArguments } from './decorator-arguments.js';
import { type FieldDecorator, fieldDecorator } from './field-decorator.js';

export interface LifetimeOptions<State extends string> {
  /** State → the states that may follow it; `[]`: it is the last. Every state of the field's type has an entry. */
  readonly transitions: { readonly [From in State]: readonly NoInfer<State>[] };
  /** The state that a document begins with. Default: the first of `transitions`. */
  readonly initial?: NoInfer<State>;
}

/**
 * The field is a state: it changes along the transitions alone, also while its document is released. A class has one.
 *
 *   `@Lifetime({ transitions: { draft: ['active'], active: ['obsolete'], obsolete: [] } })`
 *   `state: 'draft' | 'active' | 'obsolete' = 'draft';`
 *
 * @throws DatabaseError `INVALID_DECORATOR` for a state that is none, and on a second field of one class.
 */
export function Lifetime<const State extends string>(options: LifetimeOptions<State>): FieldDecorator<State>;
export function Lifetime<const State extends string>(
  options: LifetimeOptions<State>,
  ...rest: readonly unknown[]
): FieldDecorator<State> {
  checkArguments('Lifetime', [options, ...rest], ['transitions', 'initial']);
  const { initial, transitions } = checkedLifetime(options);
  return fieldDecorator<State>('Lifetime', (draft, field) => {
    if (draft.lifetime !== undefined && draft.lifetime.field !== field) {
      const what = `@Lifetime stands on ${draft.lifetime.field} and on ${field}: a document has one lifetime`;
      throw new DatabaseError('INVALID_DECORATOR', what, { decorator: 'Lifetime', field });
    }
    draft.lifetime = deepFreeze({ field, initial, transitions });
  });
}

/** The options for programs that no compiler checks, copied. @throws DatabaseError `INVALID_DECORATOR`. */
export function checkedLifetime(options: LifetimeOptions<string> | undefined): Omit<LifetimeModel, 'field'> {
  const refuse = (what: string): never => {
    throw new DatabaseError('INVALID_DECORATOR', `@Lifetime ${what}`, { decorator: 'Lifetime' });
  };
  const transitions: unknown = options?.transitions;
  if (typeof transitions !== 'object' || transitions === null || Array.isArray(transitions))
    return refuse('needs `transitions`: an object of states, each with the list of states that may follow');
  const entries = Object.entries(transitions as Readonly<Record<string, unknown>>);
  const states = new Set(entries.map(([state]) => state));
  for (const [from, targets] of entries) {
    if (!Array.isArray(targets)) refuse(`gives no list of the states that may follow ${from}`);
    const stranger = (targets as readonly unknown[]).find((to) => !states.has(to as string));
    if (stranger !== undefined) refuse(`lets ${String(stranger)} follow ${from}, and has no entry for it`);
  }
  const initial: unknown = options?.initial ?? entries[0]?.[0];
  if (typeof initial !== 'string' || !states.has(initial))
    return refuse(`begins with ${String(initial)}, which has no entry in \`transitions\``);
  const copied = entries.map(([from, targets]) => [from, [...(targets as readonly string[])]] as const);
  return { initial, transitions: Object.fromEntries(copied) };
}
