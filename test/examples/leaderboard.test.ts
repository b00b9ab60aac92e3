import { canOpenPages, TestBrowser } from '../support/browser.js';
import { EventReader } from '../support/event-stream.js';
import { bundleExample, ExampleProcess, temporaryDirectory } from '../support/example.js';

const directory = temporaryDirectory();
let bundle: string;
let example: ExampleProcess;
let url: string;

const start = async () => {
  example = new ExampleProcess('leaderboard', bundle, ['--directory', directory, '--port', '0']);
  url = await example.url();
};
const post = async (body: unknown) => {
  const response = await fetch(`${url}/results`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, answer: (await response.json()) as Record<string, unknown> };
};
const get = async (path: string) => (await fetch(`${url}${path}`)).json();

beforeAll(async () => {
  bundle = bundleExample('leaderboard');
  await start();
});

it('adds results up, ranks players and streams the first ten', async () => {
  await using events = await EventReader.open(`${url}/leaders/events`);
  expect((await events.next())?.data).toEqual({ players: [], playerCount: 0 });
  expect((await post({ player: 'Ann', points: 100 })).answer).toMatchObject({ points: 100, rank: 1 });
  expect((await post({ player: 'Bea', points: 150 })).answer).toMatchObject({ points: 150, rank: 1 });
  expect((await post({ player: 'Ann', points: 20 })).answer).toMatchObject({ points: 120, rank: 2, gameCount: 2 });
  const streamed: unknown[] = [];
  for (let count = 0; count < 3; count++) streamed.push((await events.next())?.data);
  expect(streamed.at(-1)).toMatchObject({ players: [{ name: 'Bea' }, { name: 'Ann', points: 120 }], playerCount: 2 });
  expect(await get('/players/Ann')).toMatchObject({ rank: 2 });
});

it.each([
  [{ player: 'Ann', points: -1 }, 'VALIDATION_FAILED'],
  [{ player: 'Ann', points: 1.5 }, 'VALIDATION_FAILED'],
  [{ player: 'Ann', points: '100' }, 'VALIDATION_FAILED'],
  [{ player: '', points: 1 }, 'VALIDATION_FAILED'],
  [{ player: 'x'.repeat(31), points: 1 }, 'VALIDATION_FAILED'],
  [{ points: 1 }, 'VALIDATION_FAILED'],
  ['Ann', 'VALIDATION_FAILED'],
  [null, 'VALIDATION_FAILED'],
])('refuses the result %j and changes nothing', async (result, code) => {
  const before = await get('/leaders');
  expect(await post(result)).toMatchObject({ status: 400, answer: { code } });
  expect(await get('/leaders')).toEqual(before);
});

it('says 404 of a player who never played, and of files outside of the pages', async () => {
  expect((await fetch(`${url}/players/nobody`)).status).toBe(404);
  for (const path of ['/main.ts', '/../main.ts', '/%2e%2e/main.ts', '/public/../main.ts'])
    expect((await fetch(`${url}${path}`)).status).toBe(404);
});

it('ends streams and closes on SIGINT, and finds everything again', async () => {
  await using events = await EventReader.open(`${url}/leaders/events`);
  await events.next();
  expect(await example.interrupt()).toBe(0);
  expect(example.output).toContain('closed');
  expect(await events.next()).toBeUndefined();
  await start();
  expect(await get('/players/Bea')).toMatchObject({ points: 150, rank: 1 });
});

it('says why it does not start on a port that is taken, and with an option that it does not know', async () => {
  const port = new URL(url).port;
  const second = new ExampleProcess('leaderboard', bundle, ['--directory', temporaryDirectory(), '--port', port]);
  expect(await second.ended).toBe(1);
  expect(second.output).toContain('EADDRINUSE');
  const third = new ExampleProcess('leaderboard', bundle, ['--prot', '0']);
  expect(await third.ended).toBe(1);
  expect(third.output).toContain('--prot');
});

(canOpenPages() ? it : it.skip)('shows results of others at once in a page', async () => {
  const browser = await TestBrowser.launch();
  try {
    const page = await browser.open(url);
    await page.getByRole('row', { name: /Bea/ }).waitFor();
    await post({ player: '<b>Cem</b>', points: 999 });
    await page.getByRole('row', { name: '1 <b>Cem</b> 999 1' }).waitFor();
    await page.getByLabel('Player').fill('Dan');
    await page.getByLabel('Points').fill('400');
    await page.getByRole('button', { name: 'Add' }).click();
    await page.getByText('Dan has 400 points: rank 2').waitFor();
    await page.getByRole('row', { name: '2 Dan 400 1' }).waitFor();
    await page.getByRole('button', { name: 'Simulate games' }).click();
    await page.getByText(/([5-9]|\d\d) players, live/).waitFor();
    await page.getByRole('button', { name: 'Stop the games' }).click();
    await browser.screenshot(page, 'leaderboard');
    expect(browser.problems).toEqual([]);
  } finally {
    await browser.close();
  }
});
