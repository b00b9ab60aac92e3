/**
 * Blobs against plain maps: whatever is put, referred to, let go, compacted, reopened, backed up and restored, a blob can
 * be read as long as a document refers to it, in every state that can still be made; and it goes when none can.
 */
import { createHash } from 'node:crypto';
import { Writable } from 'node:stream';
import type { BlobRef } from '@nuthatch/model';
import { MemoryFileSystem } from '../../src/file-system/memory-file-system.js';
import { restoreDirectory, unpackBackup, verifyDirectory } from '../../src/tools/directory-tools.js';
import { repeats } from '../support/long-run.js';
import { type AnyDatabase, DIRECTORY, openModels } from '../support/open-models.js';
import { PHOTOS } from '../support/photo-models.js';
import { seeded } from '../support/seeded.js';

const MODELS = [PHOTOS];
const STEPS_PER_RUN = 200;
const RUN_COUNT = repeats('NUTHATCH_BLOB_RUNS', 3);
const OPTIONS = { compaction: 'manual', blobGraceMs: 0, durability: 'os' } as const;

/** Ways in which a document refers to one blob. */
const WAYS: readonly ((ref: BlobRef) => object)[] = [
  (ref) => ({ photo: ref }),
  (ref) => ({ list: [ref, ref] }),
  (ref) => ({
    byName: new Map([
      ['none', null],
      ['front', ref],
    ]),
  }),
  (ref) => ({ record: { front: ref } }),
  (ref) => ({ pair: ['front', ref] }),
  (ref) => ({ either: [ref] }),
  (ref) => ({ inside: { photo: ref } }),
  (ref) => ({ variant: { kind: 'shown', photo: ref } }),
  (ref) => ({ part: { photo: ref, parts: [] } }),
];
const NOTHING = Object.fromEntries(
  ['photo', 'list', 'byName', 'record', 'pair', 'either', 'inside', 'variant', 'part'].map((name) => [name, undefined]),
);

class Run {
  readonly fileSystem = new MemoryFileSystem();
  readonly random: () => number;
  db!: AnyDatabase;
  /** Key of a document → the blob that it refers to. */
  documents = new Map<string, BlobRef>();
  /** Hash → bytes of all that was ever put. */
  readonly bytes = new Map<string, Uint8Array>();
  readonly refs: BlobRef[] = [];
  /** The state after each seq that was written. */
  readonly states = new Map<number, ReadonlyMap<string, BlobRef>>();
  backups = 0;

  constructor(random: () => number) {
    this.random = random;
  }

  pick<T>(items: readonly T[]): T | undefined {
    return items[Math.floor(this.random() * items.length)];
  }

  async open(): Promise<void> {
    this.db = await openModels(this.fileSystem, MODELS, OPTIONS);
  }

  async put(): Promise<BlobRef> {
    const bytes = Buffer.from(`blob ${Math.floor(this.random() * 12)}`);
    const ref = await this.db.blobs.put(bytes);
    expect(ref.hash).toBe(createHash('sha256').update(bytes).digest('hex'));
    if (!this.bytes.has(ref.hash)) this.refs.push(ref);
    this.bytes.set(ref.hash, bytes);
    return ref;
  }

  async write(): Promise<void> {
    const key = `m${Math.floor(this.random() * 6)}`;
    const ref = this.random() < 0.3 ? await this.put() : this.pick(this.refs);
    const machine = this.db['machine']!;
    const choice = this.random();
    if (choice < 0.3) {
      await machine.delete(key);
      this.documents.delete(key);
    } else if (ref !== undefined) {
      const isHere = (await this.db.blobs.has(ref)) || [...this.documents.values()].includes(ref);
      const fields = { ...NOTHING, ...this.pick(WAYS)!(ref) };
      const written = choice < 0.6 ? machine.upsert({ id: key, ...fields }) : this.inTransaction(key, fields);
      if (isHere) {
        await written;
        this.documents.set(key, ref);
      } else await expect(written).rejects.toMatchObject({ code: 'BLOB_MISSING' });
    }
    this.states.set(Number(this.db.seq), new Map(this.documents));
  }

