/**
 * A view with a row for each group of documents: counts and sums as they stand, and for least, greatest and first documents
 * one ordered index for each such field, over group and value. Undo is the opposite change, and exact: sums are kept
 * without rounding, and an index forgets what is taken out of it.
 */
import type { TopModel, ViewFieldModel, ViewModel } from '@nuthatch/model';
import type { Transaction } from '../../commit/transaction.js';
import { frozenDateOf } from '../../document/frozen-values.js';
import type { CompositeValue, IndexValue, ScalarValue } from '../../indexes/index-value.js';
import type { CutPair } from '../../indexes/range-bounds.js';
import { RangeIndex } from '../../indexes/range-index.js';
import { STEP_DOCUMENTS, type Steps } from '../../scheduling/steps.js';
import type { Slot } from '../../structures/slot.js';
import type { StoreKey } from '../../structures/store-key.js';
import type { Condition } from '../indexing/collection-index.js';
import { type GroupKey, type Groups, NO_GROUPS, orderedPart } from './groups.js';
import { isSameRow } from './same-row.js';
import { FieldSum } from './sums.js';
import type { ViewFilter, ViewSource } from './view-source.js';
import type { BuiltRow, ViewRows, ViewUpkeep } from './view-upkeep.js';

/** What is counted of one group. */
interface Group {
  readonly group: GroupKey;
  count: number;
  /** Side by side with the fields that are summed up. */
  readonly sums: FieldSum[];
}

/** What a document adds to its groups. */
interface Share {
  readonly groups: readonly GroupKey[];
  /** Side by side with the fields that are summed up, and with those that are ordered. */
  readonly summed: readonly unknown[];
  readonly ordered: readonly (ScalarValue | undefined)[];
}

const NOTHING: Share = { groups: NO_GROUPS, summed: [], ordered: [] };

export class GroupUpkeep implements ViewUpkeep {
  readonly conditions: readonly Condition[];
  readonly fields: number;
  readonly asksCode: boolean;
  readonly #source: ViewSource;
  readonly #rows: ViewRows;
  readonly #makeRow: (values: readonly unknown[]) => object;
  readonly #model: ViewModel;
  readonly #groupsOf: Groups;
  readonly #summedFields: readonly string[];
  readonly #orderedFields: readonly string[];
  /** Side by side with the fields that are ordered: group and value → documents. */
  readonly #ordered: readonly RangeIndex[];
  /** What `building` reads of a document; undefined: all of it. */
  readonly #read: readonly string[] | undefined;
  #groups = new Map<StoreKey, Group>();
  // Of the write that is under way.
  #before = NOTHING;
  #after = NOTHING;

