/** Documents of a generated class with blobs: checked, stored, and read again. */
import { MemoryFileSystem, plain } from '@nuthatch/runtime';
import { machineDefinition, openDatabase } from '../../../../generated/index.js';

const HASH = '0'.repeat(64);

it('take what put answers, and give it back after a reopening and as JSON', async () => {
  const options = { directory: '/data', fileSystem: new MemoryFileSystem() };
  let db = await openDatabase(options);
  const photo = await db.blobs.put(new Uint8Array([1, 2]), { mediaType: 'image/png' });
  const { id } = await db.machine.insert({ serial: 'a', photo, drawings: [photo, photo] });
  await db.close();
  db = await openDatabase(options);
  const machine = db.machine.require(id);
  expect(machine).toMatchObject({ photo, drawings: [photo, photo] });
  expect(Object.isFrozen(machine.photo)).toBe(true);
  expect(JSON.parse(JSON.stringify(machine)).photo).toEqual({ ...photo });
  expect(plain(machine).photo).toEqual({ ...photo });
  expect(await db.blobs.bytes(machine.photo!)).toEqual(new Uint8Array([1, 2]));
  await db.close();
});

it.each<[string, unknown]>([
  ['a text', 'photo.png'],
  ['bytes', new Uint8Array([1])],
  ['a short hash', { hash: 'abc', size: 1, mediaType: 'a/b' }],
  ['an upper-case hash', { hash: 'A'.repeat(64), size: 1, mediaType: 'a/b' }],
  ['half a byte', { hash: HASH, size: 0.5, mediaType: 'a/b' }],
  ['a negative size', { hash: HASH, size: -1, mediaType: 'a/b' }],
  ['no media type', { hash: HASH, size: 1 }],
  ['a field more', { hash: HASH, size: 1, mediaType: 'a/b', name: 'x' }],
])('refuse %s', async (_, photo) => {
  await using db = await openDatabase({ memory: true });
  const refused = db.machine.insert({ serial: 'a', photo: photo as never });
  await expect(refused).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
});

it('are refused with a blob that is not there, in a transaction as a whole', async () => {
  await using db = await openDatabase({ memory: true });
  const photo = { hash: HASH, size: 1, mediaType: 'a/b' };
  const work = db.transaction((tx) => {
    tx.machine.insert({ serial: 'a' });
    tx.machine.insert({ serial: 'b', photo });
  });
  await expect(work).rejects.toMatchObject({ code: 'BLOB_MISSING', facts: { collection: 'machine', hash: HASH } });
  expect(db.machine.size).toBe(0);
});

it('are refused with the hash of a blob and another size, though documents refer to the hash', async () => {
  await using db = await openDatabase({ memory: true });
  const photo = await db.blobs.put(new Uint8Array([1, 2]));
  const { id } = await db.machine.insert({ serial: 'a', photo });
  const longer = { ...photo, size: 3 };
  const refusal = { code: 'BLOB_MISSING', facts: { hash: photo.hash, size: 3 } };
  await expect(db.machine.insert({ serial: 'b', drawings: [photo, longer] })).rejects.toMatchObject(refusal);
  await expect(db.machine.update(id, { photo: longer })).rejects.toMatchObject(refusal);
  expect(db.machine.get(id)?.photo).toEqual(photo);
});

it.each(['', 'photo', 'a/b\r\nset-cookie: x', 'a/b\n;x', `a/${'b'.repeat(300)}`])(
  'are refused with %j as the media type, which would become a header',
  async (mediaType) => {
    await using db = await openDatabase({ memory: true });
    const photo = await db.blobs.put(new Uint8Array([1]));
    const refused = db.machine.insert({ serial: 'a', photo: { ...photo, mediaType } });
    await expect(refused).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
    await expect(db.blobs.put(new Uint8Array([1]), { mediaType })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  },
);

it('cannot be asked for by their blobs', async () => {
  await using db = await openDatabase({ memory: true });
  for (const name of ['photo', '$blobs'])
    expect(() => db.machine.find({ [name]: HASH } as never).all()).toThrow(
      expect.objectContaining({ code: 'UNINDEXED_FIELD' }),
    );
  expect(Object.keys(db.stats().collections['machine']!.indexes)).toEqual(['serial', 'site']);
});

it('say so in their model', () => {
  const photo = machineDefinition.model.fields.find(({ name }) => name === 'photo');
  expect(photo?.type).toMatchObject({ kind: 'object', isBlob: true });
});
