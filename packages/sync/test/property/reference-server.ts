/**
 * What a server may make of the transactions that it is sent, written down plainly: maps, and the rules of each class. It hears
 * what the server did, transaction by transaction, and says which rule was broken.
 */

export type Fields = Readonly<Record<string, unknown>>;
export type Rule = 'revision' | 'checkOut' | 'lastWrite';

/** One write of a transaction, as the application that made it saw it. */
export interface Part {
  readonly collection: string;
  readonly key: string;
  /** Mark of the document that it was made on; undefined: there was none. */
  readonly base: string | undefined;
  /** The whole document that it makes, fields that its maker does not know included; undefined: it deletes. */
  readonly document: Fields | undefined;
}

export interface Operation {
  readonly mark: string;
  /** Undefined: code of the server. */
  readonly client: string | undefined;
  /** Of its client: grows by each transaction. */
  readonly number: number;
  readonly parts: readonly Part[];
}

/** A settled write of the server. */
export interface Heard {
  readonly seq: number;
  readonly collection: string;
  readonly key: string;
  readonly before: Fields | undefined;
  readonly after: Fields | undefined;
}

interface Tenure {
  readonly user: string;
  readonly fence: number;
  endSeq: number;
}

export class ReferenceServer {
  readonly faults: string[] = [];
  readonly accepted = new Set<string>();
  /** Marks of deletes, of which one was applied. */
  readonly unclear = new Set<string>();
  readonly #rules: Readonly<Record<string, Rule>>;
  readonly #operations = new Map<string, Operation>();
  readonly #documents = new Map<string, Fields>();
  /** Every document that was ever made, by its mark and place. */
  readonly #made = new Map<string, Fields>();
  readonly #deletes = new Map<string, Operation[]>();
  readonly #tenures = new Map<string, Tenure[]>();
  readonly #lastNumber = new Map<string, number>();
  /** Marks that a place has had since its document was inserted, and those of earlier ones. */
  readonly #lives = new Map<string, Set<string>>();
  readonly #dead = new Set<string>();
  /** Clients of older classes: the server cannot tell an earlier document of a key from a later one of the same revision. */
  readonly #older: ReadonlySet<string>;
  #lastFence = 0;

  constructor(rules: Readonly<Record<string, Rule>>, older: ReadonlySet<string>) {
    this.#rules = rules;
    this.#older = older;
  }

  /** The document of a place that a mark stands for. */
  made(collection: string, key: string, mark: string | undefined): Fields | undefined {
    return mark === undefined ? undefined : this.#made.get(`${collection}/${key}/${mark}`);
  }

