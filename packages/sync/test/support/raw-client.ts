/** A client of the protocol's messages alone: it says whatever a test wants it to, lies too. */
import { randomUUID } from 'node:crypto';
import { syncPortOf } from '@nuthatch/runtime/sync';
import { anyValueBytes } from '../../src/documents/any-value.js';
import { OutgoingDocuments } from '../../src/documents/outgoing-documents.js';
import { decodeMessage, encodeMessage } from '../../src/protocol/encode-message.js';
import { MAGIC, type Message, type MessageKind, type MessageOf, type WireEffect } from '../../src/protocol/messages.js';
import type { DirectTransport } from './direct-transport.js';
import { type PlayerServer, player, until } from './sync-players.js';

const NO_BASE = { baseDigest: new Uint8Array(0), after: 0, fence: 0 };

export class RawClient {
  readonly heard: Message[] = [];
  readonly clientId: string;
  closedReason: string | undefined;
  readonly #transport: DirectTransport;
  readonly #server: PlayerServer;
  readonly outgoing: OutgoingDocuments;

  constructor(server: PlayerServer, clientId: string = randomUUID()) {
    this.clientId = clientId;
    this.#server = server;
    this.outgoing = new OutgoingDocuments(syncPortOf(server.db).collections.values());
    this.#transport = server.connect();
    this.#transport.listen({
      message: (data) => void this.heard.push(decodeMessage(data)),
      closed: (reason) => {
        this.closedReason = reason;
      },
    });
  }

  send(message: Message): void {
    this.#transport.send(encodeMessage(message));
  }

  sendBytes(bytes: Uint8Array): void {
    this.#transport.send(bytes);
  }

  hello(more: Partial<MessageOf<'hello'>> = {}): void {
    this.send({
      ...{ kind: 'hello', magic: MAGIC, version: 1, application: '', clientId: this.clientId, token: 'liar' },
      ...{ known: undefined, lastAnswered: 0, models: this.outgoing.models },
      ...more,
    } as MessageOf<'hello'>);
  }

  /** Opens the connection as an honest replica does. */
  async open(more: Partial<MessageOf<'hello'>> = {}): Promise<MessageOf<'welcome'>> {
    this.hello(more);
    return this.next('welcome');
  }

  sub(shapeId: number, condition: unknown, collection = 'player', held?: Uint8Array): void {
    this.send({ kind: 'sub', shapeId, collection, condition: anyValueBytes(condition), held });
  }

  credit(byteCount = 1 << 20): void {
    this.send({ kind: 'credit', byteCount });
  }

  push(number: number, effects: readonly WireEffect[], settledUpTo = 0): void {
    this.send({ kind: 'push', number, settledUpTo, effects });
  }

  /** The effect that puts a player. */
  put(id: string, more: Partial<Extract<WireEffect, { kind: 'put' }>> = {}, fields: object = {}): WireEffect {
    const { definition } = syncPortOf(this.#server.db).collections.get('player') as never as {
      definition: { build(input: object): object; seal(document: object): object };
    };
    const document = definition.seal(definition.build(player(id, fields)));
    const bytes = this.outgoing.bytesOf(definition as never, document);
    const modelId = this.outgoing.idOf('player');
    return { kind: 'put', modelId, key: id, base: 0, ...NO_BASE, expiresAtMs: 0, ...bytes, ...more };
  }

  of<K extends MessageKind>(kind: K): readonly MessageOf<K>[] {
    return this.heard.filter((message) => message.kind === kind) as never;
  }

  /** The next message of the kind, or the end of the connection as an error. */
  async next<K extends MessageKind>(kind: K, count = 1): Promise<MessageOf<K>> {
    await until(() => this.of(kind).length >= count || this.closedReason !== undefined, `${kind}`);
    const found = this.of(kind)[count - 1];
    if (found === undefined) throw new Error(`closed: ${this.closedReason} ${JSON.stringify(this.of('reject'))}`);
    return found;
  }

  /** The code that the server ended the connection with. */
  async rejection(): Promise<string> {
    await until(() => this.closedReason !== undefined, 'the connection to end');
    return this.of('reject')[0]?.code ?? `closed without a word: ${this.closedReason}`;
  }

  close(): void {
    this.#transport.close('done');
  }
}
