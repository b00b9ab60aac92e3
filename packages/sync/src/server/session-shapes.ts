/** The shapes of one replica: asked for, granted or refused, and granted anew when the rights of its user change. */
import { DatabaseError } from '@nuthatch/model';
import type { SyncPort } from '@nuthatch/runtime/sync';
import { anyValueOf } from '../documents/any-value.js';
import { shapeCondition } from '../documents/shape-condition.js';
import { LIMITS } from '../protocol/limits.js';
import type { Message, MessageOf } from '../protocol/messages.js';
import { protocolViolation } from '../protocol/protocol-violation.js';
import type { DocumentFlow } from './document-flow.js';
import { type Grant, NO_GRANT } from './grant.js';
import { Shape } from './shape.js';

export interface SessionShapesParts {
  readonly port: SyncPort;
  readonly flow: DocumentFlow;
  /** The cursor that the replica came with still leads somewhere. */
  readonly isResumable: boolean;
  /** Of the user, as it is now. */
  grantOf(collection: string): Grant;
  send(message: Message): void;
}

export class SessionShapes {
  readonly #parts: SessionShapesParts;

  constructor(parts: SessionShapesParts) {
    this.#parts = parts;
  }

  /** Answers with a grant or a refusal. @throws DatabaseError `PROTOCOL_VIOLATION` for a shape that is there, or too many. */
  subscribe({ shapeId, collection: name, condition, held }: MessageOf<'sub'>): void {
    const { port, flow, isResumable, grantOf } = this.#parts;
    if (flow.shapes.has(shapeId)) throw protocolViolation(`shape ${shapeId} is there already`);
    if (flow.shapes.size >= LIMITS.shapeCount) throw protocolViolation(`more than ${LIMITS.shapeCount} shapes`);
    try {
      const collection = port.collections.get(name);
      const grant = grantOf(name);
      if (collection === undefined || grant.read === undefined)
        throw new DatabaseError('FORBIDDEN', `the user may read nothing of ${name}`, { collection: name });
      const shape = new Shape(shapeId, collection, shapeCondition(collection, anyValueOf(condition)), grant);
      // Held under another grant it may be too much, or too little.
      const isHeld = isResumable && held !== undefined && Buffer.compare(held, grant.digest) === 0;
      this.#granted(shape, isHeld);
      flow.add(shape, isHeld);
    } catch (error) {
      this.#refuse(shapeId, error);
    }
  }

  /** The rights of the user are others now. O(documents of the shapes whose grant differs). */
  grantAgain(): void {
    const { flow, grantOf } = this.#parts;
    for (const shape of [...flow.shapes.values()]) {
      const grant = grantOf(shape.collection.name);
      if (Buffer.compare(grant.digest, shape.grant.digest) === 0) continue;
      // The replica hears of it first: from then on its cursor does not speak for the shape.
      try {
        const other = shape.under(grant);
        this.#granted(other, false);
        flow.replace(other);
      } catch (error) {
        this.#refuse(shape.id, error);
        flow.remove(shape.id);
      }
    }
  }

  #granted({ id: shapeId, grant }: Shape, isHeld: boolean): void {
    this.#parts.send({
      kind: 'subbed',
      shapeId,
      status: 'granted',
      code: '',
      message: '',
      grant: grant.digest,
      isHeld,
    });
  }

  #refuse(shapeId: number, error: unknown): void {
    if (!DatabaseError.is(error) || error.code === 'PROTOCOL_VIOLATION') throw error;
    const { code, message } = error;
    const { digest: grant } = NO_GRANT;
    this.#parts.send({ kind: 'subbed', shapeId, status: 'refused', code, message, grant, isHeld: false });
  }
}
