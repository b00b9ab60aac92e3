import { join } from 'node:path';
import { type Actions, openClient } from '../../examples/inspections/client.js';
import { type InspectionServer, startServer } from '../../examples/inspections/server.js';
import { promisedOutput, runExample, temporaryDirectory, withoutLines } from '../support/example.js';

/** What somebody sees without asking: printed when it comes. */
const SEEN = /^ {3}\(\w+ sees: /;

it('goes through the day as its README says, with a device that is killed', async () => {
  const output = await runExample('inspections');
  expect(withoutLines(output, SEEN).trim()).toMatch(promisedOutput('inspections', SEEN));
  expect(output).toContain("(ben sees: insert of ann's inspection of press)");
});

describe('an inspector', () => {
  let directory: string;
  let server: InspectionServer;
  const clients: Actions[] = [];
  const open = async (user: string) => {
    const options = { url: `ws://127.0.0.1:${server.sync.port}`, directory: join(directory, user), isOffline: false };
    const client = await openClient({ user, ...options }, () => undefined);
    clients.push(client);
    return client;
  };
  beforeEach(async () => {
    directory = temporaryDirectory();
    server = await startServer(join(directory, 'server'));
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.close();
    await server.close();
  });

  it('cannot change an inspection that was closed meanwhile, and keeps what was found as a conflict', async () => {
    const ann = await open('ann');
    await ann.sync();
    const id = await ann.begin('press', 'oil');
    await ann.sync();
    await ann.goOffline();
    await ann.check(id, 'oil', false, 'leaks');
    await server.db.inspection.update(id, { result: 'passed' });
    await ann.comeBack();
    expect(await ann.conflicts()).toMatchObject([{ code: expect.any(String), mine: 'oil BAD (leaks)' }]);
    expect(server.db.inspection.require(id).checks).toEqual([{ title: 'oil' }]);
  });

  it('edits a machine that they have checked out, and checks out no machine that is not there', async () => {
    await server.db.machine.insert({ number: 'press', name: 'Press', site: 'Basel' });
    const ann = await open('ann');
    await ann.sync();
    expect(await ann.checkOut('press', 1)).toBe('done');
    expect(await ann.describe('press', 'needs repair', 'oil')).toBe('done');
    await ann.sync();
    expect(server.db.machine.require('press')).toMatchObject({ state: 'needs repair', note: 'oil' });
    expect(await ann.checkOut('lathe', 1)).toBe('DOCUMENT_NOT_FOUND');
  });

  it('whom the server does not know works offline', async () => {
    const eve = await open('eve');
    await expect(eve.sync()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await eve.begin('press', 'oil');
    expect(await eve.status()).toMatchObject({ state: 'needs token', unsent: 1 });
    expect(server.db.inspection.size).toBe(0);
  });
});
