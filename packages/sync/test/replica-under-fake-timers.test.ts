/** Tests that fake timers: a replica goes on as the database does, which takes none of the timers that a test replaces. */
import { PlayerServer, player } from './support/sync-players.js';

async function turnsUntil(condition: () => boolean, turn: () => Promise<unknown>): Promise<void> {
  for (let count = 0; count < 200_000 && !condition(); count++) await turn();
  expect(condition()).toBe(true);
}

it('connects again and sends what was written, though no time passes', async () => {
  const setTurn = setImmediate;
  const turn = (): Promise<unknown> => new Promise((resolve) => setTurn(resolve));
  const server = await PlayerServer.open();
  jest.useFakeTimers({ doNotFake: ['setImmediate'] });
  try {
    const replica = await server.replica({ player: true });
    await turnsUntil(() => replica.connection.state === 'live', turn);
    server.cut();
    expect(replica.connection.state).toBe('offline');
    await replica.player.insert(player('p1'));
    await turnsUntil(() => server.db.player.has('p1'), turn);
    await replica.close();
  } finally {
    jest.useRealTimers();
  }
  await server.close();
});
