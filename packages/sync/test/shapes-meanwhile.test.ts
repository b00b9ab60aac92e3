/** Shapes that change while a connection comes about. */
import { MemoryFileSystem } from '@nuthatch/runtime';
import { decodeMessage } from '../src/protocol/encode-message.js';
import { PlayerServer, player, until } from './support/sync-players.js';

/** Fifteen moments from WELCOME on, until the greeting is over, for each of the four changes. */
const STEPS = 60;

describe('shapes that change while WELCOME is on its way', () => {
  let server: PlayerServer;
  beforeEach(async () => {
    server = await PlayerServer.open();
    await server.db.player.insertMany([player('p1', { clubs: ['a'] }), player('p2', { clubs: ['b'] })]);
  });
  afterEach(() => server.close());

  const SHAPES: readonly (readonly [asked: unknown, keys: readonly string[]])[] = [
    [{ clubs: 'b' }, ['p2']],
    [
      [{ clubs: 'a' }, { clubs: 'b' }],
      ['p1', 'p2'],
    ],
    [undefined, []],
    [{ clubs: 'a' }, ['p1']],
  ];

  it('are named to the server once, at whatever step of the greeting they change', async () => {
    // On a disk, so that forgetting a shape takes longer than a turn of the loop.
    const onDisk = { memory: undefined, directory: '/replica', fileSystem: new MemoryFileSystem(), durability: 'os' };
    const replica = await server.replica({ player: { clubs: 'a' } }, onDisk);
    await replica.connection.synced();
    for (let step = 0; step < STEPS; step++) {
      const [asked, keys] = SHAPES[step % SHAPES.length]!;
      let changed: Promise<void> | undefined;
      server.onSent = (data) => {
        if (decodeMessage(data).kind === 'welcome')
          changed ??= afterTurns(step % 15).then(() => replica.connection.subscribe({ player: asked } as never));
      };
      server.cut();
      await until(() => changed !== undefined, 'another WELCOME');
      await changed;
      await replica.connection.synced();
      expect([step, replica.player.all().keys().sort()]).toEqual([step, keys]);
      expect(server.errors).toEqual([]);
    }
    // And it is live: what is written now comes.
    await server.db.player.update('p1', { age: 77 });
    await until(() => replica.player.get('p1')?.age === 77, 'the update');
    await replica.close();
  });
});

/** Half turns: of the microtasks after each, and of the loop. */
async function afterTurns(count: number): Promise<void> {
  for (let index = 0; index < count; index++)
    await (index % 2 === 0 ? undefined : new Promise((resolve) => setImmediate(resolve)));
}
