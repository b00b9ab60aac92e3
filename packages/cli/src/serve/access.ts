/** Who gets in and what each may do, held against the database before anybody connects. */
import type { DocumentModel } from '@nuthatch/model';
import type { Reflection } from '@nuthatch/runtime';
import type { CollectionPolicy, Policy, ServeOptions, SyncUser } from '@nuthatch/sync';
import { isRefusal, refusal } from '../exit-code.js';
import { policyOf, syncUserOf, type TokenFile, type TokenUser } from './token-file.js';

/** The name of those that give no token where none is asked for. */
const NAMELESS = 'anyone';

export class Access {
  readonly options: Pick<ServeOptions, 'authenticate' | 'policy'>;

  /**
   * @param tokens undefined: everybody is let in, and may everything.
   * @throws DatabaseError `TOKENS_INVALID` for rules about what the database does not have, or no index answers.
   */
  constructor(db: Reflection, tokens: TokenFile | undefined, isReadOnly: boolean) {
    const names = db.collections().map(({ name }) => name);
    if (tokens === undefined) {
      const policy = policyOf(undefined, names, isReadOnly);
      this.options = { authenticate: (token) => ({ id: token || NAMELESS }), policy: () => policy };
      return;
    }
    const policies = new Map<string, Policy>();
    for (const user of tokens.users) policies.set(user.id, checkedPolicy(db, user, names, isReadOnly));
    this.options = {
      authenticate: (token): SyncUser | undefined => {
        const user = tokens.userOf(token);
        return user && syncUserOf(user);
      },
      policy: ({ id }) => policies.get(id) ?? {},
    };
  }
}

/** Conditions come as JSON: dates and bigints are made of their texts. */
function checkedPolicy(db: Reflection, user: TokenUser, names: readonly string[], isReadOnly: boolean): Policy {
  const granted = policyOf(user, names, isReadOnly);
  return Object.fromEntries(
    Object.entries(granted).map(([name, rules]): [string, CollectionPolicy] => {
      const refuse = (what: string, cause?: unknown): Error =>
        refusal(
          'TOKENS_INVALID',
          `the rules of user ${JSON.stringify(user.id)} for ${name}: ${what}`,
          { user: user.id, collection: name },
          { cause },
        );
      if (!names.includes(name)) throw refuse('there is no such collection');
      const collection = db.collection(name);
      requireHideable(collection.describe().model, rules.hidden ?? [], refuse);
      if (typeof rules.read !== 'object') return [name, rules];
      try {
        collection.count(rules.read);
        return [name, { ...rules, read: collection.whereOf(rules.read) }];
      } catch (error) {
        if (!isRefusal(error)) throw error;
        throw refuse(error.message, error);
      }
    }),
  );
}

function requireHideable(
  { fields, key }: DocumentModel,
  hidden: readonly string[],
  refuse: (what: string) => Error,
): void {
  for (const name of hidden) {
    const field = fields.find((each) => each.name === name);
    if (field === undefined) throw refuse(`${name} is not a field`);
    if (!field.optional || key.fields.includes(name)) throw refuse(`${name} is not optional, so it cannot be hidden`);
  }
}
