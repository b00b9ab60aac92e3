/** The transactions of one replica: answered in turn, each answer after the patches of its seq. */
import { LIMITS } from '../protocol/limits.js';
import type { Message, MessageOf } from '../protocol/messages.js';
import { AnswersInTurn } from './answers-in-turn.js';
import type { DocumentFlow } from './document-flow.js';
import { answerPush, type GivenAnswer } from './push.js';
import type { PushContext } from './push-context.js';
import { stillGranted } from './theirs.js';

export interface PushQueueParts extends PushContext {
  readonly flow: DocumentFlow;
  send(message: Message): void;
  fail(error: unknown): void;
  /** Resolves when everything up to `seq` is settled and told. */
  settled(seq: number): Promise<void>;
}

export class PushQueue extends AnswersInTurn<MessageOf<'push'>, GivenAnswer> {
  constructor(parts: PushQueueParts) {
    const { flow } = parts;
    super({
      limit: LIMITS.inFlightCount,
      tooMany: 'transactions are in flight',
      answer: (push) => answerPush(parts, push),
      settled: (seq) => parts.settled(seq),
      answerableSeq: () => flow.answerableSeq,
      // Its cursor may move on with the answer: to what it has been sent, not beyond.
      give: ({ seq, answer, theirs: read }) => {
        const theirs = stillGranted(parts, read);
        parts.send({ kind: 'result', seq: Math.max(seq, flow.cursor), theirs, ...answer });
      },
      fail: (error) => parts.fail(error),
    });
  }
}
