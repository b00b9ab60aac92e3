/** The rights of users, in the words of the application; refused is whatever it has not granted. */
import type { Repository } from '@nuthatch/runtime';
import type { ReleaseStep } from '@nuthatch/runtime/sync';

/** One pushed effect, as a policy sees it. */
export interface PushedChange {
  readonly kind: 'insert' | 'update' | 'delete';
  readonly key: unknown;
  readonly before: object | undefined;
  readonly after: object | undefined;
  /** An update that releases the document, begins its next draft, or changes the state of an earlier release. */
  readonly step?: ReleaseStep;
}

/** `true`: granted. Anything else, a promise too, is a refusal. */
export type WriteRule = boolean | { rule(change: PushedChange): boolean }['rule'];

export interface CollectionPolicy {
  /** `true`: all; `false` or left out: none; an object: what `find` takes, which every document given out meets. */
  readonly read?: boolean | object;
  /** `true`: any change; `false` or left out: none; a function decides for each change. Must be synchronous. */
  readonly write?: WriteRule;
  /** Optional fields that never leave the server; what the user writes keeps them as they are. */
  readonly hidden?: readonly string[];
  /** The user may end what others have checked out. */
  readonly breakLeases?: boolean;
}

/** By collection; what is left out is neither read nor written. */
export type Policy = Readonly<Record<string, CollectionPolicy | undefined>>;

/**
 * The same with the types of a database: `policy: (user): PolicyOf<NuthatchDatabase> => ({ … })`; with the names of its
 * stores of keys `PolicyOf<NuthatchDatabase, 'settings' | 'tokens'>`.
 */
export type PolicyOf<Db, Names extends string = never> = {
  readonly [C in keyof Db as Db[C] extends Repository<infer _> ? C : never]?: Db[C] extends Repository<infer T>
    ? TypedPolicy<T>
    : never;
} & { readonly [N in Names]?: KeyValuePolicy };

/** Of a store of keys: `before` and `after` of a change are `{ key, value }`. */
export interface KeyValuePolicy extends Pick<CollectionPolicy, 'write' | 'breakLeases'> {
  /** `true`: all; `false` or left out: none. */
  readonly read?: boolean;
}

interface CollectionTypes {
  readonly key: unknown;
  readonly document: object;
  readonly where: object;
}

interface TypedPolicy<T extends CollectionTypes> extends Omit<CollectionPolicy, 'read' | 'write' | 'hidden'> {
  /** `true`: all; `false` or left out: none; an object: what `find` takes, which every document given out meets. */
  readonly read?: boolean | T['where'];
  /** `true`: any change; `false` or left out: none; a function decides for each change. Must be synchronous. */
  readonly write?: boolean | ((change: TypedChange<T>) => boolean);
  /** Optional fields that never leave the server; what the user writes keeps them as they are. */
  readonly hidden?: readonly OptionalField<T['document']>[];
}

/** `kind` says which of `before` and `after` are there. */
type TypedChange<T extends CollectionTypes> = { readonly key: T['key']; readonly step?: ReleaseStep } & (
  | { readonly kind: 'insert'; readonly before: undefined; readonly after: T['document'] }
  | { readonly kind: 'update'; readonly before: T['document']; readonly after: T['document'] }
  | { readonly kind: 'delete'; readonly before: T['document'] | undefined; readonly after: undefined }
);

type OptionalField<D> = { [F in keyof D & string]-?: object extends Pick<D, F> ? F : never }[keyof D & string];

export interface SyncUser {
  /** Names the user in leases, logs and errors. */
  readonly id: string;
  /** When the token ends, in epoch milliseconds: the connection ends then, unless the replica has sent another. */
  readonly expiresAtMs?: number;
}
