/** Shapes that no message may hold: refused where they are asked for, since a server ends the connection at each try. */
import { LIMITS } from '../src/protocol/limits.js';
import { PlayerServer, player } from './support/sync-players.js';

/** A condition that takes about so many bytes: one key and 998 more, none of which is there. */
const keysOf = (bytes: number): object => ({
  id: { in: ['p1', ...Array.from({ length: 999 }, (_, index) => `${index}`.padEnd(bytes / 1_000 - 3, '-'))] },
});

it('refuses a condition or a number of shapes beyond the limits, and takes long ones within', async () => {
  const server = await PlayerServer.open();
  await server.db.player.insertMany([player('p1'), player('p2')]);
  const tooLong = { player: keysOf(LIMITS.conditionBytes + 2_000) };
  const tooMany = { player: Array.from({ length: LIMITS.shapeCount + 1 }, (_, index) => ({ age: index })) };
  const refusal = { code: 'INVALID_OPTION', facts: { option: 'subscribe' } };
  await expect(server.replica(tooLong)).rejects.toMatchObject(refusal);
  await expect(server.replica(tooMany)).rejects.toMatchObject(refusal);
  const replica = await server.replica({ player: keysOf(LIMITS.conditionBytes - 2_000) });
  await replica.connection.synced();
  expect(replica.player.all().keys()).toEqual(['p1']);
  await replica.close();
  await server.close();
});
