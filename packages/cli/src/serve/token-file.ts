/**
 * The users of `nuthatch serve`, from a file: who has which token, and what each may do. Its format is documented in
 * docs/guide/sync-server.md.
 *
 *   { "users": [{ "id", "token", "expires"?, "collections"? }] }
 *
 * A token is its text, or `sha256:` and the 64 hexadecimal digits of its SHA-256, so that the file need not hold it.
 */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import type { CollectionPolicy, SyncUser } from '@nuthatch/sync';
import { refusal } from '../exit-code.js';

/** Rights by collection. */
export type Rules = Readonly<Record<string, CollectionPolicy>>;

export interface TokenUser {
  readonly id: string;
  readonly expiresAtMs?: number;
  /** Undefined: everything. */
  readonly collections: Rules | undefined;
}

export interface TokenFile {
  readonly users: readonly TokenUser[];
  /** The user of a token; undefined for nobody. O(length of the token). */
  userOf(token: string): TokenUser | undefined;
}

const MEMBERS: readonly string[] = ['id', 'token', 'expires', 'collections'];
const RULES: readonly string[] = ['read', 'write', 'hidden', 'breakLeases'];
const HASHED = /^sha256:([0-9a-f]{64})$/;
/** Shorter ones can be guessed. */
const MIN_TOKEN_LENGTH = 16;
const TOKEN_BYTES = 24;
/** Those of the group and of all others. */
const OTHERS_MAY_READ = 0o044;

/** @throws DatabaseError `TOKENS_INVALID`; errors of the file system. */
export function readTokenFile(path: string): TokenFile {
  const json = parsed(path, readFileSync(path, 'utf8'));
  const invalid = (what: string): Error => refusal('TOKENS_INVALID', `${path}: ${what}`, { path });
  if (!isObject(json) || !Array.isArray(json['users']) || Object.keys(json).length !== 1)
    throw invalid('expected an object with the list `users`, and nothing else');
  const byHash = new Map<string, TokenUser>();
  const ids = new Set<string>();
  const users = (json['users'] as readonly unknown[]).map((given, index) => {
    const at = `users[${index}]`;
    const user = userOf(given, (what) => invalid(`${at} ${what}`));
    const { token } = given as { readonly token: string };
    const hash = HASHED.exec(token)?.[1] ?? hashOf(token);
    if (byHash.has(hash)) throw invalid(`${at} has the token of another user`);
    if (ids.has(user.id)) throw invalid(`${at} has the id of another user: each is there once, not twice`);
    ids.add(user.id);
    byHash.set(hash, user);
    return user;
  });
  return { users, userOf: (token) => byHash.get(hashOf(token)) };
}

/** Whether the file can be read by others than its owner; never on Windows, where modes say nothing. */
export function othersMayRead(path: string): boolean {
  return process.platform !== 'win32' && (statSync(path).mode & OTHERS_MAY_READ) !== 0;
}

/**
 * Adds a user with a new token, of which the file gets the hash; makes the file for its owner alone where there is none.
 *
 * @returns the token, which nobody can read again. @throws DatabaseError `TOKENS_INVALID` when there is such a user.
 */
export function addUser(path: string, id: string): string {
  const isThere = existsSync(path);
  const users: readonly TokenUser[] = isThere ? readTokenFile(path).users : [];
  if (users.some((user) => user.id === id))
    throw refusal(
      'TOKENS_INVALID',
      `${path}: there is already a user ${JSON.stringify(id)}; leave out --add-user, or remove the user from the file for a new token`,
      { path },
    );
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  const json = isThere
    ? (JSON.parse(readFileSync(path, 'utf8')) as { readonly users: readonly unknown[] })
    : { users: [] };
  const text = JSON.stringify({ users: [...json.users, { id, token: `sha256:${hashOf(token)}` }] }, undefined, 2);
  // Whole or not at all: a crash leaves the file as it was.
  writeFileSync(`${path}.new`, `${text}\n`, { mode: isThere ? statSync(path).mode & 0o777 : 0o600 });
  renameSync(`${path}.new`, path);
  return token;
}

/** What a user may do: of collections that are left out nothing, without `collections` everything. */
export function policyOf(user: TokenUser | undefined, collections: readonly string[], isReadOnly: boolean): Rules {
  const everything = (): Rules => Object.fromEntries(collections.map((name) => [name, { read: true, write: true }]));
  const granted = user?.collections ?? everything();
  if (!isReadOnly) return granted;
  return Object.fromEntries(Object.entries(granted).map(([name, rules]) => [name, { ...rules, write: false }]));
}

export function syncUserOf({ id, expiresAtMs }: TokenUser): SyncUser {
  return { id, ...(expiresAtMs !== undefined && { expiresAtMs }) };
}

function parsed(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    // The error of the parser quotes the text, and with it tokens.
    throw refusal('TOKENS_INVALID', `${path} is not JSON`, { path }, { cause: (cause as Error).name });
  }
}

function userOf(given: unknown, invalid: (what: string) => Error): TokenUser {
  if (!isObject(given)) throw invalid('is not an object');
  const unknown = Object.keys(given).find((name) => !MEMBERS.includes(name));
  if (unknown !== undefined) throw invalid(`has ${JSON.stringify(unknown)}; it may have ${MEMBERS.join(', ')}`);
  const { id, token, expires, collections } = given;
  if (typeof id !== 'string' || id === '') throw invalid('has no `id`, a text');
  if (typeof token !== 'string' || token.length < MIN_TOKEN_LENGTH)
    throw invalid(`has no \`token\` of ${MIN_TOKEN_LENGTH} characters or more`);
  if (token.startsWith('sha256:') && !HASHED.test(token))
    throw invalid('has a `token` that begins with sha256: and does not go on with 64 hexadecimal digits in lower case');
  const expiresAtMs = typeof expires === 'string' ? Date.parse(expires) : undefined;
  if (expires !== undefined && (expiresAtMs === undefined || Number.isNaN(expiresAtMs)))
    throw invalid('has an `expires` that is not a date in ISO 8601');
  if (collections === undefined) return { id, collections, ...(expiresAtMs !== undefined && { expiresAtMs }) };
  if (!isObject(collections)) throw invalid('has `collections` that are not an object');
  for (const [name, rules] of Object.entries(collections)) requireRules(name, rules, invalid);
  return {
    id,
    collections: collections as Rules,
    ...(expiresAtMs !== undefined && { expiresAtMs }),
  };
}

/** Names and conditions are held against the database by the caller. */
function requireRules(name: string, rules: unknown, invalid: (what: string) => Error): void {
  if (!isObject(rules)) throw invalid(`has rules for ${name} that are not an object`);
  const unknown = Object.keys(rules).find((rule) => !RULES.includes(rule));
  if (unknown !== undefined)
    throw invalid(`has ${JSON.stringify(unknown)} for ${name}; it may have ${RULES.join(', ')}`);
  const { read, write, hidden, breakLeases } = rules;
  if (read !== undefined && typeof read !== 'boolean' && !isObject(read))
    throw invalid(`has a \`read\` for ${name} that is neither true, false nor conditions`);
  for (const [rule, value] of Object.entries({ write, breakLeases }))
    if (value !== undefined && typeof value !== 'boolean')
      throw invalid(`has a \`${rule}\` for ${name} that is neither true nor false`);
  if (hidden !== undefined && !(Array.isArray(hidden) && hidden.every((field) => typeof field === 'string')))
    throw invalid(`has a \`hidden\` for ${name} that is not a list of fields`);
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
