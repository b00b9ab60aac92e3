/** Questions to the server that wait for their answer; a cut refuses them all. */
import { DatabaseError } from '@nuthatch/model';
import type { Message, MessageOf } from '../protocol/messages.js';

/** What a server answers to a question. */
export type Answer = MessageOf<'lease' | 'holders' | 'ranged' | 'blobAt' | 'blobPart'>;

/** Puts questions to the server, over one connection. */
export interface Asker {
  /** @throws DatabaseError `SERVER_UNREACHABLE` when the connection ends before the answer. */
  ask<A extends Answer>(question: (request: number) => Message): Promise<A>;
}

const ANSWERS: ReadonlySet<string> = new Set<Answer['kind']>(['lease', 'holders', 'ranged', 'blobAt', 'blobPart']);

interface Waiting {
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

export class Requests {
  #last = 0;
  readonly #waiting = new Map<number, Waiting>();

  /** @param send sends the question of that number. @throws DatabaseError `SERVER_UNREACHABLE` when the connection ends first. */
  ask<A extends Answer>(send: (request: number) => void): Promise<A> {
    const request = ++this.#last;
    return new Promise<A>((resolve, reject) => {
      this.#waiting.set(request, { resolve: resolve as (answer: Answer) => void, reject });
      send(request);
    });
  }

  /** An answer to nothing is left alone: the caller has gone. */
  answer(message: Answer): void {
    const waiting = this.#waiting.get(message.request);
    this.#waiting.delete(message.request);
    waiting?.resolve(message);
  }

  /** The connection has ended: whether the server did what it was asked is not known. */
  end(reason: string): void {
    for (const { reject } of this.#waiting.values())
      reject(new DatabaseError('SERVER_UNREACHABLE', `no answer came: ${reason}`));
    this.#waiting.clear();
  }
}

export function isAnswer(message: Message): message is Answer {
  return ANSWERS.has(message.kind);
}
