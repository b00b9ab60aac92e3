import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { runInNewContext } from 'node:vm';
import type { BlobRef } from '@nuthatch/model';
import { readFile, replaceFile } from '../../test/disk-fixture.js';
import { type AnyDatabase, DIRECTORY, openModels } from '../../test/support/open-models.js';
import { PHOTOS } from '../../test/support/photo-models.js';
import { openDatabase } from '../database/open-database.js';
import { MemoryFileSystem } from '../file-system/memory-file-system.js';
import { CHUNK_BYTES } from './blob-form.js';
import { blobPath } from './blob-name.js';
import type { ReadBlobOptions } from './blobs.js';

const BYTES = new TextEncoder().encode('the bytes of a photo');
const HASH = createHash('sha256').update(BYTES).digest('hex');

async function read(stream: ReadableStream<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces);
}

function missing(): never {
  throw new Error('nobody hears of it');
}

function fileOf(ref: BlobRef): string {
  return `${DIRECTORY}/${blobPath(ref)}`;
}

let fileSystem: MemoryFileSystem;
let db: AnyDatabase;
beforeEach(async () => {
  fileSystem = new MemoryFileSystem();
  db = await openModels(fileSystem, [PHOTOS]);
});
afterEach(() => db.close());

describe('put', () => {
  it.each<[string, () => never]>([
    ['bytes', () => BYTES as never],
    ['an array buffer', () => BYTES.slice().buffer as never],
    ['a Blob', () => new Blob([BYTES]) as never],
    ['a Node stream', () => Readable.from([BYTES.subarray(0, 3), BYTES.subarray(3)]) as never],
    ['a web stream', () => new Blob([BYTES]).stream() as never],
    ['an iterable', () => [BYTES.subarray(0, 3), Buffer.from(BYTES.subarray(3))] as never],
  ])('takes %s', async (_, source) => {
    const ref = await db.blobs.put(source(), { mediaType: 'image/jpeg' });
    expect(ref).toEqual({ hash: HASH, size: BYTES.length, mediaType: 'image/jpeg' });
    expect(Object.isFrozen(ref)).toBe(true);
    expect(await db.blobs.bytes(ref)).toEqual(BYTES);
    expect(await db.blobs.has(ref)).toBe(true);
  });

  it('keeps the same bytes once, under whatever media type', async () => {
    await db.blobs.put(BYTES);
    const ref = await db.blobs.put(BYTES, { mediaType: 'text/plain; charset=utf-8' });
    expect(db.stats().blobs).toEqual({ count: 1, byteCount: BYTES.length });
    expect(ref.mediaType).toBe('text/plain; charset=utf-8');
  });

  it('takes the media type of a Blob', async () => {
    expect((await db.blobs.put(new Blob([BYTES], { type: 'image/png' }))).mediaType).toBe('image/png');
    expect((await db.blobs.put(new File([BYTES], 'x', { type: 'a photo' }))).mediaType).toBe(
      'application/octet-stream',
    );
    expect((await db.blobs.put(BYTES)).mediaType).toBe('application/octet-stream');
  });

  it.each([0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES + 77])(
    'keeps %d bytes, and gives any part of them',
    async (size) => {
      const bytes = randomBytes(size);
      const ref = await db.blobs.put(bytes);
      expect(ref).toMatchObject({ hash: createHash('sha256').update(bytes).digest('hex'), size });
      expect((await read(db.blobs.read(ref))).equals(bytes)).toBe(true);
      const places = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, size - 1, size];
      const ends = places.filter((place) => place >= 0 && place <= size);
      for (const start of ends)
        for (const end of ends)
          if (start <= end)
            expect((await read(db.blobs.read(ref, { start, end }))).equals(bytes.subarray(start, end))).toBe(true);
    },
  );

  it.each([
    ['a text', 'text'],
    ['nothing', undefined],
    ['a number', 7],
    ['numbers', [1, 2, 3]],
    ['a stream of texts', Readable.from(['text'])],
    ['another view of a buffer', new Uint16Array(4)],
  ])('refuses %s, and keeps nothing', async (_, source) => {
    await expect(db.blobs.put(source as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    expect(db.stats().blobs.count).toBe(0);
    expect(await fileSystem.list(`${DIRECTORY}/blobs`).catch(() => [])).toEqual([]);
  });

  it.each(['', 'image', 'image/', 'a/b\r\nx: y', `image/${'x'.repeat(300)}`, 7])(
    'refuses the media type %p',
    async (mediaType) => {
      await expect(db.blobs.put(BYTES, { mediaType: mediaType as string })).rejects.toMatchObject({
        code: 'INVALID_OPTION',
      });
    },
  );

  it('takes bytes as they are, whatever a subclass says of them, and those of another realm', async () => {
    class Longer extends Uint8Array {
      override get length(): number {
        return 2 ** 40;
      }
      override subarray(): Uint8Array<ArrayBuffer> {
        return new Uint8Array(0);
      }
    }
    expect((await db.blobs.put(new Longer(BYTES))).hash).toBe(HASH);
    const text = `new Uint8Array([${String([...BYTES])}])`;
    for (const source of [
      runInNewContext(text),
      runInNewContext(`${text}.buffer`),
      runInNewContext(`[${text}.buffer]`),
    ])
      expect((await db.blobs.put(source as Uint8Array)).hash).toBe(HASH);
  });

  it('refuses a stream of which somebody else has taken all', async () => {
    const node = Readable.from([BYTES]);
    await read(node as never);
    const web = new Blob([BYTES]).stream();
    const reader = web.getReader();
    while (!(await reader.read()).done);
    reader.releaseLock();
    const moved = BYTES.slice();
    structuredClone(moved, { transfer: [moved.buffer] });
    for (const source of [node, web, moved, [moved]])
      await expect(db.blobs.put(source as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    expect((await db.blobs.put(Readable.from([]))).size).toBe(0);
    expect((await db.blobs.put(new Blob([]).stream())).size).toBe(0);
  });

  it.each<[string, object]>([
    ['without `next`', {}],
    ['that is a number', Object(5) as object],
    ['that gives nothing', { next: () => undefined }],
    ['that gives a text and throws when it is ended', { next: () => ({ value: 'x' }), return: () => missing() }],
  ])('refuses an iterator %s', async (_, iterator) => {
    const source = { [Symbol.asyncIterator]: () => iterator };
    await expect(db.blobs.put(source as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    expect(await fileSystem.list(`${DIRECTORY}/blobs`).catch(() => [])).toEqual([]);
  });

  it('refuses an option that it does not know', async () => {
    await expect(db.blobs.put(BYTES, { type: 'image/png' } as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });

  it('passes on the error of a source, and keeps nothing', async () => {
    const failing = async function* (): AsyncGenerator<Uint8Array> {
      yield BYTES;
      throw new Error('the camera was unplugged');
    };
    await expect(db.blobs.put(failing())).rejects.toThrow('the camera was unplugged');
    expect(await fileSystem.list(`${DIRECTORY}/blobs`)).toEqual([]);
  });

  it('is ended by closing while its source waits for ever', async () => {
    const waiting: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }),
    };
    const put = db.blobs.put(waiting);
    await new Promise((resolve) => setImmediate(resolve));
    const refused = expect(put).rejects.toMatchObject({ code: 'DATABASE_CLOSED' });
    await db.close();
    await refused;
    expect(await fileSystem.list(`${DIRECTORY}/blobs`)).toEqual([]);
    await expect(db.blobs.put(BYTES)).rejects.toMatchObject({ code: 'DATABASE_CLOSED' });
  });

  it('makes no folder where no blob is put', async () => {
    expect(await fileSystem.list(DIRECTORY)).not.toContain('blobs');
  });

  it('puts the same blob from many sides at once', async () => {
    const bytes = randomBytes(CHUNK_BYTES + 5);
    const refs = await Promise.all(Array.from({ length: 8 }, () => db.blobs.put(bytes)));
    expect(new Set(refs.map(({ hash }) => hash)).size).toBe(1);
    expect(db.stats().blobs.count).toBe(1);
    expect(Buffer.from(await db.blobs.bytes(refs[0]!)).equals(bytes)).toBe(true);
  });
});

describe('read', () => {
  it.each([
    ['an end beyond the size', { end: BYTES.length + 1 }],
    ['a start below 0', { start: -1 }],
    ['a start behind the end', { start: 5, end: 4 }],
    ['a half byte', { start: 0.5 }],
    ['an unknown option', { from: 1 }],
  ])('refuses %s', async (_, options) => {
    const ref = await db.blobs.put(BYTES);
    expect(() => db.blobs.read(ref, options as ReadBlobOptions)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    );
  });

  it.each([undefined, 'x', {}, { hash: '../../etc/passwd', size: 1 }, { hash: HASH, size: -1 }])(
    'refuses the reference %p',
    async (ref) => {
      expect(() => db.blobs.read(ref as never)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
      await expect(db.blobs.bytes(ref as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
      await expect(db.blobs.has(ref as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    },
  );

  it('says that a blob is missing, also when only its size is another', async () => {
    const ref = await db.blobs.put(BYTES);
    const missing = { code: 'BLOB_MISSING', facts: { hash: ref.hash } };
    await expect(read(db.blobs.read({ ...ref, size: 3 }))).rejects.toMatchObject(missing);
    await expect(db.blobs.bytes({ ...ref, size: 2 ** 50 })).rejects.toMatchObject(missing);
    await expect(db.blobs.bytes({ ...ref, hash: '0'.repeat(64) })).rejects.toMatchObject({ code: 'BLOB_MISSING' });
    expect(await db.blobs.has({ ...ref, size: 3 })).toBe(false);
  });

  it('is ended by closing', async () => {
    const ref = await db.blobs.put(randomBytes(3 * CHUNK_BYTES));
    const reader = db.blobs.read(ref).getReader();
    await reader.read();
    await db.close();
    await expect(reader.read()).rejects.toMatchObject({ code: 'DATABASE_CLOSED' });
  });

  it('finds any single flipped bit, and a file that was cut or lengthened', async () => {
    const ref = await db.blobs.put(BYTES);
    const whole = await readFile(fileSystem, fileOf(ref));
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const bytes = whole.slice();
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      await replaceFile(fileSystem, fileOf(ref), bytes);
      await expect(db.blobs.bytes(ref)).rejects.toMatchObject({
        code: expect.stringMatching(/^(BLOB_DAMAGED|FORMAT_UNSUPPORTED)$/) as unknown,
      });
    }
    for (const bytes of [whole.subarray(0, -1), new Uint8Array([...whole, 0]), new Uint8Array(0)]) {
      await replaceFile(fileSystem, fileOf(ref), bytes);
      await expect(db.blobs.bytes(ref)).rejects.toMatchObject({ code: 'BLOB_DAMAGED' });
    }
    // The same bytes heal it.
    await db.blobs.put(BYTES);
    expect(await db.blobs.bytes(ref)).toEqual(BYTES);
  });

  it('finds a whole blob under the name of another, and a chunk in the place of another', async () => {
    const [one, two] = [randomBytes(2 * CHUNK_BYTES), randomBytes(2 * CHUNK_BYTES)];
    const [first, second] = [await db.blobs.put(one), await db.blobs.put(two)];
    const file = await readFile(fileSystem, fileOf(first));
    await replaceFile(fileSystem, fileOf(second), file);
    await expect(db.blobs.bytes(second)).rejects.toMatchObject({ code: 'BLOB_DAMAGED' });
    await expect(read(db.blobs.read(second, { start: 5, end: 9 }))).rejects.toMatchObject({ code: 'BLOB_DAMAGED' });
    const frameBytes = CHUNK_BYTES + 96;
    const headerBytes = file.length - 2 * frameBytes;
    const swapped = Buffer.concat([
      file.subarray(0, headerBytes),
      file.subarray(headerBytes + frameBytes),
      file.subarray(headerBytes, headerBytes + frameBytes),
    ]);
    await replaceFile(fileSystem, fileOf(first), swapped);
    await expect(read(db.blobs.read(first, { start: 0, end: 5 }))).rejects.toMatchObject({ code: 'BLOB_DAMAGED' });
  });
});

describe('encryption', () => {
  const key = new Uint8Array(32).fill(7);
  const secret = Buffer.from('a marked secret that must not be on the disk '.repeat(50_000));

  it('encrypts blobs too, and reads them with the key alone', async () => {
    const disk = new MemoryFileSystem();
    const encrypted = await openModels(disk, [PHOTOS], { encryption: { key }, pageCodec: 'compressed' });
    const ref = await encrypted.blobs.put(secret);
    expect(Buffer.from(await encrypted.blobs.bytes(ref)).equals(secret)).toBe(true);
    expect((await read(encrypted.blobs.read(ref, { start: CHUNK_BYTES - 3, end: CHUNK_BYTES + 3 }))).toString()).toBe(
      secret.subarray(CHUNK_BYTES - 3, CHUNK_BYTES + 3).toString(),
    );
    const file = Buffer.from(await readFile(disk, fileOf(ref)));
    expect(file.includes('a marked secret')).toBe(false);
    await encrypted.close();
    const other = await openModels(disk, [PHOTOS], {
      encryption: { keyId: 'next', key: (id: string) => (id === 'next' ? key : undefined) },
    }).catch((error: unknown) => error);
    expect(other).toMatchObject({ code: 'ENCRYPTION_KEY_REQUIRED' });
    const changed = await openModels(disk, [PHOTOS], { encryption: { keyId: 'next', key: () => key } });
    expect(Buffer.from(await changed.blobs.bytes(ref)).equals(secret)).toBe(true);
    await changed.close();
  });
});

it.each(['before its first piece', 'between two pieces'])(
  'the same bytes put again under a reader %s do not disturb it',
  async (when) => {
    const encrypted = await openModels(new MemoryFileSystem(), [PHOTOS], { encryption: { key: new Uint8Array(32) } });
    const bytes = randomBytes(3 * CHUNK_BYTES + 1);
    const ref = await encrypted.blobs.put(bytes);
    const pieces: Uint8Array[] = [];
    const stream = (await encrypted.blobs.read(ref)).getReader();
    if (when === 'between two pieces') pieces.push((await stream.read()).value!);
    for (;;) {
      await encrypted.blobs.put(bytes);
      const { done, value } = await stream.read();
      if (done) break;
      pieces.push(value);
    }
    expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
    await encrypted.close();
  },
);

it('works in memory alone', async () => {
  await using memory = await openDatabase([], { memory: true });
  const bytes = randomBytes(CHUNK_BYTES + 3);
  const ref = await memory.blobs.put(bytes);
  expect(Buffer.from(await memory.blobs.bytes(ref)).equals(bytes)).toBe(true);
});
