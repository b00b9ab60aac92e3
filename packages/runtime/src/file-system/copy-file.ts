import { DatabaseError } from '@nuthatch/model';
import type { FileSystem } from './file-system.js';

const COPY_BYTES = 1024 * 1024;

/**
 * Copies the first `byteCount` bytes of a file to a new one, synced. A file that has the name is removed before. A crash
 * leaves a part of it.
 *
 * @returns `byteCount`.
 * @throws DatabaseError `JOURNAL_DAMAGED` when the file is shorter; Node's own errors.
 */
export async function copyFile(fileSystem: FileSystem, from: string, to: string, byteCount: number): Promise<number> {
  const source = await fileSystem.open(from, 'read');
  try {
    if (await fileSystem.stat(to)) await fileSystem.remove(to);
    const target = await fileSystem.open(to, 'create-exclusive');
    try {
      const buffer = new Uint8Array(Math.min(COPY_BYTES, byteCount));
      for (let done = 0; done < byteCount; ) {
        const count = await source.read(buffer.subarray(0, Math.min(buffer.length, byteCount - done)), done);
        if (count === 0)
          throw new DatabaseError('JOURNAL_DAMAGED', `${from} ends at ${done}`, { file: from, offset: done });
        await target.write(buffer.subarray(0, count), done);
        done += count;
      }
      await target.sync();
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
  return byteCount;
}
