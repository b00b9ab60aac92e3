/** Two copies of the engine in one process, as of two versions or two folders: each says so instead of `not a database`. */
import { openDatabase, Player } from '../../../generated/index.js';
import { describeDatabase } from '../src/index.js';
import { createTestDatabase, factory } from '../src/testing.js';

type Testing = typeof import('../src/testing.js');
type Runtime = typeof import('../src/index.js');

function otherCopy(): { readonly runtime: Runtime; readonly testing: Testing } {
  let copy: { readonly runtime: Runtime; readonly testing: Testing } | undefined;
  jest.isolateModules(() => {
    copy = { runtime: require('../src/index.js') as Runtime, testing: require('../src/testing.js') as Testing };
  });
  return copy!;
}

const OF_ANOTHER = expect.objectContaining({
  code: 'INVALID_OPTION',
  message: expect.stringContaining('is of another copy of @nuthatch/runtime: `npm ls @nuthatch/runtime`'),
});

it('says that a database or a class is of another copy of the package', async () => {
  const { runtime, testing } = otherCopy();
  expect(runtime.describeDatabase).not.toBe(describeDatabase);
  await using db = await openDatabase({ memory: true });
  expect(() => runtime.describeDatabase(db)).toThrow(OF_ANOTHER);
  expect(() => testing.factory(Player)).toThrow(OF_ANOTHER);
  expect(() => testing.clockOf(db)).toThrow(OF_ANOTHER);
  const opened: { readonly state: string }[] = [];
  const opening = testing.createTestDatabase(async (options) => {
    const made = await openDatabase(options);
    opened.push(made);
    return made;
  });
  await expect(opening).rejects.toEqual(OF_ANOTHER);
  expect(opened.map(({ state }) => state)).toEqual(['closed']);
});

it('says nothing of copies for what is of none, and for what is its own', async () => {
  expect(factory(Player).build()).toBeInstanceOf(Player);
  using db = await createTestDatabase(openDatabase);
  expect(describeDatabase(db).definitions.length).toBeGreaterThan(0);
  for (const wrong of [{}, null, 5])
    expect(() => describeDatabase(wrong as never)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('another copy') }),
    );
});
