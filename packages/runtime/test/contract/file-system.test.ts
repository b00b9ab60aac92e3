/** The contract of FileSystem, held by every implementation: the machine's, the one in memory and the faulty one. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseError } from '@nuthatch/model';
import type { FileSystem } from '../../src/file-system/file-system.js';
import { MemoryFileSystem } from '../../src/file-system/memory-file-system.js';
import { NodeFileSystem } from '../../src/file-system/node-file-system.js';
import { FaultFileSystem } from '../fault-file-system.js';

const implementations: Record<string, () => { fileSystem: FileSystem; root: string; end(): void }> = {
  NodeFileSystem: () => {
    const root = mkdtempSync(join(tmpdir(), 'nuthatch-'));
    return { fileSystem: new NodeFileSystem(), root, end: () => rmSync(root, { recursive: true }) };
  },
  MemoryFileSystem: () => ({ fileSystem: new MemoryFileSystem(), root: '/root', end: () => undefined }),
  FaultFileSystem: () => ({ fileSystem: new FaultFileSystem(), root: '/root', end: () => undefined }),
};

describe.each(Object.keys(implementations))('%s', (name) => {
  let place: ReturnType<(typeof implementations)[string]>;
  let fileSystem: FileSystem;
  let directory: string;

  beforeEach(async () => {
    place = (implementations[name] as () => typeof place)();
    fileSystem = place.fileSystem;
    directory = `${place.root}/a/b`;
    await fileSystem.makeDirectory(directory);
  });
  afterEach(() => place.end());

  it('makes a directory with its parents, and does nothing when it is there', async () => {
    await fileSystem.makeDirectory(directory);
    expect((await fileSystem.stat(directory))?.kind).toBe('directory');
    expect(await fileSystem.list(place.root)).toEqual(['a']);
    await fileSystem.syncDirectory(directory);
  });

  it('makes one directory for simultaneous callers, and refuses a file in its way', async () => {
    const deep = `${directory}/c/d/e`;
    await Promise.all([deep, deep, `${directory}/c/d/f`].map((path) => fileSystem.makeDirectory(path)));
    expect(await fileSystem.list(`${directory}/c/d`)).toEqual(['e', 'f']);
    const handle = await fileSystem.open(`${directory}/file`, 'create-exclusive');
    await handle.close();
    await expect(fileSystem.makeDirectory(`${directory}/file`)).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(fileSystem.makeDirectory(`${directory}/file/g/h`)).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  it('answers undefined for a missing file', async () => {
    expect(await fileSystem.stat(`${directory}/x`)).toBeUndefined();
    await expect(fileSystem.open(`${directory}/x`, 'read')).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(fileSystem.open(`${directory}/x`, 'read-write')).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(fileSystem.remove(`${directory}/x`)).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(fileSystem.rename(`${directory}/x`, `${directory}/y`)).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(fileSystem.list(`${directory}/x`)).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(fileSystem.open(`${directory}/no/x`, 'create-exclusive')).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('creates a file once', async () => {
    const handle = await fileSystem.open(`${directory}/x`, 'create-exclusive');
    await handle.close();
    await expect(fileSystem.open(`${directory}/x`, 'create-exclusive')).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await fileSystem.stat(`${directory}/x`)).toEqual({ kind: 'file', byteCount: 0 });
  });

  it('writes anywhere, leaves zeros in gaps, reads up to the end', async () => {
    const handle = await fileSystem.open(`${directory}/x`, 'create-exclusive');
    await handle.write(Uint8Array.of(1, 2, 3), 0);
    handle.writeSync(Uint8Array.of(9), 5);
    await handle.write(Uint8Array.of(7), 1);
    await handle.sync();
    expect(await handle.size()).toBe(6);
    const into = new Uint8Array(10);
    expect(await handle.read(into, 0)).toBe(6);
    expect([...into.subarray(0, 6)]).toEqual([1, 7, 3, 0, 0, 9]);
    expect(await handle.read(into, 5)).toBe(1);
    expect(await handle.read(into, 6)).toBe(0);
    expect(await handle.read(into, 100)).toBe(0);
    await handle.close();
  });

  it('reads while the loop waits, up to the end, also of a file whose name is gone', async () => {
    const handle = await fileSystem.open(`${directory}/x`, 'create-exclusive');
    await handle.write(Uint8Array.of(1, 2, 3, 4), 0);
    const reading = await fileSystem.open(`${directory}/x`, 'read');
    const into = new Uint8Array(3);
    expect(reading.readSync!(into, 1)).toBe(3);
    expect([...into]).toEqual([2, 3, 4]);
    expect(reading.readSync!(into, 3)).toBe(1);
    expect(reading.readSync!(into, 4)).toBe(0);
    await handle.close();
    await fileSystem.remove(`${directory}/x`);
    expect(reading.readSync!(into, 0)).toBe(3);
    expect([...into]).toEqual([1, 2, 3]);
    await reading.close();
    expect(() => reading.readSync!(into, 0)).toThrow(expect.objectContaining({ code: 'EBADF' }));
  });

  it('writes durably inside a file and at its end, between other writes', async () => {
    const handle = await fileSystem.open(`${directory}/x`, 'create-exclusive');
    await handle.write(Uint8Array.of(0, 0, 0, 0), 0);
    await handle.writeDurably(Uint8Array.of(1, 2), 1);
    await handle.write(Uint8Array.of(9), 2);
    await handle.writeDurably(Uint8Array.of(7, 8), 3);
    const into = new Uint8Array(8);
    expect(await handle.read(into, 0)).toBe(5);
    expect([...into.subarray(0, 5)]).toEqual([0, 1, 9, 7, 8]);
    await handle.close();
    await expect(handle.writeDurably(Uint8Array.of(1), 0)).rejects.toMatchObject({ code: 'EBADF' });
    const reader = await fileSystem.open(`${directory}/x`, 'read');
    await expect(reader.writeDurably(Uint8Array.of(1), 0)).rejects.toMatchObject({ code: expect.any(String) });
    await reader.close();
  });

  it('truncates, and has zeros where the file grows again', async () => {
    const handle = await fileSystem.open(`${directory}/x`, 'create-exclusive');
    await handle.write(Uint8Array.of(1, 2, 3, 4), 0);
    await handle.truncate(2);
    await handle.write(Uint8Array.of(5), 3);
    const into = new Uint8Array(8);
    expect(await handle.read(into, 0)).toBe(4);
    expect([...into.subarray(0, 4)]).toEqual([1, 2, 0, 5]);
    await handle.close();
  });

  it('refuses to write through a handle for reading', async () => {
    await (await fileSystem.open(`${directory}/x`, 'create-exclusive')).close();
    const handle = await fileSystem.open(`${directory}/x`, 'read');
    await expect(handle.write(Uint8Array.of(1), 0)).rejects.toMatchObject({ code: 'EBADF' });
    await handle.close();
  });

  it('renames over an existing file and lists names in order', async () => {
    for (const [index, file] of ['b', 'a', 'c'].entries()) {
      const handle = await fileSystem.open(`${directory}/${file}`, 'create-exclusive');
      await handle.write(Uint8Array.of(index), 0);
      await handle.close();
    }
    await fileSystem.rename(`${directory}/c`, `${directory}/a`);
    expect(await fileSystem.list(directory)).toEqual(['a', 'b']);
    const handle = await fileSystem.open(`${directory}/a`, 'read');
    const into = new Uint8Array(1);
    await handle.read(into, 0);
    expect(into[0]).toBe(2);
    await handle.close();
    await fileSystem.remove(`${directory}/a`);
    expect(await fileSystem.list(directory)).toEqual(['b']);
  });

  it('gives the lock of a directory to one holder at a time, and names it', async () => {
    const lock = await fileSystem.lock(directory);
    const error: unknown = await fileSystem.lock(directory).catch((reason: unknown) => reason);
    expect(DatabaseError.is(error, 'DATABASE_LOCKED') && error.facts.pid).toBe(process.pid);
    const other = `${directory}/c`;
    await fileSystem.makeDirectory(other);
    await (await fileSystem.lock(other)).release();
    await lock.release();
    await lock.release();
    await (await fileSystem.lock(directory)).release();
  });
});
