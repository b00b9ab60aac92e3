/** Signs people in and out, step by step, and prints what the journal says of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { auditTrail, DatabaseError, NodeFileSystem } from '@nuthatch/runtime';
import { inTemporaryDirectory } from '../shared/in-temporary-directory.js';
import { Accounts } from './accounts.js';
import { openDatabase } from './generated/index.js';

async function main(directory: string): Promise<void> {
  let db = await openDatabase({ directory });
  let accounts = new Accounts(db);

  const ann = await accounts.signUp('ann@example.org', 'correct horse');
  await accounts.signUp('Ann@Example.org', 'other').catch((error: unknown) => {
    if (!DatabaseError.is(error, 'DUPLICATE_KEY')) throw error;
    console.log(`a second account with the same address: ${error.code}`);
  });

  for (let tries = 1; tries <= 3; tries++) console.log(`wrong password, try ${tries}:`, await signIn('guess', 'phone'));
  console.log('right password while locked:', await signIn('correct horse', 'phone'));
  await db.user.update(ann.id, { lockedUntil: undefined });

  for (const device of ['phone', 'tablet', 'laptop', 'watch']) await signIn('correct horse', device);
  console.log('four sign-ins, three sessions at most:', accounts.devicesOf(ann.id).join(', '));

  const answer = await accounts.signIn('ann@example.org', 'correct horse', 'browser');
  const token = 'token' in answer ? answer.token : '';
  await db.close();
  db = await openDatabase({ directory });
  accounts = new Accounts(db);
  console.log('after a restart the token belongs to:', accounts.userOf(token)?.email);

  const brief = new Accounts(db, 1_000);
  await brief.signIn('ann@example.org', 'correct horse', 'kiosk');
  while (accounts.devicesOf(ann.id).includes('kiosk')) await sleep(100);
  console.log('unused for its lifetime, the session of the kiosk is gone');

  console.log('signed out everywhere:', await accounts.signOutEverywhere(ann.id), 'sessions');
  await db.close();

  console.log('\nThe audit trail in the journal:');
  for await (const { command, origin, deleteCount } of auditTrail({ fileSystem: new NodeFileSystem(), directory })) {
    if (command !== undefined) console.log(`  ${command.name}`);
    else if (origin === 'expiry') console.log(`  (expiry of ${deleteCount})`);
  }

  async function signIn(password: string, device: string): Promise<string> {
    const result = await accounts.signIn('ann@example.org', password, device);
    return 'refused' in result ? result.refused : 'signed in';
  }
}

inTemporaryDirectory(main);