  /** Everything of a collection that a condition keeps, by key. */
  all(collection: string, keeps: (document: Fields) => boolean): Readonly<Record<string, Fields>> {
    const found = [...this.#documents].flatMap(([place, document]) =>
      place.startsWith(`${collection}/`) && keeps(document) ? [[String(document['id']), document] as const] : [],
    );
    return Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Whether it deletes what is gone by now: both sides wanted that, so it is accepted and does nothing. */
  isGone(mark: string): boolean {
    const parts = this.#operations.get(mark)?.parts ?? [];
    return parts.every(
      ({ collection, key, base, document }) =>
        document === undefined && this.#documents.get(`${collection}/${key}`)?.['mark'] !== base,
    );
  }

  /** An application writes: before anything of it is sent. */
  note(operation: Operation): void {
    this.#operations.set(operation.mark, operation);
    for (const { collection, key, base, document } of operation.parts) {
      const place = `${collection}/${key}`;
      if (document !== undefined) this.#made.set(`${place}/${operation.mark}`, document);
      else this.#deletes.set(`${place}/${base}`, [...(this.#deletes.get(`${place}/${base}`) ?? []), operation]);
    }
  }

  /** Its own database has refused it. */
  forget({ mark }: Operation): void {
    this.#operations.delete(mark);
    for (const [place, those] of this.#deletes)
      this.#deletes.set(
        place,
        those.filter((each) => each.mark !== mark),
      );
  }

  /** All writes of one transaction of the server. */
  hear(changes: readonly Heard[]): void {
    const operation = this.#operationOf(changes);
    if (operation === undefined) return;
    const { mark, client, number, parts } = operation;
    if (client !== undefined && this.accepted.has(mark)) this.faults.push(`${mark} was applied twice`);
    this.accepted.add(mark);
    if (parts.length !== changes.length)
      this.faults.push(`of ${mark} ${changes.length} of ${parts.length} were applied`);
    if (client !== undefined) {
      if (number <= (this.#lastNumber.get(client) ?? 0)) this.faults.push(`${mark} was applied out of turn`);
      this.#lastNumber.set(client, number);
    }
    for (const change of changes) this.#write(operation, change);
  }

  granted(collection: string, key: string, user: string, fence: number): void {
    const tenures = this.#tenures.get(`${collection}/${key}`) ?? [];
    const last = tenures.at(-1);
    if (last !== undefined && last.endSeq === Number.POSITIVE_INFINITY && last.user !== user)
      this.faults.push(`${user} was leased ${key}, which ${last.user} has`);
    if (fence < this.#lastFence) this.faults.push(`fence ${fence} came behind ${this.#lastFence}`);
    this.#lastFence = fence;
    if (last !== undefined && last.endSeq === Number.POSITIVE_INFINITY) last.endSeq = fence;
    this.#tenures.set(`${collection}/${key}`, [...tenures, { user, fence, endSeq: Number.POSITIVE_INFINITY }]);
  }

  ended(collection: string, key: string, seq: number): void {
    const last = this.#tenures.get(`${collection}/${key}`)?.at(-1);
    if (last !== undefined) last.endSeq = Math.min(last.endSeq, seq);
  }

  #operationOf(changes: readonly Heard[]): Operation | undefined {
    const [{ collection, key, before, after }] = changes as [Heard];
    const mark = changes.find((change) => change.after !== undefined)?.after?.['mark'];
    if (after !== undefined || mark !== undefined) {
      const found = this.#operations.get(String(mark));
      if (found === undefined) this.faults.push(`${key} has the mark ${String(mark)}, which nobody wrote`);
      return found;
    }
    const those = this.#deletes.get(`${collection}/${key}/${String(before?.['mark'])}`) ?? [];
    const [found] = those;
    if (those.length > 1) {
      // Several wanted it gone. One of them did it; to the others it was gone.
      for (const { mark: each } of those) this.unclear.add(each);
      return { mark: `one of ${those.length}`, client: undefined, number: 0, parts: found!.parts };
    }
    if (found === undefined) this.faults.push(`${key} was deleted, which nobody did to ${String(before?.['mark'])}`);
    return found;
  }

  #write({ mark, client, parts }: Operation, { seq, collection, key, before, after }: Heard): void {
    const place = `${collection}/${key}`;
    const part = parts.find((each) => each.collection === collection && each.key === key);
    const held = this.#documents.get(place);
    if (part === undefined) {
      this.faults.push(`${mark} did nothing to ${place}`);
      return;
    }
    if (held?.['mark'] !== before?.['mark']) this.faults.push(`${place} was ${shown(before)}, not ${shown(held)}`);
    const rule = this.#rules[collection];
    const isOfEarlierLife = this.#older.has(client ?? '') && this.#dead.has(`${place}/${part.base}`);
    if (client !== undefined && rule !== 'lastWrite' && part.base !== held?.['mark'] && !isOfEarlierLife)
      this.faults.push(`${mark} was made on ${part.base} of ${place}, and applied to ${shown(held)}`);
    if (client !== undefined && rule === 'checkOut' && held !== undefined && !this.#mayEdit(place, client, seq))
      this.faults.push(`${client} changed ${place} at ${seq} without a lease`);
    if (JSON.stringify(after) !== JSON.stringify(part.document))
      this.faults.push(`${mark} made ${shown(after)} of ${place}, not ${shown(part.document)} (on ${part.base})`);
    if (after === undefined) {
      for (const old of this.#lives.get(place) ?? []) this.#dead.add(`${place}/${old}`);
      this.#lives.delete(place);
      this.#documents.delete(place);
      return;
    }
    this.#lives.set(place, (this.#lives.get(place) ?? new Set()).add(mark));
    this.#documents.set(place, after);
  }

  #mayEdit(place: string, user: string, seq: number): boolean {
    const tenures = this.#tenures.get(place) ?? [];
    return tenures.some((each) => each.user === user && each.fence < seq && seq <= each.endSeq);
  }
}

function shown(document: Fields | undefined): string {
  return document === undefined ? 'nothing' : JSON.stringify(document);
}
