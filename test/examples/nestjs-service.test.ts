import { bundleExample, ExampleProcess, temporaryDirectory } from '../support/example.js';

const directory = temporaryDirectory();
let bundle: string;
let example: ExampleProcess;
let url: string;

const start = async () => {
  example = new ExampleProcess('nestjs-service', bundle, ['--directory', directory, '--port', '0']);
  url = await example.url();
};
const post = async (path: string, body: unknown) => {
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as { code?: string; id?: number } };
};
const get = async (path: string) => {
  const response = await fetch(`${url}${path}`);
  return { status: response.status, body: await response.json() };
};

beforeAll(async () => {
  bundle = bundleExample('nestjs-service');
  await start();
});

it('sells each piece once, however many ask at the same time', async () => {
  expect((await post('/products', { sku: 'box', name: 'Nest box', stock: 5 })).status).toBe(201);
  const answers = await Promise.all(Array.from({ length: 12 }, () => post('/orders', { sku: 'box', quantity: 1 })));
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(5);
  for (const { status, body } of answers)
    if (status !== 201) expect([status, body.code]).toEqual([400, 'VALIDATION_FAILED']);
  expect((await get('/products/box')).body).toMatchObject({ stock: 0 });
  expect((await get('/products/box/orders')).body).toHaveLength(5);
  // Refused orders took no number.
  await post('/products', { sku: 'seed', name: 'Seeds', stock: 9 });
  expect((await post('/orders', { sku: 'seed', quantity: 2 })).body.id).toBe(6);
  expect((await get('/products?below=5')).body).toMatchObject([{ sku: 'box' }]);
});

it.each([
  ['/products', { sku: 'Not A Sku', name: 'x' }, 400, 'VALIDATION_FAILED'],
  ['/products', { sku: 'x', name: 'x', stock: -1 }, 400, 'VALIDATION_FAILED'],
  ['/products', { sku: 'x', name: 'x', colour: 'red' }, 400, 'VALIDATION_FAILED'],
  ['/products', { sku: 'box', name: 'again' }, 409, 'DUPLICATE_KEY'],
  ['/orders', { sku: 'box', quantity: 0.5 }, 400, 'VALIDATION_FAILED'],
  ['/orders', { sku: 'box', quantity: '1' }, 400, 'VALIDATION_FAILED'],
  ['/orders', { sku: 'nothing', quantity: 1 }, 404, 'DOCUMENT_NOT_FOUND'],
  ['/orders', {}, 400, 'VALIDATION_FAILED'],
  ['/orders', [], 400, 'VALIDATION_FAILED'],
])('refuses a post to %s of %j with %i %s', async (path, input, status, code) => {
  expect(await post(path, input)).toMatchObject({ status, body: { code } });
});

it('refuses a body that is not JSON, and no body at all', async () => {
  for (const options of [{ body: 'sku=box', headers: { 'content-type': 'text/plain' } }, {}]) {
    const response = await fetch(`${url}/orders`, { method: 'POST', ...options });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'VALIDATION_FAILED' });
  }
});

it('refuses a bound that is not a number, and says 404 of an unknown product', async () => {
  expect(await get('/products?below=few')).toMatchObject({ status: 400 });
  expect(await get('/products/nothing')).toMatchObject({ status: 404, body: { code: 'DOCUMENT_NOT_FOUND' } });
});

it('is healthy, closes on SIGINT and finds everything again', async () => {
  expect(await get('/health')).toMatchObject({ status: 200, body: { details: { database: { status: 'up' } } } });
  expect(await example.interrupt()).toBe(0);
  await start();
  expect((await get('/products/seed')).body).toMatchObject({ stock: 7 });
});

it('says who has the directory when it is started twice', async () => {
  const second = new ExampleProcess('nestjs-service', bundle, ['--directory', directory, '--port', '0']);
  expect(await second.ended).toBe(1);
  expect(second.output).toContain('DATABASE_LOCKED');
});
