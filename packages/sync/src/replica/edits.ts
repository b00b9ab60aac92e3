/** The writes of one transaction → the edits that travel: what was done to each document, with what it did to releases. */
import { type HeadRecord, type ReleaseStep, type StoreKey, stepOf } from '@nuthatch/runtime/sync';

/** One write of a transaction, as the guard sees it. */
export interface Write {
  readonly target: WrittenCollection;
  readonly key: StoreKey;
  readonly document: object | undefined;
  readonly expiresAt: number | undefined;
  readonly before: object | undefined;
  readonly beforeRevision: number;
  readonly beforeExpiresAt: number | undefined;
}

interface WrittenCollection {
  readonly name: string;
  readonly isHidden: boolean;
  readonly definition: Parameters<typeof stepOf>[0];
}

/** What an edit did with the releases of its document. */
export interface ReleaseEdit {
  readonly step: ReleaseStep;
  /** What the document is after it. */
  readonly head: HeadRecord;
  /** What it was before; undefined: it was never released. */
  readonly headBefore: HeadRecord | undefined;
  /** Of a step `lifetime`: the state in the record of the release before. */
  readonly stateBefore: string | undefined;
}

export interface Edit {
  readonly first: Write;
  last: Write;
  released?: ReleaseEdit;
}

/**
 * Several writes of one document are one edit, but of a class with states or releases: there the states between count.
 *
 * A step with releases is told by the hidden records that stand behind the write of its document.
 */
export function editsOf(writes: readonly Write[]): readonly Edit[] {
  const newest = new Map<string, Map<StoreKey, Edit>>();
  const all: Edit[] = [];
  let stateBefore: string | undefined;
  for (const write of writes) {
    const { target, key } = write;
    if (target.isHidden) {
      const head = write.document && stepOf(target.definition, write.document);
      if (head === undefined) stateBefore = stateIn(write.before);
      else {
        const edit = newest.get(head.collection)?.get(head.key);
        const headBefore = write.before && stepOf(target.definition, write.before);
        if (edit !== undefined) edit.released = { step: head.step, head, headBefore, stateBefore };
      }
      continue;
    }
    let ofTarget = newest.get(target.name);
    if (ofTarget === undefined) newest.set(target.name, (ofTarget = new Map()));
    const { released, lifetime } = target.definition.model;
    const known = released === undefined && lifetime === undefined ? ofTarget.get(key) : undefined;
    if (known !== undefined) known.last = write;
    else {
      const edit = { first: write, last: write };
      ofTarget.set(key, edit);
      all.push(edit);
    }
  }
  return all;
}

/** The state that a release's record holds. */
function stateIn(record: object | undefined): string | undefined {
  const { value } = (record ?? {}) as { readonly value?: unknown };
  return typeof value === 'object' && value !== null ? (value as { readonly state?: string }).state : undefined;
}
