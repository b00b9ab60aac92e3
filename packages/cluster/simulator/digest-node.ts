/**
 * A node without documents: the product's own node code over the fake engine, and in the place of the database a digest
 * of all transactions so far. At each seq every node has to have the same.
 */
import { DatabaseError } from '@nuthatch/model';
import {
  type Effect,
  effectAt,
  effectCount,
  MemoryFileSystem,
  type NodeJournal,
  type SharedJournalListener,
  type StoredTransaction,
} from '@nuthatch/runtime/cluster';
import { TransientJournal } from '../../runtime/src/journal/transient-journal.js';
import { StoredDocuments } from '../../runtime/src/recovery/stored-documents.js';
import type { ClusterJournal } from '../src/cluster-journal.js';
import { Breach } from './breach.js';

/** Digests by seq, of whoever came there first. */
export class SharedDigests {
  readonly #bySeq: number[] = [];

  /** @throws Breach when another node has another one. */
  require(name: string, seq: number, digest: number): void {
    const due = this.#bySeq[seq];
    if (due === undefined) this.#bySeq[seq] = digest;
    else if (due !== digest)
      throw new Breach('J3', `at seq ${seq}, ${name} has the digest ${digest} instead of ${due}`);
  }
}

export class DigestNode {
  readonly name: string;
  seq = 0;
  digest = 1;
  #journal: NodeJournal | undefined;

  constructor(name: string) {
    this.name = name;
  }

  /** Joins, catches up and follows from then on; tries again where the engine gives no answer. */
  async open(
    journal: ClusterJournal,
    clock: { now(): number },
    digests: SharedDigests,
    onFailure: (error: Error) => void,
  ): Promise<void> {
    for (;;) {
      this.seq = 0;
      this.digest = 1;
      try {
        return await this.#open(journal, clock, digests, onFailure);
      } catch (error) {
        if (!DatabaseError.is(error, 'JOURNAL_UNREACHABLE')) throw error;
      }
    }
  }

  async #open(
    journal: ClusterJournal,
    clock: { now(): number },
    digests: SharedDigests,
    onFailure: (error: Error) => void,
  ): Promise<void> {
    const joined = await journal.join({ directory: undefined, fileSystem: new MemoryFileSystem() });
    const node = joined.attach({
      own: new TransientJournal(clock),
      definitions: [],
      // Nobody's classes: documents stay the bytes that they are.
      documents: new StoredDocuments([]),
      maxPendingBytes: 2 ** 20,
    });
    this.#journal = node;
    const listener: SharedJournalListener = {
      written: () => undefined,
      synced: () => undefined,
      failed: onFailure,
      overtaken: (arrived, between) => {
        for (const transaction of arrived) this.#apply(transaction, digests);
        between?.();
      },
    };
    node.listen(listener);
    await node.start();
  }

  async close(): Promise<void> {
    await this.#journal?.close();
  }

  #apply(transaction: StoredTransaction, digests: SharedDigests): void {
    const { seq, timeMs, effects } = transaction;
    if (seq !== this.seq + 1) throw new Breach('J3', `${this.name} was given seq ${seq} behind ${this.seq}`);
    let digest = mixed(mixed(this.digest, seq), timeMs | 0);
    for (let index = 0; index < effectCount(effects); index++)
      digest = mixed(digest, numberOf(effectAt(effects, index)));
    this.seq = seq;
    this.digest = digest;
    digests.require(this.name, seq, digest);
  }
}

function numberOf(effect: Effect): number {
  if (effect.kind === 'sequence') return effect.value;
  const text = String(effect.key);
  let digest = effect.kind === 'put' ? effect.revision : -1;
  for (let index = 0; index < text.length; index++) digest = mixed(digest, text.charCodeAt(index));
  return digest;
}

function mixed(digest: number, value: number): number {
  return Math.imul(digest ^ value, 0x9e37_79b1) ^ (digest >>> 15);
}
