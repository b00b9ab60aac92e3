/** The last revision and the last seq: the next is refused with an error of its own, and the directory opens. */
import { MemoryFileSystem } from '../src/file-system/memory-file-system.js';
import { dumpDirectory, importDump, verifyDirectory } from '../src/tools/directory-tools.js';
import { openPlayers, type PlayerDatabase, player } from './support/open-players.js';

const LAST = Number.MAX_SAFE_INTEGER;
let fileSystem: MemoryFileSystem;

const open = (): Promise<PlayerDatabase> => openPlayers({ directory: '/copy', fileSystem });

async function dumped(): Promise<string[]> {
  const db = await openPlayers({ directory: '/data', fileSystem });
  await db.player.insert(player('p1'), { ttlMs: 4e15 });
  await db.player.insert(player('p2'));
  await db.close();
  const lines: string[] = [];
  for await (const line of dumpDirectory({ directory: '/data', fileSystem })) lines.push(line);
  return lines;
}

beforeEach(() => {
  fileSystem = new MemoryFileSystem();
});

it('refuses the revision after the last before anything moves, in every write, and opens again', async () => {
  const lines = (await dumped()).map((line) => line.replace('"revision":1', `"revision":${LAST}`));
  await importDump({ lines, destination: '/copy', fileSystem });
  const db = await open();
  const writes: ((db: PlayerDatabase) => Promise<unknown>)[] = [
    () => db.player.update('p1', { age: 31 }),
    () => db.player.upsert(player('p1', { age: 32 })),
    () => db.player.updateMany({ email: 'p1@x.io' } as never, { age: 33 }),
    () => db.transaction((tx) => tx.player.update('p1', { age: 34 })),
  ];
  for (const write of writes) await expect(write(db)).rejects.toMatchObject({ code: 'RANGE_EXHAUSTED' });
  expect([db.player.get('p1')?.age, db.player.revision('p1'), Number(db.seq)]).toEqual([30, LAST, 1]);
  await db.player.delete('p1');
  await db.player.insert(player('p1'));
  expect(db.player.revision('p1')).toBe(1);
  await db.compact();
  await db.close();
  expect(await verifyDirectory({ directory: '/copy', fileSystem })).toMatchObject({ isWhole: true });
  const again = await open();
  expect([again.player.size, again.player.revision('p2')]).toEqual([2, LAST]);
  await again.close();
});

it.each([0, -1, 0.5, LAST + 1, 1e300, null, '1'])(
  'refuses to import the revision %p, by its line',
  async (revision) => {
    const lines = (await dumped()).map((line) =>
      line.replace('"revision":1', `"revision":${JSON.stringify(revision)}`),
    );
    await expect(importDump({ lines, destination: '/copy', fileSystem })).rejects.toMatchObject({
      code: 'DUMP_INVALID',
      facts: { path: 'revision' },
    });
  },
);

it.each([8.64e15 + 2, 1e300, null, 'soon'])('refuses to import the expiry %p', async (expiresAt) => {
  const lines = (await dumped()).map((line) =>
    line.replace(/"expiresAt":\d+/, `"expiresAt":${JSON.stringify(expiresAt)}`),
  );
  await expect(importDump({ lines, destination: '/copy', fileSystem })).rejects.toMatchObject({
    code: 'DUMP_INVALID',
    facts: { path: 'expiresAt' },
  });
});
