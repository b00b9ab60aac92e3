/**
 * Cold documents over a disk that is damaged, fails, or changes under the open database: every flipped bit of a document is
 * found when it is read, an error says where, and the database stays as it was.
 */
import { mkdtempSync, readdirSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseError, type DocumentModel } from '@nuthatch/model';
import { MemoryFileSystem } from '../../src/file-system/memory-file-system.js';
import { NodeFileSystem } from '../../src/file-system/node-file-system.js';
import { readManifest } from '../../src/journal/manifest.js';
import { verifyDirectory } from '../../src/tools/directory-tools.js';
import { readFile, replaceFile } from '../disk-fixture.js';
import { FaultFileSystem } from '../fault-file-system.js';
import { IS_NIGHTLY } from '../support/long-run.js';
import {
  type AnyDatabase,
  DIRECTORY,
  type Fields,
  field,
  modelWith,
  NUMBER,
  openModels,
  STRING,
} from '../support/open-models.js';

const MODEL: DocumentModel = modelWith(
  [field('mail', STRING), field('tags', { kind: 'array', element: STRING }), field('age', NUMBER)],
  {
    storage: 'cold',
    indexes: [
      { name: 'mail', kind: 'unique', fields: ['mail'] },
      { name: 'tags', kind: 'tag', fields: ['tags'] },
      { name: 'age', kind: 'range', fields: ['age'] },
    ],
  },
);
const COUNT = 9;
const OPTIONS = { compaction: 'manual', cacheBytes: 0 } as const;
const thing = (number: number, age = number % 4): Fields => ({
  id: `p${number}`,
  mail: `m${number}`,
  tags: [`t${number % 3}`, 'all'],
  age,
});
const all = Array.from({ length: COUNT }, (_, number) => thing(number));

async function fill(fileSystem: MemoryFileSystem | FaultFileSystem): Promise<void> {
  const db = await openModels(fileSystem, [MODEL], OPTIONS);
  await db['player']!.insertMany(all.slice(0, -1));
  await db.compact();
  await db['player']!.insert(all.at(-1)!);
  await db.compact();
  await db.close();
}

async function newestFile(fileSystem: MemoryFileSystem | FaultFileSystem): Promise<string> {
  const { snapshot } = (await readManifest(fileSystem, DIRECTORY))!;
  return `${DIRECTORY}/snapshot-${String(snapshot!.number).padStart(10, '0')}.nut`;
}

/** Reads everything. @returns the error of each document that cannot be read. */
function readAll(db: AnyDatabase): DatabaseError[] {
  const errors: DatabaseError[] = [];
  for (const due of all) {
    try {
      expect({ ...db['player']!.get(due['id'] as string) }).toEqual(due);
    } catch (error) {
      if (!DatabaseError.is(error)) throw error;
      errors.push(error);
    }
  }
  return errors;
}

