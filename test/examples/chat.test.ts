import { canOpenPages, TestBrowser } from '../support/browser.js';
import { EventReader } from '../support/event-stream.js';
import { bundleExample, ExampleProcess, temporaryDirectory } from '../support/example.js';

const directory = temporaryDirectory();
let bundle: string;
let example: ExampleProcess;
let url: string;

const start = async () => {
  example = new ExampleProcess('chat', bundle, ['--directory', directory, '--port', '0']);
  url = await example.url();
};
const post = async (path: string, body: unknown) => {
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, answer: (await response.json()) as Record<string, unknown> };
};
// biome-ignore lint/suspicious/noExplicitAny: what a service answers has no type here.
const get = async (path: string): Promise<any> => (await fetch(`${url}${path}`)).json();
const say = (room: string, text: string) => post(`/rooms/${room}/messages`, { author: 'Ann', text });

beforeAll(async () => {
  bundle = bundleExample('chat');
  await start();
});

it('finds messages by room and by topic', async () => {
  await say('birds', 'a #nuthatch in the garden');
  await say('birds', 'two of them #Nuthatch #garden');
  await say('cats', 'who likes a #garden?');
  expect(await get('/rooms')).toEqual({ birds: 2, cats: 1 });
  expect(await get('/topics')).toEqual({ nuthatch: 2, garden: 2 });
  expect((await get('/topics/garden')).map(({ room }: { room: string }) => room).sort()).toEqual(['birds', 'cats']);
});

it('streams the changes of one room, and of no other', async () => {
  const { since, messages } = await get('/rooms/birds/messages');
  expect(messages).toHaveLength(2);
  await using events = await EventReader.open(`${url}/rooms/birds/events?since=${since}`);
  await say('cats', 'not for birds');
  const { answer } = await say('birds', 'for birds');
  await post(`/messages/${answer['id']}/likes`, { author: 'Bea' });
  expect((await events.next())?.data).toMatchObject({ kind: 'insert', message: { text: 'for birds' } });
  expect((await events.next())?.data).toMatchObject({ kind: 'update', message: { likedBy: ['Bea'] } });
});

it('gives a page that comes back what it missed, once, though the server was started anew', async () => {
  const { since } = await get('/rooms/birds/messages');
  let lastEventId: string | undefined;
  {
    await using events = await EventReader.open(`${url}/rooms/birds/events?since=${since}`);
    await say('birds', 'seen');
    lastEventId = (await events.next())?.id;
  }
  await say('birds', 'missed one');
  expect(await example.interrupt()).toBe(0);
  await start();
  await say('birds', 'missed two');
  await using events = await EventReader.open(`${url}/rooms/birds/events?since=${since}`, lastEventId);
  expect((await events.next())?.data).toMatchObject({ message: { text: 'missed one' } });
  expect((await events.next())?.data).toMatchObject({ message: { text: 'missed two' } });
});

it('tells a page that is ahead of the database to read again', async () => {
  await using events = await EventReader.open(`${url}/rooms/birds/events?since=999999`);
  expect((await events.next())?.data).toEqual({ kind: 'reload' });
});

it('pages back through a long room', async () => {
  for (let number = 0; number < 60; number++) await say('long', `message ${number}`);
  const newest = await get('/rooms/long/messages');
  expect(newest.messages).toHaveLength(50);
  const earlier = await get(`/rooms/long/messages?before=${encodeURIComponent(newest.before)}`);
  expect(earlier.messages).toHaveLength(10);
  expect(earlier.before).toBeUndefined();
});

it.each([
  ['/rooms/Not%20A%20Room/messages', { author: 'Ann', text: 'hi' }, 400, 'VALIDATION_FAILED'],
  ['/rooms/birds/messages', { author: 'Ann', text: '' }, 400, 'VALIDATION_FAILED'],
  ['/rooms/birds/messages', { author: 5, text: 'hi' }, 400, 'VALIDATION_FAILED'],
  ['/rooms/birds/messages', [], 400, 'VALIDATION_FAILED'],
  ['/messages/99999/likes', { author: 'Ann' }, 404, 'DOCUMENT_NOT_FOUND'],
  ['/messages/one/likes', { author: 'Ann' }, 400, 'INVALID_KEY'],
  ['/messages/1/likes', {}, 400, 'VALIDATION_FAILED'],
])('refuses a post to %s of %j with %i %s', async (path, body, status, code) => {
  expect(await post(path, body)).toMatchObject({ status, answer: { code } });
});

it.each([
  ['/rooms/birds/events?since=yesterday', 'INVALID_CURSOR'],
  ['/rooms/birds/messages?before=yesterday', 'INVALID_QUERY'],
])('refuses to go on from a place that is not one: %s', async (path, code) => {
  const response = await fetch(`${url}${path}`);
  expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([400, code]);
});

(canOpenPages() ? it : it.skip)('shows two pages of one room the same messages, as text', async () => {
  const browser = await TestBrowser.launch();
  try {
    const ann = await browser.open(url);
    const bea = await browser.open(url);
    for (const [page, name] of [
      [ann, 'Ann'],
      [bea, 'Bea'],
    ] as const) {
      await page.getByText('Live').waitFor();
      await page.getByLabel('Name').fill(name);
    }
    await ann.getByLabel('Message').fill('hello <i>everybody</i> #lobby');
    await ann.getByRole('button', { name: 'Send' }).click();
    await bea.getByText('hello <i>everybody</i> #lobby').waitFor();
    await bea.getByRole('button', { name: 'Like the message of Ann, 0 likes' }).click();
    await ann.getByRole('button', { name: 'Like the message of Ann, 1 likes' }).waitFor();
    await ann.getByRole('button', { name: '#long (60)' }).click();
    await ann.getByText('message 59').waitFor();
    await ann.getByRole('button', { name: 'Earlier messages' }).click();
    await ann.getByText('message 0', { exact: true }).waitFor();
    await browser.screenshot(bea, 'chat');
    expect(browser.problems).toEqual([]);
  } finally {
    await browser.close();
  }
});
