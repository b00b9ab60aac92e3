/**
 * The way out when the server was restored from a backup, has another history, or has forgotten the replica: its state counts,
 * and what waits in the outbox is held against it.
 *
 *   begin    another client; shapes come again; each base remembers what it was
 *   settle   all shapes are here: edits on documents that are the same go on at the revisions of the restored server,
 *            edits on documents that are not become conflicts
 *
 * Between the two nothing is sent. A crash in between goes on where it was: all of it is in records.
 */
import type { SyncPort } from '@nuthatch/runtime/sync';
import type { BaseRecord, DocumentBytes, LocalState, OutboxEntry } from './local-state.js';
import { revisionBehind } from './outbox.js';

export class Adoption {
  readonly #port: SyncPort;
  readonly #state: LocalState;

  constructor(port: SyncPort, state: LocalState) {
    this.#port = port;
    this.#state = state;
  }

  get isUnderWay(): boolean {
    return this.#state.isFlagged('adopting');
  }

  async begin(): Promise<void> {
    await this.#port.replicate((sync) => {
      this.#state.renew(sync, { incarnation: 0 });
      this.#state.resetCursor(sync);
      this.#state.setFlag(sync, 'adopting', true);
      for (const base of [...this.#state.bases()]) {
        // A second restore before the first was settled: what the edits were made on is what counts.
        const adopted = base.adopted ?? { revision: base.revision, bytes: base.bytes };
        this.#state.setBase(sync, { ...base, adopted });
      }
    });
  }

  async settle(): Promise<void> {
    await this.#port.replicate((sync) => {
      const changed = new Set<number>();
      const entries = new Map<number, OutboxEntry>();
      for (const base of [...this.#state.bases()]) {
        const { adopted, ...settled } = base;
        // No pending edit of it was made before: nothing was compared.
        if (adopted === undefined) continue;
        if (isSame(base, adopted)) this.#moveOn(entries, base);
        else if (!this.#isLastWrite(base)) changed.add(base.pending.first);
        this.#state.setBase(sync, settled);
      }
      for (const entry of entries.values()) this.#state.setEntry(sync, entry);
      this.#state.refuse(sync, changed, {
        code: 'REVISION_MISMATCH',
        message: 'the document is another one at the server than the edit was made on',
      });
      this.#state.setFlag(sync, 'adopting', false);
    });
  }

  #isLastWrite({ collection }: BaseRecord): boolean {
    return this.#port.collections.get(collection)?.definition.model.sync === 'lastWrite';
  }

  /** The edits of an unchanged document, counted on from its revision at the restored server. */
  #moveOn(entries: Map<number, OutboxEntry>, base: BaseRecord): void {
    const { collection, key, revision } = base;
    let next = revision;
    for (const number of this.#state.pending.of(base)) {
      const entry = entries.get(number) ?? this.#state.entry(number);
      if (entry === undefined) continue;
      const effects = entry.effects.map((effect) => {
        if (effect.collection !== collection || effect.key !== key) return effect;
        const moved = { ...effect, base: next };
        next = revisionBehind(moved);
        return moved;
      });
      entries.set(number, { ...entry, effects });
    }
  }
}

function isSame(
  now: { readonly bytes: DocumentBytes | undefined },
  before: { readonly bytes: DocumentBytes | undefined },
): boolean {
  if (now.bytes === undefined || before.bytes === undefined) return now.bytes === before.bytes;
  return (
    now.bytes.fingerprint === before.bytes.fingerprint &&
    Buffer.compare(now.bytes.document, before.bytes.document) === 0 &&
    Buffer.compare(now.bytes.kept, before.bytes.kept) === 0
  );
}
