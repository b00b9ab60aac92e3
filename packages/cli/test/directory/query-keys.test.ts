/** `nuthatch query --key` with keys that are dates, booleans, bigints, and objects of them. */
import { NodeFileSystem } from '../../../runtime/src/file-system/node-file-system.js';
import { KEYED_MODELS } from '../../../runtime/test/support/keys-of-every-type.js';
import { openModels } from '../../../runtime/test/support/open-models.js';
import { DirectoryFixture } from '../support/directory-fixture.js';

let fixture: DirectoryFixture;

beforeEach(async () => {
  fixture = new DirectoryFixture();
  const db = await openModels(new NodeFileSystem(), KEYED_MODELS, { directory: fixture.at('data') });
  const day = new Date('2026-01-31');
  await db['day']!.insert({ day, rank: 1, note: 'found' });
  await db['flag']!.insert({ isOn: false, rank: 1, note: 'found' });
  await db['choice']!.insert({ choice: true, rank: 1, note: 'found' });
  await db['big']!.insert({ big: 2n ** 70n, rank: 1, note: 'found' });
  await db['slot']!.insert({ day, isOn: true, big: 5n, room: 'a', number: 1.5, rank: 1, note: 'found' });
  await db.close();
});
afterEach(() => fixture.remove());

it.each([
  ['day', '2026-01-31'],
  ['day', '2026-01-31T00:00:00.000Z'],
  ['day', '2026-01-31T01:00:00+01:00'],
  ['flag', 'false'],
  ['choice', 'true'],
  ['big', String(2n ** 70n)],
  ['slot', '{ day: "2026-01-31", isOn: true, big: "5", room: "a", number: 1.5 }'],
  ['slot', '["2026-01-31", true, 5, "a", 1.5]'],
])('finds the document of %s with the key %s', async (collection, key) => {
  const { exitCode, out, err } = await fixture.run('query', 'data', collection, '--key', key, '--json');
  expect([exitCode, err]).toEqual([0, '']);
  expect(JSON.parse(out)).toMatchObject({ note: 'found' });
});

it.each([
  ['day', '2026-02-30T99:00'],
  ['day', 'yesterday'],
  ['day', '1769817600000'],
  ['flag', '0'],
  ['flag', 'TRUE'],
  ['choice', 'false '],
])('refuses for %s the key %s', async (collection, key) => {
  const { exitCode, err } = await fixture.run('query', 'data', collection, '--key', key);
  expect(exitCode).not.toBe(0);
  expect(err).toContain('INVALID_KEY');
});

it('finds nothing under keys that no document has', async () => {
  for (const [collection, key] of [
    ['day', '2026-02-01'],
    ['flag', 'true'],
    ['choice', 'false'],
  ] as const)
    expect((await fixture.run('query', 'data', collection, '--key', key, '--json')).out).toBe('');
});
