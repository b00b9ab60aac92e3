/**
 * Settled changes on their way to the sessions that follow them live: one subscription for all.
 *
 * A session that is behind costs nothing here: it reads what it missed by itself, and comes back.
 */
import type { DocumentChange, SyncPort } from '@nuthatch/runtime/sync';

export interface LiveSession {
  /** The changes of one transaction, all of them; the session looks for those of its shapes. */
  offer(seq: number, changes: readonly DocumentChange[]): void;
}

export class LiveSessions {
  readonly #sessions = new Set<LiveSession>();
  readonly #subscription: Disposable;

  constructor(port: SyncPort) {
    this.#subscription = port.subscribe((changes) => {
      const seq = Number((changes[0] as DocumentChange).seq);
      for (const session of this.#sessions) session.offer(seq, changes);
    });
  }

  add(session: LiveSession): void {
    this.#sessions.add(session);
  }

  remove(session: LiveSession): void {
    this.#sessions.delete(session);
  }

  close(): void {
    this.#sessions.clear();
    this.#subscription[Symbol.dispose]();
  }
}
