/**
 * The unanswered transactions that change a document, oldest first. Its base names the first and the last; a record of its own
 * says of each which one is behind it: so a document that is edited ten thousand times offline costs the same at each edit.
 */
import type { StoreKey, SyncPort, SyncTransaction } from '@nuthatch/runtime/sync';

export interface Pending {
  readonly first: number;
  readonly last: number;
}

/** A document, and the transactions that change it. */
interface Edited {
  readonly collection: string;
  readonly key: StoreKey;
  readonly pending: Pending | undefined;
}

export class PendingEdits {
  readonly #port: SyncPort;

  constructor(port: SyncPort) {
    this.#port = port;
  }

  /** With one more. O(1). */
  withNewest(sync: SyncTransaction, { collection, key, pending }: Edited, number: number): Pending {
    if (pending === undefined) return { first: number, last: number };
    sync.setRecord(nameOf(pending.last, collection, key), number);
    return { ...pending, last: number };
  }

  /** Without one that was answered; answers come in order. @returns undefined when it was the only one. O(1). */
  without(sync: SyncTransaction, { collection, key, pending }: Edited, number: number): Pending | undefined {
    // A transaction with several effects on the document is answered once.
    if (pending === undefined || pending.first !== number) return pending;
    if (pending.last === number) return undefined;
    const first = this.behind(number, collection, key)!;
    sync.setRecord(nameOf(number, collection, key), undefined);
    return { ...pending, first };
  }

  /** The next one that changes the document; undefined behind the last. O(1). */
  behind(number: number, collection: string, key: StoreKey): number | undefined {
    return this.#port.record(nameOf(number, collection, key)) as number | undefined;
  }

  *of({ collection, key, pending }: Edited): IterableIterator<number> {
    let number = pending?.first;
    while (number !== undefined) {
      yield number;
      number = this.behind(number, collection, key);
    }
  }

  /** Earlier versions kept all numbers in the base. */
  linked(sync: SyncTransaction, { collection, key, pending }: Edited): Pending {
    const numbers = pending as unknown as readonly number[];
    for (const [index, number] of numbers.slice(0, -1).entries())
      sync.setRecord(nameOf(number, collection, key), numbers[index + 1]);
    return { first: numbers[0]!, last: numbers.at(-1)! };
  }
}

/** `1`, `'1'` and `1n` are three keys. */
function nameOf(number: number, collection: string, key: StoreKey): string {
  return `behind/${number}/${collection}/${(typeof key)[0]}${String(key)}`;
}
