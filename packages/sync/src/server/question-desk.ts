/** Questions of one replica: answered in turn, each after the patches of what it changed. */
import type { Message, MessageOf } from '../protocol/messages.js';
import { protocolViolation } from '../protocol/protocol-violation.js';
import type { LeaseQuestion } from './lease-questions.js';

export type Question = MessageOf<'range'> | LeaseQuestion;
export type Answer = MessageOf<'ranged' | 'lease' | 'holders'>;

export interface DeskParts {
  answer(question: Question): Promise<Answer>;
  /** Seq of the last transaction that memory shows. */
  lastSeq(): number;
  settled(seq: number): Promise<void>;
  /** Up to which seq the replica has been sent everything. */
  answerableSeq(): number;
  send(message: Message): void;
  fail(error: unknown): void;
}

/** Questions that may wait: a replica asks a few at a time. */
const WAITING_COUNT = 256;

export class QuestionDesk {
  readonly #parts: DeskParts;
  readonly #questions: Question[] = [];
  readonly #answers: { readonly seq: number; readonly answer: Answer }[] = [];
  #isAnswering = false;
  #isEnded = false;

  constructor(parts: DeskParts) {
    this.#parts = parts;
  }

  /** @throws DatabaseError `PROTOCOL_VIOLATION` for more than may wait. */
  add(question: Question): void {
    if (this.#questions.length + this.#answers.length >= WAITING_COUNT)
      throw protocolViolation(`more than ${WAITING_COUNT} questions wait for an answer`);
    this.#questions.push(question);
    if (this.#isAnswering) return;
    this.#isAnswering = true;
    this.#answerAll()
      .catch((error: unknown) => this.#parts.fail(error))
      .finally(() => {
        this.#isAnswering = false;
      });
  }

  /** Gives the answers up to a seq, in order. */
  flush(uptoSeq: number): void {
    for (let first = this.#answers[0]; first !== undefined && first.seq <= uptoSeq; first = this.#answers[0]) {
      this.#answers.shift();
      this.#parts.send(first.answer);
    }
  }

  end(): void {
    this.#isEnded = true;
    this.#questions.length = 0;
    this.#answers.length = 0;
  }

  async #answerAll(): Promise<void> {
    const { answer, lastSeq, settled, answerableSeq } = this.#parts;
    for (let question = this.#questions[0]; question !== undefined; question = this.#questions[0]) {
      const given = await answer(question);
      const seq = lastSeq();
      await settled(seq);
      if (this.#isEnded) return;
      this.#questions.shift();
      this.#answers.push({ seq, answer: given });
      this.flush(answerableSeq());
    }
  }
}
