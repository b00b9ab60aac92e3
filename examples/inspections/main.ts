/** A day of two inspectors, step by step: this process is the server, each inspector has a process of their own. */
import { join } from 'node:path';
import { inTemporaryDirectory } from '../shared/in-temporary-directory.js';
import { RemoteClient, runAsClient } from './remote-client.js';
import { startServer } from './server.js';

async function main(directory: string): Promise<void> {
  const server = await startServer(join(directory, 'server'));
  await server.db.machine.insertMany([
    { number: 'press', name: 'Hydraulic press', site: 'Basel' },
    { number: 'crane', name: 'Tower crane', site: 'Basel' },
  ]);
  const optionsOf = (user: string, isOffline = false) => ({
    ...{ user, isOffline, url: `ws://127.0.0.1:${server.sync.port}`, directory: join(directory, user) },
  });
  let ann = await RemoteClient.start(optionsOf('ann'));
  const ben = await RemoteClient.start(optionsOf('ben'));
  try {
    await Promise.all([ann.do('sync'), ben.do('sync')]);
    step('Ben begins an inspection of the crane; both have it');
    const crane = await ben.do('begin', 'crane', 'brakes', 'cables', 'lights');
    await ben.do('sync');
    await until(async () => (await ann.do('read', crane)).length === 3);

    step('Ann checks the press out until tomorrow, to edit it offline; Ben cannot');
    show('Ann checks out', await ann.do('checkOut', 'press', 24));
    show('Ben checks out', await ben.do('checkOut', 'press', 24));
    show('Ben edits all the same', await ben.do('describe', 'press', 'in service', 'fine'));

    step('Ann goes down into the cellar: no network');
    await ann.do('goOffline');
    show('Ann edits the press', await ann.do('describe', 'press', 'needs repair', 'oil on the floor'));
    const press = await ann.do('begin', 'press', 'oil', 'safety switch');
    await ann.do('check', press, 'oil', false, 'leaks at the seal');
    await ann.do('check', press, 'safety switch', true);
    show('Ann photographs the leak', await ann.do('photograph', press, 2_000_000));
    await ann.do('check', crane, 'brakes', true, 'new pads');
    show('Ann', await ann.do('status'));

    step('Meanwhile Ben goes on with the crane');
    await ben.do('check', crane, 'cables', false, 'rust');
    await ben.do('sync');

    step('Ann drops her device; it starts again, still without a network');
    await ann.kill();
    ann = await RemoteClient.start(optionsOf('ann', true));
    show('Ann', await ann.do('status'));
    show('Ann reads her inspection', await ann.do('read', press));

    step('Ann comes back up; Ben sees her work at once');
    await ann.do('comeBack');
    await until(async () => (await ben.do('viewPhotos', press)).length === 1);
    show('Ben looks at the photo', await ben.do('viewPhotos', press));
    show('The server has the press as', server.db.machine.require('press').state);
    show('Ann', await ann.do('status'));

    step('Both had worked on the crane: nothing was overwritten, Ann has a conflict');
    for (const conflict of await ann.do('conflicts')) {
      show('Conflict', conflict.code);
      show('  before', conflict.base);
      show('  Ann', conflict.mine);
      show('  Ben', conflict.theirs);
      step('Ann takes every line from the one who filled it in');
      await ann.do('mergeConflict', conflict.number);
    }
    await ann.do('sync');
    await until(async () => (await ben.do('read', crane)).every((line) => !line.startsWith('brakes open')));
    show('Ben reads the crane', await ben.do('read', crane));
    show('Ann', await ann.do('status'));

    step('Ann gives the press back');
    show('Ann checks in', await ann.do('checkIn', 'press'));
    await ann.do('sync');
    await until(async () => (await ben.do('checkOut', 'press', 1)) === 'done');
    show('Ben edits it now', await ben.do('describe', 'press', 'in service', 'seal replaced'));
    await ben.do('sync');
    show('The server has the press as', server.db.machine.require('press').state);
  } finally {
    await ann.close();
    await ben.close();
    await server.close();
  }
}

let stepCount = 0;

function step(title: string): void {
  console.log(`\n${++stepCount}. ${title}`);
}

function show(title: string, value: unknown): void {
  console.log(`   ${title}:`, value);
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}

const [role, options] = process.argv.slice(2);
if (role === 'client')
  runAsClient(JSON.parse(options as string)).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
else inTemporaryDirectory(main);
