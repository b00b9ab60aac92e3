/** Documents that refer to one key, where no index of the class can be asked for it. */
import type { Slot } from '../../structures/slot.js';
import type { StoreKey } from '../../structures/store-key.js';
import type { Condition } from '../indexing/collection-index.js';
import type { ReferenceLink } from './reference-link.js';

export class ReferrerCondition implements Condition {
  readonly kind = 'join';
  readonly isExact = true;
  readonly #link: ReferenceLink;
  readonly #key: StoreKey;

  constructor(link: ReferenceLink, key: StoreKey) {
    this.#link = link;
    this.#key = key;
  }

  get estimate(): number {
    return this.#link.referrers.countOf(this.#key);
  }

  slots(): readonly Slot[] {
    return Array.from(this.#link.referrers.slotsOf(this.#key));
  }

  slotsNow(): Uint32Array {
    return Uint32Array.from(this.slots());
  }

  matches(document: object): boolean {
    return this.#link.field.keysIn(document).includes(this.#key);
  }
}
