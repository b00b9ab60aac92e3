/**
 * The server's record of each client, in its own journal: which of the client's transactions it has answered, and how,
 * until the client says that it knows. So each is answered once, whatever dies in between.
 */
import type { SyncPort, SyncTransaction } from '@nuthatch/runtime/sync';
import { LIMITS } from '../protocol/limits.js';

export type Outcome = 'accepted' | 'conflict' | 'refused';

export interface Answer {
  readonly number: number;
  readonly outcome: Outcome;
  readonly code: string;
  readonly message: string;
  /** Of the effect that failed. */
  readonly index: number;
}

export interface ClientRecord {
  readonly answered: number;
  /** Those that the client has not said it knows, and what it may still have sent something behind, oldest first. */
  readonly answers: readonly Answer[];
  /** Whose the replica was at the last contact that was noted, and when that was, in epoch milliseconds. */
  readonly user?: string;
  readonly lastMs?: number;
}

export const CLIENT_RECORDS = 'client/';

export function clientRecordName(clientId: string): string {
  return `${CLIENT_RECORDS}${clientId}`;
}

const NOTHING: ClientRecord = { answered: 0, answers: [] };

export class ClientAnswers {
  readonly #port: SyncPort;
  readonly #name: string;

  constructor(port: SyncPort, clientId: string) {
    this.#port = port;
    this.#name = clientRecordName(clientId);
  }

  /** Number of the last transaction that was answered; 0 for none. */
  get answered(): number {
    return this.#record.answered;
  }

  /** The answer of a number; undefined when it is new, or when the client has said that it knows. */
  of(number: number): Answer | undefined {
    return this.#record.answers.find((answer) => answer.number === number);
  }

  /**
   * Adds the next answer and forgets those that the client knows. In the transaction that it is about.
   *
   * Of those that were not accepted, the fact itself is kept as long as a transaction that rests on one may be on its way:
   * over an earlier connection of the client it can arrive behind the client's word that it knows.
   */
  add(sync: SyncTransaction, answer: Answer, settledUpTo: number, user: string): void {
    const answers = this.#record.answers.flatMap((each) => {
      if (each.number > settledUpTo) return [each];
      const mayBeRestedOn = each.outcome !== 'accepted' && each.number > answer.number - LIMITS.inFlightCount;
      return mayBeRestedOn ? [{ ...each, message: '' }] : [];
    });
    const record: ClientRecord = {
      answered: answer.number,
      answers: [...answers, answer],
      user,
      lastMs: Date.now(),
    };
    sync.setRecord(this.#name, record);
  }

  get #record(): ClientRecord {
    return (this.#port.record(this.#name) as ClientRecord | undefined) ?? NOTHING;
  }
}
