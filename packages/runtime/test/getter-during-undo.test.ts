/** A getter of an index that throws while a write is taken back: the database takes no more writes, and the journal is right. */
import { MemoryFileSystem } from '../src/file-system/memory-file-system.js';
import { openPlayers, player } from './support/open-players.js';
import { Player } from './support/player-definition.js';

const getter = Object.getOwnPropertyDescriptor(Player.prototype, 'nameLength') as PropertyDescriptor;
let isBroken = false;

beforeAll(() =>
  Object.defineProperty(Player.prototype, 'nameLength', {
    ...getter,
    get(this: Player): number {
      if (this.name === 'breaker') isBroken = true;
      if (isBroken && this.name === 'touchy') throw new Error('not now');
      return this.name.length;
    },
  }),
);
afterEach(() => {
  isBroken = false;
});
afterAll(() => Object.defineProperty(Player.prototype, 'nameLength', getter));

it.each([
  ['the whole transaction', false],
  ['a statement whose error is caught', true],
])('ends all writes when %s is taken back, and leaves the journal right', async (_, isCaught) => {
  const fileSystem = new MemoryFileSystem();
  const open = () => openPlayers({ directory: '/db', fileSystem });
  const db = await open();
  await db.player.insertMany([player('a'), player('b')]);
  const failures: unknown[] = [];
  db.on('failed', (event) => failures.push(event));
  const refused = db.transaction((tx) => {
    tx.player.update('a', { age: 31 });
    try {
      // The second one breaks the getter, the third is there already: the first cannot be taken back.
      tx.player.insertMany([player('c', { name: 'touchy' }), player('d', { name: 'breaker' }), player('b')]);
    } catch (error) {
      if (!isCaught) throw error;
    }
  });
  await expect(refused).rejects.toMatchObject({ code: isCaught ? 'INVALID_INDEX_VALUE' : 'DUPLICATE_KEY' });
  expect(failures).toHaveLength(1);
  // What could be taken back was.
  expect(db.player.get('a')?.age).toBe(30);
  expect(db.player.has('d')).toBe(false);
  await expect(db.player.update('a', { age: 40 })).rejects.toMatchObject({
    code: 'DATABASE_FAILED',
    message: expect.stringContaining('could not be taken back'),
  });
  await db.close().catch(() => undefined);
  isBroken = false;
  await using again = await open();
  expect(again.player.all().orderBy('id').keys()).toEqual(['a', 'b']);
  expect(again.player.get('a')?.age).toBe(30);
});
