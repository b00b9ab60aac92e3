import type { FastifyInstance } from 'fastify';
import { type NuthatchDatabase, openDatabase } from '../../examples/fastify-service/generated/index.js';
import { buildServer } from '../../examples/fastify-service/server.js';
import { bundleExample, ExampleProcess, temporaryDirectory } from '../support/example.js';

let db: NuthatchDatabase;
let server: FastifyInstance;
let url: string;
beforeEach(async () => {
  db = await openDatabase({ memory: true });
  server = await buildServer(db);
  url = await server.listen({ host: '127.0.0.1', port: 0 });
});
afterEach(async () => {
  await server.close();
  await db.close();
});

interface Asked {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A text is sent as it is. */
  readonly payload?: unknown;
}

async function ask({ method = 'GET', path, headers = {}, payload }: Asked) {
  const isText = typeof payload === 'string';
  const response = await fetch(`${url}${path}`, {
    method,
    headers: payload === undefined ? headers : { 'content-type': 'application/json', ...headers },
    ...(payload !== undefined && { body: isText ? payload : JSON.stringify(payload) }),
  });
  const text = await response.text();
  const header = (name: string) => response.headers.get(name) ?? '';
  // biome-ignore lint/suspicious/noExplicitAny: what a service answers has no type here.
  return { status: response.status, header, body: (text === '' ? undefined : JSON.parse(text)) as any };
}

const get = (path: string) => ask({ path });
const add = async (name: string, more: object = {}) => {
  const email = `${name.toLowerCase()}@example.org`;
  return ask({ method: 'POST', path: '/contacts', payload: { name, email, ...more } });
};

it('adds, reads, changes and deletes a contact', async () => {
  const added = await add('Ann', { groups: ['friends'] });
  expect(added.status).toBe(201);
  const path = added.header('location');
  expect((await get(path)).body).toEqual(added.body);
  const changed = await ask({ method: 'PATCH', path, payload: { phone: '+41 61 000' } });
  expect([changed.status, changed.header('etag')]).toEqual([200, '"2"']);
  expect(changed.body).toMatchObject({ name: 'Ann', phone: '+41 61 000', groups: ['friends'] });
  expect((await ask({ method: 'DELETE', path })).status).toBe(204);
  for (const method of ['GET', 'DELETE'])
    expect(await ask({ method, path })).toMatchObject({ status: 404, body: { code: 'DOCUMENT_NOT_FOUND' } });
});

it.each([
  [{ name: '', email: 'ann@example.org' }, 'name'],
  [{ name: 'Ann', email: 'ann' }, 'email'],
  [{ name: 'Ann' }, 'email'],
  [{ name: 'Ann', email: 'ann@example.org', groups: 'friends' }, 'groups'],
  [{ name: 'Ann', email: 'ann@example.org', age: 31 }, 'age'],
  [{ name: 'Ann', email: 'ann@example.org', createdAt: 'yesterday' }, 'createdAt'],
])('refuses %j and names the field', async (payload, path) => {
  const { status, body } = await ask({ method: 'POST', path: '/contacts', payload });
  expect(status).toBe(400);
  expect(body).toMatchObject({ code: 'VALIDATION_FAILED', violations: [{ path }] });
  expect(db.contact.size).toBe(0);
});

it('takes a date as JSON has it', async () => {
  const { status, body } = await add('Ann', { createdAt: '2020-02-03T04:05:06.000Z' });
  expect([status, body.createdAt]).toEqual([201, '2020-02-03T04:05:06.000Z']);
  expect(db.contact.require(body.id).createdAt).toEqual(new Date('2020-02-03T04:05:06Z'));
});

it.each(['null', '5', '[]', '"Ann"', '{', ''])('refuses the body %j', async (payload) => {
  const { status, body } = await ask({ method: 'POST', path: '/contacts', payload });
  expect(status).toBe(400);
  expect(body.code).toMatch(/^VALIDATION_FAILED$|^FST_/);
  expect(db.contact.size).toBe(0);
});

