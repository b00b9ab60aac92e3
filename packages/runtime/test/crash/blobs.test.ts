/**
 * A disk that fails or loses its power at every call while blobs are put, referred to, let go, collected and backed up: what
 * was acknowledged can be read, nothing half is taken for a blob, and what a crash leaves goes at the next opening.
 */
import { type BlobRef, DatabaseError } from '@nuthatch/model';
import { blobOfPath, blobPath } from '../../src/blobs/blob-name.js';
import { repairDirectory, verifyDirectory } from '../../src/tools/directory-tools.js';
import { FaultFileSystem } from '../fault-file-system.js';
import { type AnyDatabase, DIRECTORY, openModels } from '../support/open-models.js';
import { PHOTOS } from '../support/photo-models.js';
import { seeded } from '../support/seeded.js';

const BACKUP = '/backup';
const OPTIONS = { compaction: 'manual', blobGraceMs: 0, durability: 'fsync' } as const;

/** More than one chunk, and several writes. */
const BYTES = new Map(['a', 'b', 'c', 'd'].map((name) => [name, Buffer.alloc(name === 'a' ? 1_100_000 : 3_000, name)]));

/** What one life has been told. */
interface Told {
  /** Documents that were acknowledged, with their blobs. */
  readonly documents: Map<string, BlobRef>;
  /** Documents whose write or delete was refused or not answered: they may be there or not. */
  readonly unsure: Set<string>;
  readonly puts: Map<string, BlobRef>;
  hasBackup: boolean;
}

async function live(fileSystem: FaultFileSystem, told: Told): Promise<void> {
  const db = await openModels(fileSystem, [PHOTOS], OPTIONS);
  const machine = db['machine']!;
  const tell = async (key: string, write: Promise<unknown>, ref: BlobRef | undefined): Promise<void> => {
    told.unsure.add(key);
    await write;
    told.unsure.delete(key);
    if (ref === undefined) told.documents.delete(key);
    else told.documents.set(key, ref);
  };
  const putAndRefer = async (name: string): Promise<void> => {
    const ref = await db.blobs.put(BYTES.get(name)!);
    told.puts.set(name, ref);
    await tell(name, machine.insert({ id: name, photo: ref }), ref);
  };
  try {
    await putAndRefer('a');
    await Promise.all([putAndRefer('b'), putAndRefer('c')]);
    await db.compact();
    await tell('b', machine.delete('b'), undefined);
    await db.compact();
    await db.backup(BACKUP);
    told.hasBackup = true;
    await tell('c', machine.delete('c'), undefined);
    await db.compact();
    await putAndRefer('d');
    await db.compact();
    await db.backup(BACKUP);
  } finally {
    await db.close();
  }
}

async function expectWhole(db: AnyDatabase, told: Told): Promise<void> {
  const machine = db['machine']!;
  for (const key of told.documents.keys())
    if (!told.unsure.has(key)) expect([key, machine.get(key) !== undefined]).toEqual([key, true]);
  for (const document of machine.find({})) {
    const { id, photo } = document as unknown as { readonly id: string; readonly photo: BlobRef };
    expect(Buffer.from(await db.blobs.bytes(photo)).equals(BYTES.get(id)!)).toBe(true);
  }
}

async function expectNoLeftovers(fileSystem: FaultFileSystem): Promise<void> {
  const folders = (await fileSystem.stat(`${DIRECTORY}/blobs`)) ? await fileSystem.list(`${DIRECTORY}/blobs`) : [];
  expect(folders.filter((name) => !/^[0-9a-f]{2}$/.test(name))).toEqual([]);
  for (const folder of folders)
    for (const name of await fileSystem.list(`${DIRECTORY}/blobs/${folder}`))
      expect(blobOfPath(`blobs/${folder}/${name}`)).toBeDefined();
}

async function lives(failAt: number | undefined, isPermanent: boolean): Promise<{ disk: FaultFileSystem; told: Told }> {
  const disk = new FaultFileSystem(failAt === undefined ? {} : { failAt, isPermanent, isShortWrite: true });
  const told: Told = { documents: new Map(), unsure: new Set(), puts: new Map(), hasBackup: false };
  const failure: unknown = await live(disk, told).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (failure !== undefined && !DatabaseError.is(failure)) throw failure;
  return { disk, told };
}

it('a fault or a power cut at any call loses no blob that a document refers to', () =>
  seeded(async (random) => {
    const whole = await lives(undefined, false);
    const count = whole.disk.calls.length;
    expect(count).toBeGreaterThan(200);
    // The beginning is that of any database.
    const step = process.env['NUTHATCH_NIGHTLY'] === undefined ? 3 : 1;
    for (let failAt = Math.floor(random() * step); failAt < count; failAt += step) {
      const { disk, told } = await lives(failAt, random() < 0.5);
      const call = disk.calls[failAt];
      try {
        if (random() < 0.5) disk.crash(random);
        else disk.kill();
        const db = await openModels(disk, [PHOTOS], OPTIONS);
        await expectWhole(db, told);
        await expectNoLeftovers(disk);
        // It goes on as if nothing had been.
        const ref = await db.blobs.put(BYTES.get('b')!);
        await db['machine']!.upsert({ id: 'b', photo: ref });
        await db.backup(BACKUP);
        await db.close();
        const copy = await openModels(disk, [PHOTOS], { ...OPTIONS, directory: BACKUP });
        await expectWhole(copy, told);
        await copy.close();
      } catch (error) {
        if (error instanceof Error)
          error.message = `call ${failAt} (${call?.operation} ${call?.path}): ${error.message}`;
        throw error;
      }
    }
  }));

it('a bad sector under one blob keeps nothing else from being verified and salvaged', async () => {
  const disk = new FaultFileSystem();
  const db = await openModels(disk, [PHOTOS], OPTIONS);
  const [lost, whole] = [await db.blobs.put(BYTES.get('a')!), await db.blobs.put(BYTES.get('b')!)];
  await db['machine']!.insert({ id: 'a', photo: lost, list: [whole] });
  await db.close();
  const file = `${DIRECTORY}/${blobPath(lost)}`;
  // The header can be read, and the first bytes.
  disk.plan = { failAt: 3, isPermanent: true, operations: ['read'], places: [file] };
  const damage = [{ file, reason: 'the disk cannot read it (EIO)' }];
  const input = { fileSystem: disk, directory: DIRECTORY };
  disk.calls.length = 0;
  expect(await verifyDirectory(input)).toMatchObject({ isWhole: false, damage });
  disk.calls.length = 0;
  expect(await repairDirectory({ ...input, destination: '/repaired' })).toMatchObject({
    documentCount: 1,
    lost: damage,
  });
  disk.plan = {};
  const repaired = await openModels(disk, [PHOTOS], { ...OPTIONS, directory: '/repaired' });
  expect(await repaired.blobs.has(whole)).toBe(true);
  await repaired.close();
  // What fails at the destination is no damage of the source.
  disk.plan = { failAt: 0, isPermanent: true, operations: ['write'], places: ['/again/blobs'] };
  disk.calls.length = 0;
  await expect(repairDirectory({ ...input, destination: '/again' })).rejects.toMatchObject({
    code: 'DIRECTORY_UNUSABLE',
  });
});