  constructor(
    source: ViewSource,
    rows: ViewRows,
    groups: Groups,
    model: ViewModel,
    filter: ViewFilter,
    makeRow: (values: readonly unknown[]) => object,
  ) {
    this.#source = source;
    this.#rows = rows;
    this.#groupsOf = groups;
    this.#model = model;
    this.#makeRow = makeRow;
    this.conditions = filter.conditions;
    this.#summedFields = fieldsOfKinds(model, ['sum', 'avg']);
    this.#orderedFields = fieldsOfKinds(model, ['min', 'max', 'top']);
    const read = [...(model.groupBy ?? []), ...this.#summedFields, ...this.#orderedFields];
    const stored = filter.fields && source.storedOf([...read, ...filter.fields]);
    const shown = model.fields.flatMap((field) => (field.kind === 'top' ? [...(field.fields ?? [])] : []));
    this.#read = stored;
    this.fields = source.bitsOf(stored && [...stored, ...shown]);
    this.asksCode = stored === undefined;
    this.#ordered = this.#orderedFields.map((field, place) => this.#orderedIndex(field, place));
  }

  read(before: object | undefined, after: object | undefined): boolean {
    this.#before = before === undefined ? NOTHING : this.#shareOf(before);
    this.#after = after === undefined ? NOTHING : this.#shareOf(after);
    return this.#before.groups.length + this.#after.groups.length > 0;
  }

  move(slot: Slot): void {
    const before = this.#before;
    const after = this.#after;
    if (before.groups.length === 1 && after.groups.length === 1 && before.groups[0]!.key === after.groups[0]!.key) {
      this.#changeWithin(slot, after.groups[0]!, before, after);
      return;
    }
    for (const group of before.groups) this.#change(slot, group, before, -1);
    for (const group of after.groups) this.#change(slot, group, after, 1);
    for (const { key } of before.groups) if (this.#groups.get(key)?.count === 0) this.#groups.delete(key);
  }

  write(transaction: Transaction): void {
    const keys = new Set<StoreKey>();
    for (const { key } of this.#before.groups) keys.add(key);
    for (const { key } of this.#after.groups) keys.add(key);
    this.#before = NOTHING;
    this.#after = NOTHING;
    for (const key of keys) {
      const group = this.#groups.get(key);
      if (group === undefined) this.#rows.removeRow(transaction, key);
      else {
        const row = this.#rowOf(group);
        const held = this.#rows.rowOf(key);
        if (held === undefined || !isSameRow(this.#rows.definition.model.fields, held, row))
          this.#rows.putRow(transaction, key, row);
      }
    }
  }

  *building(): Steps {
    this.#groups = new Map();
    for (const index of this.#ordered) index.clear();
    const { store } = this.#source;
    const slots = yield* store.slotsInSteps();
    // An index over groups of one field each is built at once, which is quicker than one by one.
    const { isListed } = this.#groupsOf;
    for (const [place, slot] of slots.entries()) {
      const share = this.#shareOf(store.peek(slot, this.#read));
      for (const group of share.groups) this.#change(slot, group, isListed ? share : { ...share, ordered: [] }, 1);
      if (place % STEP_DOCUMENTS === 0) yield;
    }
    if (!isListed) for (const index of this.#ordered) yield* index.rebuilding(slots);
    yield* this.#rows.replaceRows(this.#builtRows());
  }

  share(other: GroupUpkeep): void {
    this.#groups = other.#groups;
    for (const [place, index] of this.#ordered.entries()) index.share(other.#ordered[place]!);
  }

  part(): void {
    for (const index of this.#ordered) index.part();
    const copies = Array.from(
      this.#groups,
      ([key, { group, count, sums }]) => [key, { group, count, sums: sums.map((sum) => sum.copy()) }] as const,
    );
    this.#groups = new Map(copies);
  }

  *#builtRows(): Iterable<BuiltRow> {
    for (const [key, group] of this.#groups) yield { key, row: this.#rowOf(group) };
  }

  #shareOf(document: object): Share {
    for (const condition of this.conditions) if (!condition.matches(document)) return NOTHING;
    const groups = this.#groupsOf.of(document);
    if (groups.length === 0) return NOTHING;
    const values = document as Readonly<Record<string, unknown>>;
    return {
      groups,
      summed: this.#summedFields.map((field) => values[field]),
      ordered: this.#orderedFields.map((field) => orderedPart(values[field])),
    };
  }

  #change(slot: Slot, group: GroupKey, { summed, ordered }: Share, by: 1 | -1): void {
    const held = this.#groups.get(group.key) ?? this.#newGroup(group);
    held.count += by;
    for (let place = 0; place < summed.length; place++) held.sums[place]!.change(summed[place], by);
    for (let place = 0; place < ordered.length; place++) {
      const value = ordered[place];
      if (value === undefined) continue;
      const entry = [...group.parts, value];
      if (by === 1) this.#ordered[place]!.move(slot, undefined, entry);
      else this.#ordered[place]!.move(slot, entry, undefined);
    }
  }

  /** The document stays in its group: what it adds is exchanged where it differs. */
  #changeWithin(slot: Slot, { key, parts }: GroupKey, before: Share, after: Share): void {
    const { sums } = this.#groups.get(key)!;
    for (const [place, sum] of sums.entries()) {
      if (Object.is(before.summed[place], after.summed[place])) continue;
      sum.change(before.summed[place], -1);
      sum.change(after.summed[place], 1);
    }
    for (const [place, index] of this.#ordered.entries()) {
      const was = before.ordered[place];
      const is = after.ordered[place];
      if (was !== is)
        index.move(slot, was === undefined ? was : [...parts, was], is === undefined ? is : [...parts, is]);
    }
  }

  #newGroup(group: GroupKey): Group {
    const sums = this.#summedFields.map((field) => new FieldSum(isBigint(this.#source, field)));
    const made = { group, count: 0, sums };
    this.#groups.set(group.key, made);
    return made;
  }

  #rowOf(group: Group): object {
    return this.#makeRow(this.#model.fields.map((field) => this.#valueOf(field, group)));
  }

  #valueOf(field: ViewFieldModel, { group, count, sums }: Group): unknown {
    switch (field.kind) {
      case 'field':
        return group.values[this.#model.groupBy!.indexOf(field.of)];
      case 'count':
        return count;
      case 'sum':
        return sums[this.#summedFields.indexOf(field.of)]!.sum;
      case 'avg':
        return sums[this.#summedFields.indexOf(field.of)]!.average;
      case 'top':
        return this.#topOf(field, group);
      default: {
        const held = this.#orderedOf(field.of).endBetween(cutsOf(group), field.kind === 'max');
        const value = (held as CompositeValue | undefined)?.at(-1);
        return value !== undefined && isDateField(this.#source, field.of) ? frozenDateOf(value as number) : value;
      }
    }
  }

  #topOf({ of, count, order, fields = [] }: TopModel, group: GroupKey): unknown {
    const slots = this.#orderedOf(of).collectBetween(cutsOf(group), count, order === 'desc');
    const { store } = this.#source;
    const shown = slots.map((slot) => {
      const document = store.peek(slot, fields) as Readonly<Record<string, unknown>>;
      return Object.freeze(Object.fromEntries(fields.map((field) => [field, document[field]])));
    });
    return Object.freeze(shown);
  }

  #orderedOf(field: string): RangeIndex {
    return this.#ordered[this.#orderedFields.indexOf(field)]!;
  }

  #orderedIndex(name: string, place: number): RangeIndex {
    const take = (document: object): IndexValue | undefined => {
      const { groups, ordered } = this.#shareOf(document);
      const value = ordered[place];
      return groups.length === 0 || value === undefined ? undefined : [...groups[0]!.parts, value];
    };
    const reads = this.#read === undefined ? take : Object.assign(take, { fields: this.#read });
    return new RangeIndex({ source: this.#source.store, name, valueOf: reads });
  }
}

function cutsOf({ parts }: GroupKey): CutPair {
  return {
    from: { value: parts, key: undefined, isAfter: false },
    to: { value: parts, key: undefined, isAfter: true },
  };
}

function fieldsOfKinds({ fields }: ViewModel, kinds: readonly ViewFieldModel['kind'][]): readonly string[] {
  const of = fields.flatMap((field) => (kinds.includes(field.kind) && field.kind !== 'count' ? [field.of] : []));
  return [...new Set(of)];
}

function isBigint(source: ViewSource, field: string): boolean {
  const type = source.typeOf(field);
  return (type?.kind === 'nullable' ? type.of : type)?.kind === 'bigint';
}

function isDateField(source: ViewSource, field: string): boolean {
  const type = source.typeOf(field);
  return (type?.kind === 'nullable' ? type.of : type)?.kind === 'date';
}
