/**
 * A journal in the memory of this process: nodes in one process share it, as tests do. Everything ends with the process.
 *
 * Faults can be put between a node and it: an answer that is lost, a call that waits.
 */
import type { JournalEngine, JournalPlace, StoredFrame } from '../../engine/journal-engine.js';

/** What happens around one call; for tests. */
export interface EngineFaults {
  /** Before the engine is asked: what it throws means that nothing happened. */
  before?(call: EngineCall, position: number): void | Promise<void>;
  /** After the engine has done it: what it throws means that the answer is lost. */
  after?(call: EngineCall, position: number): void | Promise<void>;
}

export type EngineCall = 'open' | 'append' | 'read' | 'head';

/** The frames that all engines over it share. */
export class MemoryLog {
  readonly frames: Uint8Array[] = [];
  uuid: string | undefined;
  readonly #waiting = new Set<() => void>();

  append(position: number, bytes: Uint8Array): 'won' | 'lost' {
    if (position !== this.frames.length + 1) return 'lost';
    this.frames.push(bytes.slice());
    for (const wake of [...this.#waiting]) wake();
    return 'won';
  }

  /** Resolves at the next append, or when the signal is aborted. */
  next(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}

export class MemoryEngine implements JournalEngine {
  readonly description = 'a journal in memory';
  readonly maxFrameBytes = 1024 * 1024;
  readonly #log: MemoryLog;
  readonly #faults: EngineFaults;
  #isClosed = false;

  constructor(log: MemoryLog, faults: EngineFaults = {}) {
    this.#log = log;
    this.#faults = faults;
  }

  open(proposedUuid: string): Promise<JournalPlace> {
    return this.#call('open', 0, () => {
      this.#log.uuid ??= proposedUuid;
      return { uuid: this.#log.uuid, head: this.#log.frames.length };
    });
  }

  append(position: number, bytes: Uint8Array): Promise<'won' | 'lost'> {
    return this.#call('append', position, () => this.#log.append(position, bytes));
  }

  read(after: number, limitBytes: number): Promise<readonly StoredFrame[]> {
    return this.#call('read', after, () => {
      const found: StoredFrame[] = [];
      let byteCount = 0;
      for (let position = after + 1; position <= this.#log.frames.length; position++) {
        const bytes = this.#log.frames[position - 1]!;
        byteCount += bytes.length;
        if (found.length > 0 && byteCount > limitBytes) break;
        found.push({ position, bytes: bytes.slice() });
      }
      return found;
    });
  }

  head(): Promise<number> {
    return this.#call('head', 0, () => this.#log.frames.length);
  }

  async wait(after: number, signal: AbortSignal): Promise<void> {
    if (this.#log.frames.length > after || signal.aborted || this.#isClosed) return;
    await this.#log.next(signal);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  async #call<T>(call: EngineCall, position: number, work: () => T): Promise<T> {
    await this.#faults.before?.(call, position);
    if (this.#isClosed) throw new Error('the engine is closed');
    const result = work();
    await this.#faults.after?.(call, position);
    return result;
  }
}
