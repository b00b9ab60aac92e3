/** Rules of `@Released` and `@Lifetime`: states and transitions cover the members of the field's type, exactly. */
import { describeType } from './describe-type.js';
import type { DocumentModel, FieldModel, LifetimeModel } from './document-model.js';
import type { ModelProblem } from './model-problem.js';

/** A released document stays permanently, on disk: nothing may say that it goes. */
export function checkReleased({ released, expires, storage }: DocumentModel): ModelProblem[] {
  if (released === undefined) return [];
  const problems: ModelProblem[] = [];
  if (expires !== undefined) {
    const message = `documents are released permanently, and deleted at their ${expires}`;
    problems.push({ code: 'BAD_RELEASED', field: expires, message, hint: 'take @Released or @Expires away.' });
  }
  if (storage === 'memory') {
    const message = 'documents are released permanently, and kept in memory only';
    problems.push({ code: 'BAD_RELEASED', message, hint: "take @Released or `storage: 'memory'` away." });
  }
  return problems;
}

export function checkLifetime({ fields, key, lifetime }: DocumentModel): ModelProblem[] {
  if (lifetime === undefined) return [];
  const { field: name } = lifetime;
  const field = fields.find((each) => each.name === name);
  if (field === undefined) {
    const message = `the lifetime ${name} is not a stored field`;
    return [{ code: 'UNKNOWN_FIELD', field: name, message, hint: 'put @Lifetime on a field.' }];
  }
  const wrong = (message: string, hint: string): ModelProblem => ({ code: 'BAD_LIFETIME', field: name, message, hint });
  if (key.fields.includes(name)) return [wrong(`the lifetime ${name} is part of the id`, 'put it on another field.')];
  const states = statesOf(field);
  if (states === undefined) {
    const type = `${field.optional ? 'optional and ' : ''}of type ${describeType(field.type)}`;
    return [
      wrong(`the lifetime ${name} is ${type}`, 'give it a union of texts or an enum of texts, no question mark.'),
    ];
  }
  return problemsOf(lifetime, states, field).map(([message, hint]) => wrong(message, hint));
}

/** The members of the type; undefined unless all are texts and a document always has one. */
function statesOf({ type, optional }: FieldModel): readonly string[] | undefined {
  if (optional || type.kind !== 'literal') return undefined;
  return type.values.every((value) => typeof value === 'string') ? (type.values as readonly string[]) : undefined;
}

function problemsOf(
  { field: name, initial, transitions }: LifetimeModel,
  states: readonly string[],
  field: FieldModel,
): (readonly [message: string, hint: string])[] {
  const known = new Set(states);
  const problems: (readonly [string, string])[] = [];
  for (const state of states)
    if (!Object.hasOwn(transitions, state))
      problems.push([
        `the transitions of ${name} say nothing of the state ${state}`,
        `add ${JSON.stringify(state)} with the states that may follow, or [] for none.`,
      ]);
  for (const [from, targets] of Object.entries(transitions)) {
    if (!known.has(from)) problems.push([`${name} has no state ${from}`, 'name members of its type only.']);
    for (const to of targets)
      if (!known.has(to))
        problems.push([`${name} has no state ${to}, which may follow ${from}`, 'name members of its type only.']);
      else if (to === from)
        problems.push([
          `the state ${to} of ${name} follows itself`,
          'leave it out: a document may always stay in its state.',
        ]);
    if (new Set(targets).size < targets.length)
      problems.push([`the states that follow ${from} in ${name} are named twice`, 'name each once.']);
  }
  if (!known.has(initial))
    problems.push([`${name} has no state ${initial} to begin with`, 'name a member of its type.']);
  const { default: given } = field;
  if (given !== undefined && !(given.kind === 'literal' && given.json === JSON.stringify(initial)))
    problems.push([
      `${name} begins as ${initial}, and its initializer says something else`,
      'write the initial state there, or leave the initializer out.',
    ]);
  return problems;
}
