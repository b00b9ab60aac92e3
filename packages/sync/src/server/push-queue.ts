/** The transactions of one replica: answered in turn, each answer after the patches of its seq. */
import { LIMITS } from '../protocol/limits.js';
import type { Message, MessageOf } from '../protocol/messages.js';
import { protocolViolation } from '../protocol/protocol-violation.js';
import type { DocumentFlow } from './document-flow.js';
import { answerPush, type GivenAnswer, type PushContext } from './push.js';

export interface PushQueueParts extends PushContext {
  readonly flow: DocumentFlow;
  send(message: Message): void;
  fail(error: unknown): void;
  /** Resolves when everything up to `seq` is settled and told. */
  settled(seq: number): Promise<void>;
}

export class PushQueue {
  readonly #parts: PushQueueParts;
  readonly #pushes: MessageOf<'push'>[] = [];
  readonly #waiting: GivenAnswer[] = [];
  #isAnswering = false;
  #isEnded = false;

  constructor(parts: PushQueueParts) {
    this.#parts = parts;
  }

  /** @throws DatabaseError `PROTOCOL_VIOLATION` for more than may be in flight. */
  add(push: MessageOf<'push'>): void {
    if (this.#pushes.length + this.#waiting.length >= LIMITS.inFlightCount)
      throw protocolViolation(`more than ${LIMITS.inFlightCount} transactions are in flight`);
    this.#pushes.push(push);
    if (this.#isAnswering) return;
    this.#isAnswering = true;
    this.#answerAll()
      .catch((error: unknown) => this.#parts.fail(error))
      .finally(() => {
        this.#isAnswering = false;
      });
  }

  /** Gives the answers of transactions up to a seq: the replica has been sent their patches. In order. */
  flush(uptoSeq: number): void {
    for (let first = this.#waiting[0]; first !== undefined && first.seq <= uptoSeq; first = this.#waiting[0]) {
      this.#waiting.shift();
      // Its cursor may move on with the answer: to what it has been sent, not beyond.
      const seq = Math.max(first.seq, this.#parts.flow.cursor);
      this.#parts.send({ kind: 'result', seq, theirs: undefined, ...first.answer });
    }
  }

  end(): void {
    this.#isEnded = true;
    this.#pushes.length = 0;
    this.#waiting.length = 0;
  }

  async #answerAll(): Promise<void> {
    const { flow, settled } = this.#parts;
    for (let push = this.#pushes[0]; push !== undefined; push = this.#pushes[0]) {
      const given = await answerPush(this.#parts, push);
      if (this.#isEnded) return;
      this.#pushes.shift();
      this.#waiting.push(given);
      await settled(given.seq);
      this.flush(flow.answerableSeq);
    }
  }
}