describe('a damaged image of cold documents', () => {
  it('is found at opening, or at the read of the very document, whichever bit was flipped', async () => {
    const fileSystem = new MemoryFileSystem();
    await fill(fileSystem);
    const file = await newestFile(fileSystem);
    const whole = await readFile(fileSystem, file);
    let [atOpening, atRead, unused] = [0, 0, 0];
    for (let bit = 0; bit < whole.length * 8; bit += IS_NIGHTLY ? 1 : 401) {
      const damaged = whole.slice();
      damaged[bit >>> 3]! ^= 1 << (bit & 7);
      const copy = new MemoryFileSystem();
      await copy.makeDirectory(DIRECTORY);
      for (const name of await fileSystem.list(DIRECTORY))
        await replaceFile(copy, `${DIRECTORY}/${name}`, await readFile(fileSystem, `${DIRECTORY}/${name}`));
      await replaceFile(copy, file, damaged);
      const isFound = (await verifyDirectory({ directory: DIRECTORY, fileSystem: copy })).damage.length > 0;
      expect(isFound).toBe(true);
      const db = await openModels(copy, [MODEL], OPTIONS);
      const errors = readAll(db);
      if (db.recovery!.damagedSnapshots.length > 0) {
        // The snapshot before it has taken its place.
        atOpening++;
        expect(errors).toEqual([]);
      } else if (errors.length > 0) {
        atRead++;
        expect(errors.map(({ code }) => code)).toEqual(['DOCUMENT_DAMAGED']);
        expect(errors[0]!.facts).toMatchObject({ collection: 'player', file });
        expect(typeof errors[0]!.facts['offset']).toBe('number');
      } else unused++;
      expect(db.state).toBe('open');
      await db.close();
    }
    expect(atOpening).toBeGreaterThan(0);
    expect(atRead).toBeGreaterThan(0);
    // Between documents: heads of records, which nobody reads for a document.
    expect(unused).toBeLessThan(atRead);
  });

  it('is found at the read of the very document, for every bit of it', async () => {
    const fileSystem = new MemoryFileSystem();
    await fill(fileSystem);
    const db = await openModels(fileSystem, [MODEL], OPTIONS);
    const file = await newestFile(fileSystem);
    const bytes = await readFile(fileSystem, file);
    const handle = await fileSystem.open(file, 'read-write');
    // From its key to the last byte of its age.
    const from = Buffer.from(bytes).indexOf('p3');
    const to = Buffer.from(bytes).indexOf('p4', from + 8) - 4;
    expect(to - from).toBeGreaterThan(15);
    for (let bit = from * 8; bit < to * 8; bit++) {
      const flipped = Uint8Array.of(bytes[bit >>> 3]! ^ (1 << (bit & 7)));
      await handle.write(flipped, bit >>> 3);
      db['player']!.get('p7');
      expect(() => db['player']!.get('p3')).toThrow(expect.objectContaining({ code: 'DOCUMENT_DAMAGED' }));
      await handle.write(bytes.subarray(bit >>> 3, (bit >>> 3) + 1), bit >>> 3);
    }
    expect(readAll(db)).toEqual([]);
    await handle.close();
    await db.close();
  });

  it('is read whole by salvage, which goes back to the image before it', async () => {
    const fileSystem = new MemoryFileSystem();
    await fill(fileSystem);
    const file = await newestFile(fileSystem);
    const bytes = await readFile(fileSystem, file);
    // In the mail of a document.
    const at = Buffer.from(bytes).indexOf('m3');
    bytes[at + 1]! ^= 1;
    await replaceFile(fileSystem, file, bytes);
    const refusing = await openModels(fileSystem, [MODEL], OPTIONS);
    expect(readAll(refusing)).toHaveLength(1);
    const compacting = refusing.compact();
    await expect(compacting).rejects.toMatchObject({ code: 'DOCUMENT_DAMAGED' });
    await expect(refusing['player']!.update('p3', { age: 1 })).rejects.toMatchObject({ code: 'DOCUMENT_DAMAGED' });
    await expect(refusing['player']!.delete('p3')).rejects.toMatchObject({ code: 'DOCUMENT_DAMAGED' });
    await refusing['player']!.update('p4', { age: 77 });
    await refusing.close();
    const db = await openModels(fileSystem, [MODEL], { ...OPTIONS, recovery: 'salvage' });
    expect(db.recovery!.damagedSnapshots).toHaveLength(1);
    expect(db.recovery!.lost).toEqual([]);
    await db['player']!.update('p4', { age: thing(4)['age'] });
    expect(readAll(db)).toEqual([]);
    await db.compact();
    expect(readAll(db)).toEqual([]);
    await db.close();
  });
});

