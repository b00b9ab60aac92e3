/** The port of a reader: wrong ports, other classes, and messages that nobody of ours sends. */
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { messageToReader, PROTOCOL } from '../../src/database/readers/messages.js';
import { openReader } from '../../src/database/readers/open-reader.js';
import { OwnerLink } from '../../src/database/readers/owner-link.js';
import { OpenReader } from '../../src/database/readers/reader.js';
import { definitionOf } from '../support/definition-of-model.js';
import { modelWith } from '../support/open-models.js';
import { openPlayers, type PlayerDatabase } from '../support/open-players.js';
import { playerDefinition } from '../support/player-definition.js';
import { fill, openPlayerReader, readerOf, until } from './open-player-readers.js';

let db: PlayerDatabase;
beforeEach(async () => {
  db = await openPlayers();
  await fill(db, 5);
});
afterEach(() => db.close());

const HOSTILE: readonly unknown[] = [
  undefined,
  null,
  0,
  'hello',
  [],
  {},
  { kind: 'hello' },
  { kind: 'hello', protocol: 7, identities: [] },
  { kind: 'hello', protocol: PROTOCOL, identities: [['player']] },
  { kind: 'again' },
  { kind: 'welcome', image: {} },
  { kind: '__proto__' },
  { kind: 'news', constructor: 1 },
  { kind: 'welcome', image: {}, ownerWords: {}, readerWords: {}, models: [], segments: [] },
  welcomeWith({}),
  welcomeWith({ image: { seq: 0, collections: [] } }),
  welcomeWith({ ownerWords: new SharedArrayBuffer(1) }),
  welcomeWith({ segments: [{ start: -1, memory: new SharedArrayBuffer(8) }] }),
  { kind: 'refused', code: 'NO_SUCH_CODE', what: 'no', facts: {} },
  { kind: 'refused', code: 'READER_ENDED', what: 7, facts: null },
  { kind: 'refused', code: 'constructor', what: 'no', facts: {} },
  { kind: 'segment', segment: null },
  { kind: 'image', image: {}, position: 0, segments: 7 },
];

/** A welcome as the database says it, of an image that is none. */
function welcomeWith(parts: object): object {
  const memory = (): SharedArrayBuffer => new SharedArrayBuffer(64);
  return {
    ...{ kind: 'welcome', image: {}, position: 0, segments: [], ownerWords: memory(), readerWords: memory() },
    ...{ models: [], keyValues: [], uuid: 'u', name: 'n', ...parts },
  };
}

