/** Values of clients that throw when they are put into a message, as keys of maps or as objects that name their class. */
import { clubSchema, openDatabase, playerSchema } from '../../generated/index.js';

const NO_TEXT = Object.create(null) as object;
const CLUB = { id: 'c', name: 'FCB' };
const ANN = { id: 'p1', email: 'ann@x.io', age: 31, name: 'Ann' };
const REFUSED = { code: 'VALIDATION_FAILED' };

it('refuses a map by its keys, whatever they are', async () => {
  await using db = await openDatabase({ memory: true });
  const keys: unknown[] = [
    NO_TEXT,
    { toString: 1 },
    Symbol('s'),
    () => 1,
    [],
    new Date(Number.NaN),
    'x'.repeat(100_000),
    null,
  ];
  for (const key of keys)
    for (const value of ['red', 5]) {
      if (typeof key === 'string' && value === 'red') continue;
      const colours = new Map([[key, value]]) as never;
      const error = await db.club.insert({ ...CLUB, colours }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject(REFUSED);
      expect((error as Error).message.length).toBeLessThan(500);
      expect(clubSchema['~standard'].validate({ ...CLUB, colours }).issues?.length).toBeGreaterThan(0);
    }
});

it('refuses an object that says of itself what its class is', async () => {
  await using db = await openDatabase({ memory: true });
  const sent = [
    '{"constructor":{"name":{"toString":1,"valueOf":1}}}',
    '{"constructor":null}',
    `{"constructor":{"name":"${'x'.repeat(10_000)}"}}`,
    '{"__proto__":{"constructor":{"name":5}}}',
  ];
  for (const age of [
    ...sent.map((text) => JSON.parse(text) as object),
    NO_TEXT,
    { constructor: { name: Symbol('s') } },
  ]) {
    const error = await db.player.insert({ ...ANN, age } as never).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      ...REFUSED,
      message: expect.stringMatching(/age must be a number, found an? \w+\./),
    });
    expect(playerSchema['~standard'].validate({ ...ANN, age }).issues).toMatchObject([{ path: ['age'] }]);
  }
});