describe('a disk that fails under cold documents', () => {
  it('gives an error with the cause, and the next read is right', async () => {
    const fileSystem = new FaultFileSystem();
    await fill(fileSystem);
    const db = await openModels(fileSystem, [MODEL], OPTIONS);
    const things = db['player']!;
    const file = await newestFile(fileSystem);
    fileSystem.plan = { failAt: fileSystem.calls.length, isPermanent: true, operations: ['readSync'] };
    const failing = (): unknown => things.get('p1');
    expect(failing).toThrow(expect.objectContaining({ code: 'DOCUMENT_UNREADABLE', retryable: true }));
    expect(failing).toThrow(
      expect.objectContaining({ facts: expect.objectContaining({ collection: 'player', file, errno: 'EIO' }) }),
    );
    // Keys and indexes are in memory.
    expect([things.has('p1'), things.has('nobody'), things.size]).toEqual([true, false, COUNT]);
    expect([...things.find({ tags: 't1' }).keys()].sort()).toEqual(['p1', 'p4', 'p7']);
    expect(things.find({ age: { gte: 2 } }).count()).toBe(4);
    // A write that needs the document is refused, and leaves no trace; others go on.
    await expect(things.update('p1', { age: 50 })).rejects.toMatchObject({ code: 'DOCUMENT_UNREADABLE' });
    await expect(things.delete('p1')).rejects.toMatchObject({ code: 'DOCUMENT_UNREADABLE' });
    await things.insert(thing(20));
    await expect(db.compact()).rejects.toMatchObject({ code: 'DOCUMENT_UNREADABLE' });
    expect(db.state).toBe('open');
    fileSystem.plan = {};
    expect(readAll(db)).toEqual([]);
    expect(things.find({ age: 50 }).count()).toBe(0);
    await db.compact();
    expect(readAll(db)).toEqual([]);
    await db.close();
  });

  it('leaves everything as it was when any call fails while the next image takes over', async () => {
    for (let failAt = 0; ; failAt++) {
      const fileSystem = new FaultFileSystem();
      await fill(fileSystem);
      const db = await openModels(fileSystem, [MODEL], OPTIONS);
      await db['player']!.update('p2', { age: 9 });
      await db['player']!.update('p2', { age: thing(2)['age'] });
      fileSystem.plan = { failAt: fileSystem.calls.length + failAt };
      let error: unknown;
      await db.compact().catch((thrown: unknown) => {
        error = thrown;
      });
      const isHit = fileSystem.calls.length > (fileSystem.plan.failAt ?? 0);
      fileSystem.plan = {};
      if (error !== undefined && !DatabaseError.is(error)) throw error;
      expect(readAll(db)).toEqual([]);
      await db.close().catch(() => undefined);
      fileSystem.crash();
      const again = await openModels(fileSystem, [MODEL], OPTIONS);
      expect(readAll(again)).toEqual([]);
      await again.close();
      if (!isHit) break;
    }
  });

  it('opens wholly old or wholly new when the power goes at any call of the next image', async () => {
    for (let failAt = 0; ; failAt++) {
      const fileSystem = new FaultFileSystem();
      await fill(fileSystem);
      const db = await openModels(fileSystem, [MODEL], { ...OPTIONS, durability: 'fsync' });
      await db['player']!.update('p2', { age: 9 });
      const from = fileSystem.calls.length;
      fileSystem.plan = { failAt: from + failAt, isPermanent: true };
      await db.compact().catch(() => undefined);
      const isHit = fileSystem.calls.length > from + failAt;
      await db.close().catch(() => undefined);
      fileSystem.crash();
      const again = await openModels(fileSystem, [MODEL], OPTIONS);
      expect(again['player']!.get('p2')!['age']).toBe(9);
      await again['player']!.update('p2', { age: thing(2)['age'] });
      expect(readAll(again)).toEqual([]);
      await again.close();
      if (!isHit) break;
    }
  });
});

describe('files of cold documents that change under an open database', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'nuthatch-cold-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  async function opened(): Promise<AnyDatabase> {
    const options = { ...OPTIONS, directory };
    const db = await openModels(new NodeFileSystem(), [MODEL], options);
    await db['player']!.insertMany(all);
    await db.compact();
    await db.close();
    return openModels(new NodeFileSystem(), [MODEL], options);
  }
  const image = (): string => join(directory, readdirSync(directory).find((name) => name.startsWith('snapshot'))!);

  it('are read as they were when their names are removed, moved or given to others', async () => {
    await using db = await opened();
    const file = image();
    renameSync(file, `${file}.away`);
    expect(readAll(db)).toEqual([]);
    writeFileSync(file, 'another file');
    expect(readAll(db)).toEqual([]);
    rmSync(file);
    rmSync(`${file}.away`);
    expect(readAll(db)).toEqual([]);
    // The next image is made of what is read there.
    await db.compact();
    expect(readAll(db)).toEqual([]);
  });

  it('are damaged when they are cut off', async () => {
    await using db = await opened();
    truncateSync(image(), 100);
    const errors = readAll(db);
    expect(errors.map(({ code }) => code)).toEqual(all.map(() => 'DOCUMENT_DAMAGED'));
    expect(db.state).toBe('open');
  });

  it('are closed with the database, and when the next image took over', async () => {
    if (process.platform !== 'linux') {
      console.log('open files are counted on Linux only');
      return;
    }
    const openFiles = (): number => readdirSync('/proc/self/fd').length;
    const before = openFiles();
    const db = await opened();
    const atFirst = openFiles();
    for (let round = 0; round < 3; round++) await db.compact();
    expect(openFiles()).toBe(atFirst);
    expect(readAll(db)).toEqual([]);
    const things = db['player']!;
    await db.close();
    expect(openFiles()).toBe(before);
    expect(() => things.get('p1')).toThrow(expect.objectContaining({ code: 'DATABASE_CLOSED' }));
  });
});
