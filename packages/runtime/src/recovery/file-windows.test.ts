import fc from 'fast-check';
import type { FileHandle } from '../file-system/file-system.js';
import { MemoryFileSystem } from '../file-system/memory-file-system.js';
import { KeptWindows, PassingWindow } from './file-windows.js';

const BYTE_COUNT = 5 * 1024 * 1024 + 17;

function contents(): Uint8Array {
  const bytes = new Uint8Array(BYTE_COUNT);
  for (let index = 0; index < BYTE_COUNT; index++) bytes[index] = (index * 31) ^ (index >>> 8);
  return bytes;
}

async function handleOf(bytes: Uint8Array): Promise<FileHandle> {
  const fileSystem = new MemoryFileSystem();
  const handle = await fileSystem.open('/file', 'create-exclusive');
  await handle.write(bytes, 0);
  return handle;
}

const BYTES = contents();

describe('Windows of a file', () => {
  it('show the same bytes whatever parts are named, and kept ones for ever', async () => {
    const handle = await handleOf(BYTES);
    const offsets = fc.array(fc.nat(BYTE_COUNT + 1_000), { maxLength: 6 });
    const lengths = fc.array(fc.oneof(fc.nat(300), fc.nat(1_500_000)), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(fc.option(offsets, { nil: undefined }), lengths, async (parts, viewLengths) => {
        const kept = new KeptWindows(handle, BYTE_COUNT, parts);
        const passing = new PassingWindow(handle, BYTE_COUNT);
        const views: [number, Uint8Array][] = [];
        let offset = 0;
        for (const length of viewLengths) {
          const view = await kept.view(offset, length);
          expect(view?.length).toBe((await passing.view(offset, length))?.length);
          if (view === undefined) break;
          views.push([offset, view]);
          offset += length;
        }
        await kept.settled();
        for (const [start, view] of views)
          if (Buffer.compare(view, BYTES.subarray(start, start + view.length)) !== 0)
            throw new RangeError(`other bytes at ${start}`);
      }),
      { numRuns: 60 },
    );
  });

  it('end where the file was cut meanwhile', async () => {
    const handle = await handleOf(BYTES);
    const kept = new KeptWindows(handle, BYTE_COUNT, []);
    await handle.truncate(100);
    expect((await kept.view(0, 100))?.length).toBe(100);
    expect(await kept.view(100, 1)).toBeUndefined();
    expect(await kept.view(BYTE_COUNT, 1)).toBeUndefined();
  });

  it('fail the view that needs bytes which cannot be read, and no other', async () => {
    const inner = await handleOf(BYTES);
    const failing: FileHandle = {
      ...inner,
      read: async (into, position) => {
        if (position >= 2 * 1024 * 1024) throw new RangeError('no such sector');
        return inner.read(into, position);
      },
    };
    const kept = new KeptWindows(failing, BYTE_COUNT, []);
    expect((await kept.view(0, 1_000))?.length).toBe(1_000);
    await kept.settled();
    const again = new KeptWindows(failing, BYTE_COUNT, []);
    await again.view(0, 1_000);
    await expect(again.view(1_000, 3 * 1024 * 1024)).rejects.toThrow('no such sector');
  });
});
