/** What servers and replicas say on `node:diagnostics_channel`: docs/guide/sync-server.md. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describeDatabase } from '@nuthatch/runtime';
import type { SyncDiagnosticsMessages } from '../src/diagnostics/sync-messages.js';
import { PlayerServer, player } from './support/sync-players.js';

type Name = keyof SyncDiagnosticsMessages;
type Heard = { readonly name: Name; readonly message: Readonly<Record<string, unknown>> };

const NAMES: readonly Name[] = [
  'nuthatch:sync:connected',
  'nuthatch:sync:disconnected',
  'nuthatch:sync:error',
  'nuthatch:sync:state',
];

let server: PlayerServer;
let heard: Heard[];
const listeners = NAMES.map(
  (name) => [name, (message: unknown) => void heard.push({ name, message: message as Heard['message'] })] as const,
);

beforeEach(async () => {
  heard = [];
  for (const [name, listener] of listeners) subscribe(name, listener);
  server = await PlayerServer.open();
});

afterEach(async () => {
  for (const [name, listener] of listeners) unsubscribe(name, listener);
  await server.close();
});

const of = (name: Name): readonly Heard['message'][] =>
  heard.filter((one) => one.name === name).map(({ message }) => message);

describe('diagnostics of sync', () => {
  it('tell of a replica that comes, becomes live and goes, each side in the name of its own database', async () => {
    const replica = await server.replica({ player: true }, { token: 'secret-token' });
    await replica.connection.synced();
    await replica.player.insert(player('p1'));
    await replica.connection.synced();
    expect(server.sync.stats()).toEqual({ connectionCount: 1, userCount: 1, leaseCount: 0 });
    await replica.close();
    // The server hears of it in a later turn.
    while (of('nuthatch:sync:disconnected').length === 0) await new Promise((resolve) => setImmediate(resolve));
    const { source } = describeDatabase(server.db);
    expect(of('nuthatch:sync:connected')).toEqual([{ database: source, connectionCount: 1 }]);
    expect(of('nuthatch:sync:disconnected')).toEqual([{ database: source, connectionCount: 0 }]);
    const states = of('nuthatch:sync:state');
    expect(states.map(({ state }) => state)).toEqual(expect.arrayContaining(['greeting', 'live']));
    for (const message of states)
      expect(message).toEqual({
        database: expect.anything(),
        state: expect.any(String),
        outboxSize: expect.any(Number),
      });
    expect(states[0]?.['database']).toBe(describeDatabase(replica).source);
    expect(server.sync.stats()).toEqual({ connectionCount: 0, userCount: 0, leaseCount: 0 });
    expect(inspect(heard, { depth: 9, showHidden: true })).not.toMatch(/secret|p1@x/);
  });

  it('tell of what onError gets', async () => {
    await server.close();
    const reason = new Error('mine');
    server = await PlayerServer.open({
      policy: () => {
        throw reason;
      },
    });
    const replica = await server.replica({ player: true });
    while (of('nuthatch:sync:error').length === 0) await new Promise((resolve) => setImmediate(resolve));
    await replica.close();
    expect(of('nuthatch:sync:error')[0]).toEqual({ database: describeDatabase(server.db).source, error: reason });
    // It was never admitted.
    expect(of('nuthatch:sync:connected')).toEqual([]);
  });

  it('are all described in the guide', () => {
    const page = readFileSync(join(__dirname, '..', '..', '..', 'docs', 'guide', 'sync-server.md'), 'utf8');
    const described = [...page.matchAll(/^\| `(nuthatch:sync:[\w-]+)` \|/gm)].map(([, name]) => name);
    expect(described.sort()).toEqual([...NAMES].sort());
  });
});
