/** A subscription of a replica: a collection and a condition that its indexes answer, cut down by the user's policy. */
import { DatabaseError } from '@nuthatch/model';
import { asksForKeys, type Collection, type Condition, indexesOf, type StoreKey } from '@nuthatch/runtime/sync';
import type { ShapeCondition } from '../documents/shape-condition.js';
import type { Grant } from './grant.js';

export class Shape {
  readonly id: number;
  readonly collection: Collection;
  /** The replica has it complete: from then on it gets the changes. */
  isHeld = false;
  /** While its image is on the way and others come between: the keys that are still to be sent. */
  unsent: ReadonlySet<StoreKey> | undefined;
  readonly grant: Grant;
  readonly #asked: ShapeCondition;
  /** Of what was asked and what is granted: all of them hold. */
  readonly conditions: readonly Condition[];
  /** The only keys it can have; undefined: any. */
  readonly keys: ReadonlySet<StoreKey> | undefined;

  /** @throws DatabaseError `FORBIDDEN` when nothing is granted, or what is asked for would tell of a hidden field. */
  constructor(id: number, collection: Collection, asked: ShapeCondition, grant: Grant) {
    const { name } = collection;
    if (grant.read === undefined)
      throw new DatabaseError('FORBIDDEN', `the user may read nothing of ${name}`, { collection: name });
    const fields = indexesOf(asked.conditions).flatMap(({ model }) => model.fields);
    const keyFields = asksForKeys(asked.conditions) ? collection.definition.model.key.fields : [];
    const hidden = [...fields, ...keyFields].find((field) => grant.hidden.has(field));
    if (hidden !== undefined)
      throw new DatabaseError('FORBIDDEN', `the user may not ask for ${hidden} of ${name}`, { collection: name });
    this.id = id;
    this.collection = collection;
    this.grant = grant;
    this.#asked = asked;
    this.conditions = [...asked.conditions, ...grant.read.conditions];
    this.keys = commonKeys(asked.keys, grant.read.keys);
  }

  /** The same shape under another grant; the replica has nothing of it yet. @throws DatabaseError `FORBIDDEN`. */
  under(grant: Grant): Shape {
    return new Shape(this.id, this.collection, this.#asked, grant);
  }

  /** Whether a document belongs to it. O(conditions). */
  matches(key: StoreKey, document: object): boolean {
    return (
      (this.keys === undefined || this.keys.has(key)) &&
      this.conditions.every((condition) => condition.matches(document))
    );
  }

  /** Whether the replica gets changes of this key: it holds the shape, or the part of its image with the key. */
  covers(key: StoreKey): boolean {
    return this.isHeld || (this.unsent !== undefined && !this.unsent.has(key));
  }

  /** Keys of the documents that belong to it now, and may of others: each is to be asked again. */
  candidates(): readonly StoreKey[] {
    const { store } = this.collection;
    if (this.keys !== undefined) return [...this.keys].filter((key) => store.has(key));
    const narrowestFirst = [...this.conditions].sort((a, b) => a.estimate - b.estimate);
    for (const condition of narrowestFirst) {
      const slots = condition.slots();
      if (slots !== undefined) return slots.map((slot) => store.keyOf(slot));
    }
    return Array.from(store.slots(), (slot) => store.keyOf(slot));
  }
}

function commonKeys(
  asked: ReadonlySet<StoreKey> | undefined,
  granted: ReadonlySet<StoreKey> | undefined,
): ReadonlySet<StoreKey> | undefined {
  if (asked === undefined || granted === undefined) return asked ?? granted;
  return new Set([...asked].filter((key) => granted.has(key)));
}
