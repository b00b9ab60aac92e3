/** `release`, `revise` and `setLifetime`: their arguments checked, and what they answer. */
import { createHash } from 'node:crypto';
import { DatabaseError } from '@nuthatch/model';
import type { Transaction } from '../../commit/transaction.js';
import { checkOptionsOf } from '../../commit/write-options.js';
import type { ReleaseRecord } from '../../definition/release-records.js';
import { showValue } from '../../definition/show-value.js';
import type { Slot } from '../../structures/slot.js';
import type { WritableCollection } from '../writing/writable-collection.js';
import { requireRevision } from '../writing/write-conditions.js';
import type { LifetimeRule } from './lifetime-rule.js';
import type { ReleasedDocuments } from './released-documents.js';

interface RevisionSettings {
  readonly ifRevision?: number;
}

interface StateSettings extends RevisionSettings {
  readonly from?: string;
  readonly release?: number;
}

/** As `Release` of the repositories. */
interface ShownRelease {
  readonly key: unknown;
  readonly release: number;
  readonly revision: number;
  readonly releasedAt: Date;
  readonly document: object;
  readonly digest: string;
  asReleased(): Readonly<Record<string, unknown>>;
}

export class ReleaseWrites {
  readonly #of: WritableCollection;
  readonly #released: ReleasedDocuments;

  constructor(of: WritableCollection, released: ReleasedDocuments) {
    this.#of = of;
    this.#released = released;
  }

  release(transaction: Transaction, key: unknown, options?: RevisionSettings): ShownRelease {
    const slot = this.#slot(key, options);
    const release = this.#released.release(transaction, slot);
    const record = this.#released.recordOf(this.#of.store.keyOf(slot), release);
    return this.#shown(record!);
  }

  revise(transaction: Transaction, key: unknown, options?: RevisionSettings): object {
    if (options != null) checkOptionsOf('delete', options);
    const storeKey = this.#of.keys.toStoreKey(key);
    const slot = this.#of.store.get(storeKey);
    if (slot === undefined && this.#released.stateOf(storeKey).releases === 0) this.#of.require(key);
    if (slot !== undefined && options?.ifRevision !== undefined) requireRevision(this.#of, slot, options.ifRevision);
    return this.#released.revise(transaction, storeKey);
  }

  isReleased(key: unknown): boolean {
    return this.#released.stateOf(this.#of.keys.toStoreKey(key)).isReleased;
  }

  /** @param key or a key with its release. */
  getReleased(key: unknown, release?: number): object | undefined {
    const isPin = release === undefined && typeof key === 'object' && key !== null && 'release' in key && 'key' in key;
    const pin = (isPin ? key : { key, release }) as { readonly key: unknown; readonly release?: unknown };
    const storeKey = this.#of.keys.toStoreKey(pin.key);
    const asked = pin.release ?? this.#released.stateOf(storeKey).releases;
    if (asked === 0 && pin.release === undefined) return undefined;
    return this.#released.documentOf(storeKey, requireRelease(this.#of, asked));
  }

  history(key: unknown): readonly ShownRelease[] {
    const storeKey = this.#of.keys.toStoreKey(key);
    const { releases } = this.#released.stateOf(storeKey);
    const shown: ShownRelease[] = [];
    for (let release = 1; release <= releases; release++) {
      const record = this.#released.recordOf(storeKey, release);
      if (record !== undefined) shown.push(this.#shown(record));
    }
    return shown;
  }

  #slot(key: unknown, options: RevisionSettings | undefined): Slot {
    if (options != null) checkOptionsOf('delete', options);
    const slot = this.#of.require(key);
    if (options?.ifRevision !== undefined) requireRevision(this.#of, slot, options.ifRevision);
    return slot;
  }

  #shown(record: ReleaseRecord): ShownRelease {
    const released = this.#released;
    const { key, release, revision, releasedAtMs, bytes } = record;
    return {
      ...{ key: this.#of.publicKey(key), release, revision, releasedAt: new Date(releasedAtMs) },
      get document(): object {
        return released.documentOf(key, release)!;
      },
      get digest(): string {
        return createHash('sha256').update(bytes).digest('hex');
      },
      asReleased: () => released.fieldsOf(record),
    };
  }
}

/**
 * Goes to another state: of the document, or of a release that is no longer the document itself.
 *
 * @param update the collection's own update of one field.
 * @throws DatabaseError `TRANSITION_REFUSED`, `DOCUMENT_NOT_RELEASED`, `DOCUMENT_NOT_FOUND`, `INVALID_OPTION`.
 */
export function setLifetime(
  of: WritableCollection,
  { lifetime, released }: { readonly lifetime: LifetimeRule; readonly released: ReleasedDocuments | undefined },
  transaction: Transaction,
  key: unknown,
  to: unknown,
  options: StateSettings | undefined,
  update: (patch: object) => object,
): object {
  const { from, release, ...others } = options ?? {};
  checkOptionsOf('delete', others);
  const slot = of.require(key);
  if (others.ifRevision !== undefined) requireRevision(of, slot, others.ifRevision);
  const storeKey = of.store.keyOf(slot);
  const isOwn = release === undefined || released?.isCurrent(storeKey, requireRelease(of, release)) === true;
  const held = isOwn ? of.store.documentOf(slot) : released?.documentOf(storeKey, requireRelease(of, release));
  if (held === undefined) throw noRelease(of, key, release);
  if (from !== undefined && lifetime.stateOf(held) !== from)
    throw lifetime.notIn(of, storeKey, from, lifetime.stateOf(held));
  if (isOwn) return update({ [lifetime.field]: to });
  released!.setState(transaction, slot, release, to as string);
  return released!.documentOf(storeKey, release)!;
}

function requireRelease({ definition }: WritableCollection, release: unknown): number {
  if (Number.isSafeInteger(release) && (release as number) >= 1) return release as number;
  const { collection } = definition.model;
  const what = `a release is a whole number from 1, found ${showValue(release)}`;
  throw new DatabaseError('INVALID_QUERY', what, { collection, release });
}

function noRelease({ definition }: WritableCollection, key: unknown, release: unknown): DatabaseError {
  const { collection } = definition.model;
  const what = `${collection} ${showValue(key)} has no release ${showValue(release)}`;
  return new DatabaseError('DOCUMENT_NOT_RELEASED', what, { collection, key, release });
}
