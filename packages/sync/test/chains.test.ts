/** Edits that rest on edits that were refused: whatever revision the server's document has by then, none is taken. */
import { inspect } from 'node:util';
import { decodeMessage } from '../src/protocol/encode-message.js';
import { contentsOf, PlayerServer, player, until } from './support/sync-players.js';

it('a chain of edits of which the replica knows that the first was refused goes to the conflicts as a whole', async () => {
  const server = await PlayerServer.open();
  await server.db.player.insert(player('p1'));
  const replica = await server.replica({ player: true });
  await replica.connection.synced();
  server.isDown = true;
  server.cut();
  // Four edits offline; the server's document meanwhile has the revision of the third.
  for (const age of [41, 42, 43, 44]) await replica.player.update('p1', { age });
  for (const age of [51, 52, 53]) await server.db.player.update('p1', { age });
  const outcomes: string[] = [];
  server.onSent = (data) => {
    const message = decodeMessage(data);
    if (message.kind !== 'result') return;
    outcomes.push(message.outcome);
    // The first refusal is known, and nothing else is: what is sent next goes out over another connection.
    if (outcomes.length === 1) setImmediate(() => server.cut());
  };
  server.isDown = false;
  replica.connection.connect();
  await until(() => replica.outbox.size === 0, 'all to be answered');
  expect(inspect(replica.outbox)).toContain('size: 0');
  expect(new Set(outcomes)).toEqual(new Set(['conflict']));
  expect(replica.conflicts.all().map(({ code }) => code)).toEqual(Array(4).fill('REVISION_MISMATCH'));
  await replica.connection.synced();
  expect(server.db.player.require('p1').age).toBe(53);
  expect(contentsOf(replica)).toEqual(contentsOf(server.db));
  await replica.close();
  await server.close();
});
