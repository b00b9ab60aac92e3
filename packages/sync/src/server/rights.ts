/**
 * The rights that a policy grants one user: asked once for each connection, at each new token and at `reevaluate`, and
 * checked whole before anything is granted. A policy that is wrong grants nothing at all.
 */
import { createHmac } from 'node:crypto';
import { DatabaseError, type ErrorFacts } from '@nuthatch/model';
import type { Collection } from '@nuthatch/runtime/sync';
import { anyValueBytes } from '../documents/any-value.js';
import { shapeCondition } from '../documents/shape-condition.js';
import { GRANT_BYTES } from '../protocol/messages.js';
import { type Grant, NO_GRANT } from './grant.js';
import type { CollectionPolicy } from './policy.js';

const MEMBERS: readonly string[] = ['read', 'write', 'hidden', 'breakLeases'];

export class Rights {
  readonly #grants: ReadonlyMap<string, Grant>;

  /**
   * @param key of the server, so that a digest cannot confirm a guess.
   * @throws DatabaseError `INVALID_OPTION` for an invalid policy; `UNINDEXED_FIELD`, `INVALID_QUERY` for a condition.
   */
  constructor(policy: unknown, collections: ReadonlyMap<string, Collection>, key: Uint8Array) {
    if (typeof policy !== 'object' || policy === null || Array.isArray(policy) || 'then' in policy)
      throw wrong('must answer an object of collections, at once');
    const grants = new Map<string, Grant>();
    for (const [name, granted] of Object.entries(policy)) {
      const collection = collections.get(name);
      if (collection === undefined) throw wrong(`names a collection ${name}, which there is not`, { collection: name });
      if (granted !== undefined) grants.set(name, grantOf(collection, granted, key));
    }
    this.#grants = grants;
  }

  of(collection: string): Grant {
    return this.#grants.get(collection) ?? NO_GRANT;
  }
}

function grantOf(collection: Collection, granted: unknown, key: Uint8Array): Grant {
  const { name } = collection;
  if (typeof granted !== 'object' || granted === null || Array.isArray(granted))
    throw wrong(`must give an object for ${name}`, { collection: name });
  const unknown = Object.keys(granted).find((member) => !MEMBERS.includes(member));
  if (unknown !== undefined)
    throw wrong(`gives ${unknown} for ${name}; it may give ${MEMBERS.join(', ')}`, { collection: name });
  const { read = false, write = false, hidden = [], breakLeases = false } = granted as CollectionPolicy;
  if (typeof read !== 'boolean' && (typeof read !== 'object' || read === null))
    throw wrong(`must give true, false or a condition as \`read\` of ${name}`, { collection: name });
  if (typeof write !== 'boolean' && typeof write !== 'function')
    throw wrong(`must give true, false or a function as \`write\` of ${name}`, { collection: name });
  if (typeof breakLeases !== 'boolean')
    throw wrong(`must give true or false as \`breakLeases\` of ${name}`, { collection: name });
  requireHideable(collection, hidden);
  const digest = createHmac('sha256', key).update(name).update('\0');
  digest.update(anyValueBytes([read, [...hidden].sort()]));
  return {
    read: read === false ? undefined : shapeCondition(collection, read === true ? undefined : read),
    write,
    hidden: new Set(hidden),
    mayBreakLeases: breakLeases,
    digest: Uint8Array.from(digest.digest().subarray(0, GRANT_BYTES)),
  };
}

/** A document without a field that its class demands could not be read by a replica. */
function requireHideable({ name, definition }: Collection, hidden: unknown): void {
  if (!Array.isArray(hidden))
    throw wrong(`must give an array of fields as \`hidden\` of ${name}`, { collection: name });
  for (const asked of hidden as readonly unknown[]) {
    const field = definition.model.fields.find((each) => each.name === asked);
    const facts = { collection: name, field: asked };
    if (field === undefined) throw wrong(`hides ${String(asked)}, which is not a field of ${name}`, facts);
    if (!field.optional) throw wrong(`hides ${field.name} of ${name}, which is not optional`, facts);
  }
}

function wrong(what: string, facts: ErrorFacts = {}): DatabaseError {
  return new DatabaseError('INVALID_OPTION', `the policy ${what}`, { option: 'policy', ...facts });
}
