import { openDatabase } from '../../../../generated/index.js';
import { createTestDatabase } from './test-database.js';

it('a fork has the blobs of its first, and what one puts the other does not see', async () => {
  await using first = await createTestDatabase(openDatabase);
  const photo = await first.blobs.put(new Uint8Array([1]));
  const { id } = await first.machine.insert({ serial: 'a', photo });
  await using second = first.fork();
  expect(await second.blobs.bytes(second.machine.require(id).photo!)).toEqual(new Uint8Array([1]));
  const other = await second.blobs.put(new Uint8Array([2]));
  await second.machine.update(id, { photo: other });
  expect(await first.blobs.has(other)).toBe(false);
  await expect(first.machine.update(id, { photo: other })).rejects.toMatchObject({ code: 'BLOB_MISSING' });
  expect(await first.blobs.bytes(first.machine.require(id).photo!)).toEqual(new Uint8Array([1]));
});