  /** As a part of more, some of which is taken back. */
  inTransaction(key: string, fields: object): Promise<unknown> {
    return this.db.transaction((tx) => {
      const { machine } = tx as unknown as { machine: { upsert(input: object): object; delete(key: string): boolean } };
      machine.delete(key);
      machine.upsert({ id: key, ...fields });
    });
  }

  async expectReadable(db: AnyDatabase, state: ReadonlyMap<string, BlobRef>): Promise<void> {
    for (const ref of state.values())
      expect(await db.blobs.bytes(ref)).toEqual(new Uint8Array(this.bytes.get(ref.hash)!));
  }

  async compact(): Promise<void> {
    await this.db.compact();
    await this.expectReadable(this.db, this.documents);
  }

  async reopen(): Promise<void> {
    await this.db.close();
    expect(await verifyDirectory({ fileSystem: this.fileSystem, directory: DIRECTORY })).toMatchObject({
      isWhole: true,
    });
    await this.open();
    await this.expectReadable(this.db, this.documents);
  }

  async backUp(): Promise<void> {
    const destination = `/backup ${this.pick([1, 2])}`;
    await this.db.backup(destination);
    await this.expectCopy(destination, this.documents);
  }

  async stream(): Promise<void> {
    const chunks: Uint8Array[] = [];
    const sink = new Writable({
      write: (chunk: Uint8Array, _, done) => {
        chunks.push(chunk);
        done();
      },
    });
    await this.db.backupTo(sink);
    const destination = `/unpacked ${this.backups++}`;
    const source = (async function* () {
      yield* chunks;
    })();
    await unpackBackup({ fileSystem: this.fileSystem, stream: source, destination });
    await this.expectCopy(destination, this.documents);
  }

  async restore(): Promise<void> {
    await this.db.flush();
    const seq = this.pick([...this.states.keys()].filter((known) => known > 0));
    if (seq === undefined) return;
    const destination = `/restored ${this.backups++}`;
    const place = { fileSystem: this.fileSystem, directory: DIRECTORY, destination };
    const failure: unknown = await restoreDirectory({ ...place, atSeq: seq }).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (failure !== undefined) expect(failure).toMatchObject({ code: 'RESTORE_OUT_OF_RANGE' });
    else await this.expectCopy(destination, this.states.get(seq)!);
  }

  async expectCopy(directory: string, state: ReadonlyMap<string, BlobRef>): Promise<void> {
    // A look at it must not make it another directory.
    const copy = `/look ${this.backups++}`;
    await restoreDirectory({ fileSystem: this.fileSystem, directory, destination: copy }).catch((error: unknown) => {
      // Nothing was ever written.
      expect(error).toMatchObject({ code: 'RESTORE_OUT_OF_RANGE' });
    });
    if ((await this.fileSystem.stat(copy)) === undefined) return;
    const db = await openModels(this.fileSystem, MODELS, { ...OPTIONS, directory: copy });
    expect(db['machine']!.size).toBe(state.size);
    await this.expectReadable(db, state);
    await db.close();
  }

  async step(): Promise<void> {
    const choice = this.random();
    if (choice < 0.72) return this.write();
    if (choice < 0.85) return this.compact();
    if (choice < 0.89) return this.reopen();
    if (choice < 0.93) return this.backUp();
    if (choice < 0.96) return this.restore();
    return this.stream();
  }
}

it('a blob is there as long as a state needs it, and no longer', () =>
  seeded(async (random) => {
    for (let count = 0; count < RUN_COUNT; count++) await live(random);
  }));

/** One directory from its beginning. */
async function live(random: () => number): Promise<void> {
  const run = new Run(random);
  await run.open();
  for (let count = STEPS_PER_RUN; count > 0; count--) await run.step();
  // With nothing in between, three compactions leave no state but the present one.
  for (let count = 0; count < 3; count++) {
    await run.db['machine']!.upsert({ id: 'other', inside: undefined });
    await run.db['machine']!.delete('other');
    await run.db.compact();
  }
  const needed = new Set([...run.documents.values()].map(({ hash }) => hash));
  expect(run.db.stats().blobs.count).toBe(needed.size);
  await run.expectReadable(run.db, run.documents);
  await run.db.close();
}