it.each([{ name: '' }, { email: 'ann' }, { age: 31 }, { id: 'x' }, { createdAt: null }, [], null, 5])(
  'refuses the change %j',
  async (payload) => {
    const { header } = await add('Ann');
    const { status, body } = await ask({ method: 'PATCH', path: header('location'), payload });
    expect(status).toBe(400);
    expect(body.code).toMatch(/^VALIDATION_FAILED$|^KEY_CHANGED$|^FST_/);
    expect(db.contact.first()?.name).toBe('Ann');
  },
);

it('answers 409 for an address that is taken, in any case', async () => {
  await add('Ann');
  expect(await add('Ann', { email: 'ANN@EXAMPLE.ORG' })).toMatchObject({
    status: 409,
    body: { code: 'DUPLICATE_KEY' },
  });
});

it('answers 412 when somebody else was faster', async () => {
  const { header } = await add('Ann');
  const path = header('location');
  const patch = (etag: string, name: string) =>
    ask({ method: 'PATCH', path, headers: { 'if-match': etag }, payload: { name } });
  expect((await patch(header('etag'), 'Anna')).status).toBe(200);
  for (const etag of [header('etag'), '"other"', 'W/"2"'])
    expect(await patch(etag, 'Anne')).toMatchObject({ status: 412, body: { code: 'REVISION_MISMATCH' } });
  expect((await patch('*', 'Anne')).body).toMatchObject({ name: 'Anne' });
  expect((await ask({ method: 'DELETE', path, headers: { 'if-match': '"1"' } })).status).toBe(412);
});

it('goes on from page to page by name, within a group too', async () => {
  for (const name of ['Cem', 'Ann', 'Dan', 'Bea', 'Eve']) await add(name, { groups: name < 'C' ? ['first'] : [] });
  const names: string[] = [];
  for (let after = ''; ; ) {
    const { items, next } = (await get(`/contacts?limit=2${after}`)).body;
    names.push(...items.map(({ name }: { name: string }) => name));
    if (next === undefined) break;
    after = `&after=${encodeURIComponent(next)}`;
  }
  expect(names).toEqual(['Ann', 'Bea', 'Cem', 'Dan', 'Eve']);
  expect((await get('/contacts?group=first')).body.items).toHaveLength(2);
});

it.each(['limit=none', 'limit=-1', 'limit=1.5', 'after=nowhere'])('answers 400 to %s', async (query) => {
  expect(await get(`/contacts?${query}`)).toMatchObject({ status: 400, body: { code: 'INVALID_QUERY' } });
});

it('describes every route that it has, and only references that are there', async () => {
  const description = (await get('/openapi.json')).body;
  expect(description.openapi).toMatch(/^3\./);
  const routes = Object.entries<object>(description.paths).flatMap(([path, verbs]) =>
    Object.keys(verbs).map((verb) => `${verb} ${path}`),
  );
  expect(routes.sort()).toEqual([
    'delete /contacts/{id}',
    'get /contacts',
    'get /contacts/{id}',
    'patch /contacts/{id}',
    'post /contacts',
  ]);
  const references = [...JSON.stringify(description).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)];
  expect(references.length).toBeGreaterThan(5);
  for (const [, name] of references) expect(description.components.schemas).toHaveProperty(name as string);
});

it('describes a contact with the fields that its class has', async () => {
  const { Contact } = (await get('/openapi.json')).body.components.schemas;
  const added = await add('Ann', { phone: '117' });
  expect(Object.keys(added.body).sort()).toEqual(Object.keys(Contact.properties).sort());
});

it('listens on loopback, keeps what it was told and closes on SIGINT', async () => {
  const directory = temporaryDirectory();
  const bundle = bundleExample('fastify-service');
  const start = () => new ExampleProcess('fastify-service', bundle, ['--directory', directory, '--port', '0']);
  const first = start();
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ name: 'Ann', email: 'ann@example.org' });
  expect((await fetch(`${await first.url()}/contacts`, { method: 'POST', headers, body })).status).toBe(201);
  expect(await first.interrupt()).toBe(0);
  const second = start();
  const { items } = (await (await fetch(`${await second.url()}/contacts`)).json()) as { items: unknown[] };
  expect(items).toMatchObject([{ name: 'Ann' }]);
  expect(await second.interrupt()).toBe(0);
});
