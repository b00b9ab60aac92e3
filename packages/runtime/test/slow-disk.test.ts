/** Writers that are faster than the disk: what waits in memory stays within `maxPendingBytes` and one write. */
import type { FileHandle, OpenMode } from '../src/file-system/file-system.js';
import { MemoryFileSystem } from '../src/file-system/memory-file-system.js';
import { openPlayers, player } from './support/open-players.js';

const WRITE_MS = 3;
const MAX_PENDING_BYTES = 64 * 1024;
/** A document of 4,000 characters and what stands around it. */
const DOCUMENT_BYTES = 4_200;

/** Every write takes its time. */
class SlowFileSystem extends MemoryFileSystem {
  override async open(path: string, mode: OpenMode): Promise<FileHandle> {
    const handle = await super.open(path, mode);
    const write = handle.write.bind(handle);
    handle.write = async (data, offset) => {
      await new Promise((resolve) => setTimeout(resolve, WRITE_MS));
      await write(data, offset);
    };
    return handle;
  }
}

it.each(['memory', 'os', 'fsync'] as const)(
  'holds a writer that awaits drained() within maxPendingBytes and one write, at durability %s',
  async (durability) => {
    const fileSystem = new SlowFileSystem();
    const options = { directory: '/data', fileSystem, maxPendingBytes: MAX_PENDING_BYTES, durability } as const;
    const db = await openPlayers(options);
    const answers: Promise<unknown>[] = [];
    let mostBytes = 0;
    let waitCount = 0;
    for (let index = 0; index < 300; index++) {
      answers.push(db.player.insert(player(`p${index}`, { name: 'n'.repeat(4_000) })));
      const { pendingBytes } = db.stats().journal;
      mostBytes = Math.max(mostBytes, pendingBytes);
      if (pendingBytes > MAX_PENDING_BYTES) waitCount++;
      await db.drained();
      expect(db.stats().journal.pendingBytes).toBeLessThanOrEqual(MAX_PENDING_BYTES);
    }
    expect(waitCount).toBeGreaterThan(5);
    expect(mostBytes).toBeLessThanOrEqual(MAX_PENDING_BYTES + DOCUMENT_BYTES);
    await Promise.all(answers);
    await db.close();
    const again = await openPlayers({ directory: '/data', fileSystem });
    expect(again.player.size).toBe(300);
    await again.close();
  },
);
