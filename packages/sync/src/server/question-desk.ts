/** Questions of one replica: answered in turn, each after the patches of what it changed. */
import type { MessageOf } from '../protocol/messages.js';
import { AnswersInTurn } from './answers-in-turn.js';
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
  /** The replica has been sent everything that the answer rests on. */
  give(question: Question, answer: Answer): void;
  fail(error: unknown): void;
}

interface GivenAnswer {
  readonly seq: number;
  readonly question: Question;
  readonly answer: Answer;
}

/** Questions that may wait: a replica asks a few at a time. */
const WAITING_COUNT = 256;

export class QuestionDesk extends AnswersInTurn<Question, GivenAnswer> {
  constructor(parts: DeskParts) {
    super({
      limit: WAITING_COUNT,
      tooMany: 'questions wait for an answer',
      answer: async (question) => {
        const answer = await parts.answer(question);
        return { seq: parts.lastSeq(), question, answer };
      },
      settled: (seq) => parts.settled(seq),
      answerableSeq: () => parts.answerableSeq(),
      give: ({ question, answer }) => parts.give(question, answer),
      fail: (error) => parts.fail(error),
    });
  }
}
