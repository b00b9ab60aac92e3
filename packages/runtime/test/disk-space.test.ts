/** How much disk a directory takes, as docs/guarantees.md says under "Compaction": to plan a disk by. */
import { MemoryFileSystem } from '../src/file-system/memory-file-system.js';
import { openPlayers, type PlayerDatabase, player } from './support/open-players.js';

const DIRECTORY = '/data';
const DOCUMENT_COUNT = 400;
const PAGE_BYTES = 16 * 1024;
/** Headers of files, the manifest, and what a page exceeds its size by. */
const SLACK_BYTES = PAGE_BYTES + 16 * 1024;

/** Measures the directory before each removal: that is when it is fullest. */
class MeasuredFileSystem extends MemoryFileSystem {
  mostBytes = 0;

  async usedBytes(): Promise<number> {
    const names = await this.list(DIRECTORY);
    const sizes = await Promise.all(
      names.map(async (name) => (await this.stat(`${DIRECTORY}/${name}`))?.byteCount ?? 0),
    );
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  override async remove(path: string): Promise<void> {
    this.mostBytes = Math.max(this.mostBytes, await this.usedBytes());
    await super.remove(path);
  }
}

async function rewriteAll(db: PlayerDatabase, round: number): Promise<void> {
  for (let from = 0; from < DOCUMENT_COUNT; from += 20) {
    await db.transaction((tx) => {
      for (let index = from; index < from + 20; index++)
        tx.player.upsert(player(`p${index}`, { age: round, name: 'n'.repeat(200) }));
    });
  }
}

function open(fileSystem: MemoryFileSystem): Promise<PlayerDatabase> {
  return openPlayers({
    directory: DIRECTORY,
    fileSystem,
    pageBytes: PAGE_BYTES,
    compaction: 'manual',
    durability: 'os',
  });
}

it('two compactions without writes leave two images and an empty page, a third leaves no more', async () => {
  const fileSystem = new MeasuredFileSystem();
  const db = await open(fileSystem);
  for (let round = 0; round < 5; round++) await rewriteAll(db, round);
  await db.compact();
  const { snapshotBytes } = await db.compact();
  const afterTwo = await fileSystem.usedBytes();
  expect(afterTwo).toBeGreaterThan(2 * snapshotBytes);
  expect(afterTwo).toBeLessThan(2 * snapshotBytes + SLACK_BYTES);
  await db.compact();
  expect(await fileSystem.usedBytes()).toBeLessThan(2 * snapshotBytes + SLACK_BYTES);
  await db.close();
});

it('takes two images and the pages since the older one, and one image more while it compacts', async () => {
  const fileSystem = new MeasuredFileSystem();
  const db = await open(fileSystem);
  await rewriteAll(db, 0);
  await db.compact();
  await rewriteAll(db, 1);
  await db.compact();
  for (let round = 2; round < 5; round++) {
    // One rewrite of all is due by the default rule: as many dead bytes as live ones.
    const before = await fileSystem.usedBytes();
    await rewriteAll(db, round);
    const writtenBytes = (await fileSystem.usedBytes()) - before;
    fileSystem.mostBytes = 0;
    const { snapshotBytes } = await db.compact();
    expect(fileSystem.mostBytes).toBeLessThan(3 * snapshotBytes + 2 * writtenBytes + SLACK_BYTES);
    expect(await fileSystem.usedBytes()).toBeLessThan(2 * snapshotBytes + writtenBytes + SLACK_BYTES);
  }
  await db.close();
});

it('keeps nothing of a deleted document after two compactions with a write between, even with short pages', async () => {
  const fileSystem = new MemoryFileSystem();
  const secret = 'do not keep this';
  const holdsSecret = async (): Promise<boolean> => {
    const names = await fileSystem.list(DIRECTORY);
    const files = await Promise.all(
      names.map(async (name) => {
        const handle = await fileSystem.open(`${DIRECTORY}/${name}`, 'read');
        const bytes = new Uint8Array((await fileSystem.stat(`${DIRECTORY}/${name}`))?.byteCount ?? 0);
        await handle.read(bytes, 0);
        await handle.close();
        return Buffer.from(bytes).includes(secret);
      }),
    );
    return files.includes(true);
  };
  const db = await open(fileSystem);
  await db.player.insert(player('p1', { name: secret }));
  await db.player.insert(player('p2'));
  await db.player.delete('p1');
  await db.compact();
  expect(await holdsSecret()).toBe(true);
  await db.player.update('p2', { age: 31 });
  await db.compact();
  expect(await holdsSecret()).toBe(false);
  await db.close();
});

it('does not grow with the number of processes that each compact and end, though no page is ever full', async () => {
  const fileSystem = new MeasuredFileSystem();
  const sizes: number[] = [];
  for (let run = 0; run < 8; run++) {
    const db = await openPlayers({ directory: DIRECTORY, fileSystem, compaction: 'manual', durability: 'os' });
    await rewriteAll(db, run);
    await db.compact();
    await db.close();
    sizes.push(await fileSystem.usedBytes());
  }
  expect(sizes.at(-1)).toBeLessThan((sizes[2] as number) * 1.1);
});
