import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Accounts } from '../../examples/sessions/accounts.js';
import { type NuthatchDatabase, openDatabase } from '../../examples/sessions/generated/index.js';
import { promisedOutput, runExample, temporaryDirectory } from '../support/example.js';

it('the example prints what its README says', async () => {
  expect((await runExample('sessions')).trim()).toMatch(promisedOutput('sessions'));
});

describe('sessions with a fake clock', () => {
  const MINUTE_MS = 60_000;
  let db: NuthatchDatabase;
  let accounts: Accounts;
  let userId: string;

  beforeEach(async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] });
    db = await openDatabase({ memory: true });
    accounts = new Accounts(db, 30 * MINUTE_MS);
    userId = (await accounts.signUp('ann@example.org', 'secret')).id;
  });
  afterEach(async () => {
    await db.close();
    jest.useRealTimers();
  });
  const signIn = async (): Promise<string> => {
    const answer = await accounts.signIn('ann@example.org', 'secret', 'phone');
    if (!('token' in answer)) throw new TypeError(answer.refused);
    return answer.token;
  };

  it('keeps a session that is used, and deletes one that is not', async () => {
    const used = await signIn();
    const unused = await signIn();
    for (let minutes = 0; minutes < 60; minutes += 20) {
      jest.advanceTimersByTime(20 * MINUTE_MS);
      expect(accounts.userOf(used)?.id).toBe(userId);
      await db.flush();
    }
    expect(accounts.userOf(unused)).toBeUndefined();
    expect(accounts.devicesOf(userId)).toEqual(['phone']);
    jest.advanceTimersByTime(31 * MINUTE_MS);
    expect(accounts.userOf(used)).toBeUndefined();
    expect(db.session.size).toBe(0);
  });

  it('writes nothing for most requests', async () => {
    const token = await signIn();
    const { seq } = db;
    jest.advanceTimersByTime(MINUTE_MS);
    for (let requests = 0; requests < 100; requests++) accounts.userOf(token);
    await db.flush();
    expect(db.seq).toBe(seq);
  });

  it('unlocks an account after a quarter of an hour', async () => {
    for (let tries = 0; tries < 3; tries++) await accounts.signIn('ann@example.org', 'guess', 'phone');
    await expect(signIn()).rejects.toThrow('locked');
    jest.advanceTimersByTime(16 * MINUTE_MS);
    await signIn();
  });

  it('tells a stranger nothing about which addresses are known', async () => {
    const unknown = await accounts.signIn('bea@example.org', 'guess', 'phone');
    expect(unknown).toEqual(await accounts.signIn('ann@example.org', 'guess', 'phone'));
    expect(accounts.userOf('made up')).toBeUndefined();
  });
});

it('keeps neither passwords nor tokens on disk', async () => {
  const directory = temporaryDirectory();
  const db = await openDatabase({ directory });
  const accounts = new Accounts(db);
  await accounts.signUp('ann@example.org', 'correct horse');
  const answer = await accounts.signIn('ann@example.org', 'correct horse', 'phone');
  await db.close();
  const bytes = Buffer.concat(
    readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => readFileSync(join(directory, name))),
  );
  expect(bytes.includes('ann@example.org')).toBe(true);
  expect(bytes.includes('correct horse')).toBe(false);
  expect(bytes.includes('token' in answer ? answer.token : '')).toBe(false);
});
