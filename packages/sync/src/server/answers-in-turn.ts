/** What one replica asks, of one kind: answered in turn, each answer given after the patches of its seq. */
import { protocolViolation } from '../protocol/protocol-violation.js';

export interface AnswersInTurnParts<Asked, Given extends { readonly seq: number }> {
  /** Asked and not yet given, at most. */
  readonly limit: number;
  /** What is over the limit, for the error: `transactions are in flight`. */
  readonly tooMany: string;
  answer(asked: Asked): Promise<Given>;
  /** Resolves when everything up to `seq` is settled and told. */
  settled(seq: number): Promise<void>;
  /** Up to which seq the replica has been sent everything. */
  answerableSeq(): number;
  give(given: Given): void;
  fail(error: unknown): void;
}

export class AnswersInTurn<Asked, Given extends { readonly seq: number }> {
  readonly #parts: AnswersInTurnParts<Asked, Given>;
  readonly #asked: Asked[] = [];
  readonly #waiting: Given[] = [];
  #isAnswering = false;
  #isEnded = false;

  constructor(parts: AnswersInTurnParts<Asked, Given>) {
    this.#parts = parts;
  }

  /** @throws DatabaseError `PROTOCOL_VIOLATION` over the limit. */
  add(asked: Asked): void {
    const { limit, tooMany, fail } = this.#parts;
    if (this.#asked.length + this.#waiting.length >= limit) throw protocolViolation(`more than ${limit} ${tooMany}`);
    this.#asked.push(asked);
    if (this.#isAnswering) return;
    this.#isAnswering = true;
    this.#answerAll()
      .catch(fail)
      .finally(() => {
        this.#isAnswering = false;
      });
  }

  /** Gives the answers up to a seq, in order: the replica has been sent their patches. */
  flush(uptoSeq: number): void {
    for (let first = this.#waiting[0]; first !== undefined && first.seq <= uptoSeq; first = this.#waiting[0]) {
      this.#waiting.shift();
      this.#parts.give(first);
    }
  }

  end(): void {
    this.#isEnded = true;
    this.#asked.length = 0;
    this.#waiting.length = 0;
  }

  async #answerAll(): Promise<void> {
    const { answer, settled, answerableSeq } = this.#parts;
    for (let asked = this.#asked[0]; asked !== undefined; asked = this.#asked[0]) {
      const given = await answer(asked);
      await settled(given.seq);
      if (this.#isEnded) return;
      this.#asked.shift();
      this.#waiting.push(given);
      this.flush(answerableSeq());
    }
  }
}
