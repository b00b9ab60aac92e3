/**
 * `find({ club: { country: 'CH' } })`: documents that refer to one which meets conditions of its own class.
 *
 * Entries come from indexes alone: those of the target that meet its conditions, then those of the index of the field
 * that refer to one of their keys. Against a document at hand the target is looked up by its key.
 */
import type { Slot } from '../../structures/slot.js';
import type { CollectionIndex, Condition } from '../indexing/collection-index.js';
import { narrowestFirst } from '../indexing/compound-condition.js';
import { unionOf } from '../indexing/slot-sets.js';
import { answerQuery } from '../query/query-planner.js';
import { QueryRequest } from '../query/query-request.js';
import { isHidden } from './reference-index.js';
import type { ReferenceLink } from './reference-link.js';

/** Up to so many targets are counted one by one for an estimate. */
const FEW_TARGETS = 256;

export class JoinCondition implements Condition {
  readonly kind = 'join';
  readonly isExact = false;
  readonly joined: { readonly link: ReferenceLink; readonly conditions: readonly Condition[] };

  /** @param conditions of the target's class, all of which hold. */
  constructor(link: ReferenceLink, conditions: readonly Condition[]) {
    this.joined = { link, conditions };
  }

  /** The index of the field, where queries know it. */
  get index(): CollectionIndex | undefined {
    const { index } = this.joined.link.referrers;
    return isHidden(index) ? undefined : index;
  }

  /** At most every document that refers to anything. */
  get estimate(): number {
    const { link, conditions } = this.joined;
    const { entryCount } = link.referrers.index.structure;
    const [narrowest] = narrowestFirst(conditions);
    if (narrowest === undefined || narrowest.estimate > FEW_TARGETS) return entryCount;
    const slots = narrowest.slots();
    if (slots === undefined) return entryCount;
    let count = 0;
    for (const slot of slots) count += link.referrers.countOf(link.to.store.keyOf(slot));
    return Math.min(count, entryCount);
  }

  slots(): readonly Slot[] {
    const { link, conditions } = this.joined;
    const { to, referrers } = link;
    const lists: ArrayLike<Slot>[] = [];
    for (const slot of answerQuery(to.store, allOfThem(conditions))) {
      const slots = referrers.slotsOf(to.store.keyOf(slot));
      if (slots.length > 0) lists.push(slots);
    }
    return unionOf(lists, link.from.store.end);
  }

  slotsNow(): Uint32Array {
    return Uint32Array.from(this.slots());
  }

  matches(document: object): boolean {
    const { link, conditions } = this.joined;
    const { to, field } = link;
    for (const key of field.keysIn(document)) {
      const target = to.store.find(key);
      if (target !== undefined && conditions.every((condition) => condition.matches(target))) return true;
    }
    return false;
  }
}

function allOfThem(conditions: readonly Condition[]): QueryRequest {
  return new QueryRequest(conditions, undefined, Number.POSITIVE_INFINITY, undefined, undefined);
}

/** The joins that conditions ask, at any depth, those within joins among them. */
export function joinsOf(conditions: readonly Condition[]): readonly JoinCondition[] {
  return conditions.flatMap((condition): readonly JoinCondition[] => {
    if (condition instanceof JoinCondition) return [condition, ...joinsOf(condition.joined.conditions)];
    return condition.parts === undefined ? [] : joinsOf(condition.parts);
  });
}
