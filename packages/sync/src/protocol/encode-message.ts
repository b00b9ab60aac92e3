import type { Field } from './field.js';
import { MessageReader } from './message-reader.js';
import { MessageWriter } from './message-writer.js';
import { BODIES, MESSAGES, type Message } from './messages.js';
import { protocolViolation } from './protocol-violation.js';

/** The bytes of a message, its type first. O(length). */
export function encodeMessage(message: Message): Uint8Array {
  const { type, body } = MESSAGES[message.kind];
  const writer = new MessageWriter();
  writer.u8(type);
  (body as unknown as Field<object>).write(writer, message);
  return writer.finish();
}

/**
 * The message that the bytes hold; its byte fields are views of them. O(length).
 *
 * @throws DatabaseError `PROTOCOL_VIOLATION` for an unknown type, a malformed body, or bytes after it.
 */
export function decodeMessage(data: Uint8Array): Message {
  const reader = new MessageReader(data);
  const type = reader.u8();
  const found = BODIES.get(type);
  if (found === undefined) throw protocolViolation(`found an unknown message type ${type}`);
  const message = { kind: found.kind, ...found.body.read(reader) };
  reader.requireEnd();
  return message as Message;
}
