/** `nuthatch query --key` with keys that are dates, booleans, bigints, and objects of them. */
import type { FieldType } from '@nuthatch/model';
import { NodeFileSystem } from '../../../runtime/src/file-system/node-file-system.js';
import { KEYED_MODELS } from '../../../runtime/test/support/keys-of-every-type.js';
import { field, modelWith, openModels } from '../../../runtime/test/support/open-models.js';
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

it('finds documents by the keys that they refer to, of every type', async () => {
  const parts = KEYED_MODELS.find(({ collection }) => collection === 'slot')!;
  const key: FieldType = { kind: 'object', fields: parts.fields.filter(({ name }) => parts.key.fields.includes(name)) };
  const OPTIONAL = { optional: true };
  const booking = modelWith(
    [
      field('day', { kind: 'date' }, OPTIONAL),
      field('flag', { kind: 'boolean' }, OPTIONAL),
      field('big', { kind: 'bigint' }, OPTIONAL),
      field('slots', { kind: 'array', element: key }),
    ],
    {
      ...{ name: 'Booking', collection: 'booking' },
      indexes: [
        { name: 'flag', kind: 'tag', fields: ['flag'] },
        { name: 'big', kind: 'tag', fields: ['big'] },
      ],
      references: [
        { field: 'day', to: 'day', onDelete: 'setAbsent' },
        { field: 'flag', to: 'flag', onDelete: 'setAbsent' },
        { field: 'big', to: 'big', onDelete: 'setAbsent' },
        { field: 'slots', to: 'slot', onDelete: 'setAbsent' },
      ],
    },
  );
  const options = { directory: fixture.at('data') };
  const db = await openModels(new NodeFileSystem(), [...KEYED_MODELS, booking], options);
  const day = new Date('2026-01-31');
  const slot = { day, isOn: true, big: 5n, room: 'a', number: 1.5 };
  await db['booking']!.insert({ id: 'all', day, flag: false, big: 2n ** 70n, slots: [slot] });
  await db['booking']!.insert({ id: 'none', slots: [] });
  await expect(db['booking']!.insert({ id: 'x', slots: [], flag: true })).rejects.toThrow('REFERENCE_MISSING');
  await expect(db['booking']!.insert({ id: 'x', slots: [{ ...slot, big: 6n }] })).rejects.toThrow('REFERENCE_MISSING');
  await db.close();
  const asText = '{ day: "2026-01-31", isOn: true, big: "5", room: "a", number: 1.5 }';
  for (const [where, id] of [
    ['{ day: "2026-01-31" }', 'all'],
    ['{ day: { in: ["2026-01-31"] } }', 'all'],
    ['{ day: { not: "2026-01-31" } }', 'none'],
    ['{ day: { absent: true } }', 'none'],
    ['{ flag: false }', 'all'],
    [`{ big: "${2n ** 70n}" }`, 'all'],
    [`{ slots: ${asText} }`, 'all'],
    [`{ slots: { any: [${asText}] } }`, 'all'],
    [`{ slots: { not: ${asText} } }`, 'none'],
    [`{ slots: { none: [${asText}] } }`, 'none'],
  ] as const) {
    const { exitCode, out, err } = await fixture.run('query', 'data', 'booking', where, '--json');
    expect([where, exitCode, err]).toEqual([where, 0, '']);
    expect([where, JSON.parse(out)]).toMatchObject([where, { id }]);
  }
  const again = await openModels(new NodeFileSystem(), [...KEYED_MODELS, booking], options);
  const { slots } = again.reflect().collection('booking').get('all') as { readonly slots: readonly unknown[] };
  for (const asked of [{ slots: slots[0] }, { slots: { in: slots } }, { day: { in: ['2026-01-31T00:00:00.000Z'] } }])
    expect(again.reflect().collection('booking').find(asked)).toMatchObject([{ id: 'all' }]);
  await again['slot']!.delete(slot as never);
  await again['day']!.delete(day as never);
  await again['flag']!.delete(false as never);
  await again['big']!.delete((2n ** 70n) as never);
  expect({ ...again['booking']!.require('all') }).toEqual({
    ...{ id: 'all', day: undefined, flag: undefined, big: undefined, slots: [] },
  });
  await again.close();
});