describe('openReader', () => {
  it('refuses what is no port, and options that are none', async () => {
    for (const port of [undefined, null, 7, 'port', {}, { postMessage: () => undefined }])
      await expect(openPlayerReader(port as unknown as MessagePort)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    for (const options of [{ advance: 'sometimes' }, { advances: 'auto' }, { cacheBytes: -1 }, 7, null, []])
      await expect(openPlayerReader(db.readerPort(), options as never)).rejects.toMatchObject({
        code: 'INVALID_OPTION',
      });
  });

  it('refuses a port that another reader has', async () => {
    const port = db.readerPort();
    const reader = await openPlayerReader(port);
    await expect(openPlayerReader(port)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    expect(reader.player.size).toBe(5);
    await reader.close();
  });

  it('refuses a database of other classes, and names them', async () => {
    const other = definitionOf(modelWith([]));
    const refused = openReader([other], db.readerPort());
    await expect(refused).rejects.toMatchObject({ code: 'MODEL_MISMATCH', facts: { collections: ['player'] } });
    const more = openReader(
      [playerDefinition, definitionOf(modelWith([], { name: 'Club', collection: 'club' }))],
      db.readerPort(),
    );
    await expect(more).rejects.toMatchObject({ code: 'MODEL_MISMATCH', facts: { collections: ['club'] } });
    // No image was made for them.
    expect(db.stats().readers.sharedBytes).toBe(0);
    await using reader = await readerOf(db);
    expect(reader.player.size).toBe(5);
  });

  it('a port that nobody reads keeps nothing once all readers are gone', async () => {
    const unused = db.readerPort();
    const reader = await readerOf(db);
    expect(db.stats().readers.sharedBytes).toBeGreaterThan(0);
    await reader.close();
    await until(() => db.stats().readers.readerCount === 0, 'the reader to be gone');
    expect(db.stats().readers.sharedBytes).toBe(0);
    await db.player.update('p1', { age: 50 });
    expect(db.stats().readers.sharedBytes).toBe(0);
    await using late = await openPlayerReader(unused);
    await db.player.update('p2', { age: 51 });
    await late.caughtUp(db.seq);
    expect(['p1', 'p2'].map((id) => late.player.get(id)?.age)).toEqual([50, 51]);
  });

  it('refuses a database of another version', async () => {
    const port = db.readerPort();
    const answer = answerOver(port);
    port.postMessage({ kind: 'hello', protocol: 'nuthatch-reader-9', identities: [] });
    expect(await answer).toMatchObject({ kind: 'refused', code: 'MODEL_MISMATCH' });
  });

  it('refuses classes with the names of members of readers', async () => {
    for (const collection of ['lag', 'advance', 'ended']) {
      const definition = definitionOf(modelWith([], { name: 'Thing', collection }));
      await expect(openReader([definition], db.readerPort())).rejects.toMatchObject({ code: 'INVALID_MODEL' });
    }
    expect(OpenReader.prototype).toHaveProperty('advance');
  });

  it('says that there is no shared memory, and what to do', async () => {
    const shared = globalThis.SharedArrayBuffer;
    Reflect.deleteProperty(globalThis, 'SharedArrayBuffer');
    try {
      expect(() => db.readerPort()).toThrow(expect.objectContaining({ code: 'SHARED_MEMORY_MISSING' }));
      const { port2 } = new MessageChannel();
      const refused = openPlayerReader(port2);
      await expect(refused).rejects.toMatchObject({ code: 'SHARED_MEMORY_MISSING' });
      await expect(refused).rejects.toThrow(/Cross-Origin-Opener-Policy/);
      port2.close();
    } finally {
      globalThis.SharedArrayBuffer = shared;
    }
  });

  it('ends when nobody says anything over the port', async () => {
    const { port1, port2 } = new MessageChannel();
    const refused = new OwnerLink(port2, 20).ask({ kind: 'hello', protocol: PROTOCOL, identities: [] });
    await expect(refused).rejects.toMatchObject({ code: 'INVALID_OPTION', facts: { option: 'port' } });
    await expect(refused).rejects.toThrow(/nothing was said over `port` for 20 ms/);
    port1.close();
  });

  it('waits as long as it takes for a database that has said that it is there', async () => {
    const { port1, port2 } = new MessageChannel();
    port1.postMessage({ kind: 'here' });
    const asked = new OwnerLink(port2, 20).ask({ kind: 'hello', protocol: PROTOCOL, identities: [] });
    setTimeout(() => port1.postMessage({ kind: 'refused', code: 'MODEL_MISMATCH', what: 'no', facts: {} }), 100);
    await expect(asked).rejects.toMatchObject({ code: 'MODEL_MISMATCH' });
    port1.close();
  });

  it('ends when nobody is at the other end', async () => {
    const { port1, port2 } = new MessageChannel();
    const opening = openPlayerReader(port2);
    port1.close();
    await expect(opening).rejects.toMatchObject({ code: 'READER_ENDED' });
  });
});

describe('messages that nobody of ours sends', () => {
  it.each(HOSTILE.map((message) => [JSON.stringify(message), message]))(
    '%s ends the reader that sent it, and nobody else',
    async (_, message) => {
      await using reader = await readerOf(db);
      const port = db.readerPort();
      // A port tells of its end when everything that was said before was heard.
      port.on('message', () => undefined);
      let isClosed = false;
      port.on('close', () => {
        isClosed = true;
      });
      port.postMessage(message);
      await until(() => isClosed, 'the port to be closed');
      await db.player.update('p1', { age: 9 });
      await reader.caughtUp(db.seq);
      expect(reader.player.get('p1')?.age).toBe(9);
    },
  );

  it.each(HOSTILE.map((message) => [JSON.stringify(message), message]))(
    '%s instead of an image ends the opening',
    async (_, message) => {
      const { port1, port2 } = new MessageChannel();
      const opening = openPlayerReader(port2);
      port1.postMessage(message);
      await expect(opening).rejects.toMatchObject({ name: 'DatabaseError' });
      port1.close();
    },
  );

  const malformed = HOSTILE.filter((message) => messageToReader(message) === undefined);
  it.each(malformed.map((message) => [JSON.stringify(message), message]))(
    '%s while a reader follows ends it, and its reads go on',
    async (_, message) => {
      // Between both ends: what each says, and what is posted in between.
      const { port1, port2 } = new MessageChannel();
      const port = db.readerPort();
      port.on('message', (said) => port1.postMessage(said));
      port1.on('message', (said) => port.postMessage(said));
      await using reader = await openPlayerReader(port2);
      port1.postMessage(message);
      await reader.ended;
      expect([reader.state, reader.player.size]).toEqual(['ended', 5]);
      await expect(reader.caughtUp(99n)).rejects.toMatchObject({ code: 'READER_ENDED' });
      port.close();
      port1.close();
    },
  );

  it('a database that is sent one while a reader follows goes on with the others', async () => {
    const port = db.readerPort();
    const welcome = answerOver(port);
    port.postMessage({ kind: 'hello', protocol: PROTOCOL, identities: identities() });
    expect(await welcome).toMatchObject({ kind: 'welcome' });
    await using reader = await readerOf(db);
    expect(db.stats().readers.readerCount).toBe(2);
    port.postMessage({ kind: 'hello', protocol: PROTOCOL, identities: identities() });
    await until(() => db.stats().readers.readerCount === 1, 'it to be left out');
    await db.player.update('p1', { age: 9 });
    await reader.caughtUp(db.seq);
    expect(reader.player.get('p1')?.age).toBe(9);
  });
});

/** Behind the word that a database is there. */
function answerOver(port: MessagePort): Promise<unknown> {
  expect(receiveMessageOnPort(port)?.message).toEqual({ kind: 'here' });
  return new Promise((resolve) => port.once('message', resolve));
}

function identities(): unknown {
  const { model, fingerprint, declarationFingerprint } = playerDefinition;
  return [[model.collection, `${fingerprint} ${declarationFingerprint}`]];
}
