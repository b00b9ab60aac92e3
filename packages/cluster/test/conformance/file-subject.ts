/** The journal in files of one process as a subject of the conformance suite, on a disk that fails and loses power. */
import { openDatabase } from '../../../../generated/index.js';
import { frameCrcSeed, fromHex } from '../../../runtime/src/journal/chain.js';
import type { FrameHeader } from '../../../runtime/src/journal/frame-reader.js';
import { pageName, snapshotName } from '../../../runtime/src/journal/journal-format.js';
import { readManifest } from '../../../runtime/src/journal/manifest.js';
import { PageScanner } from '../../../runtime/src/recovery/page-scanner.js';
import { FaultFileSystem } from '../../../runtime/test/fault-file-system.js';
import { randomFrom } from '../../../runtime/test/support/seeded.js';
import type { Db, JournalSubject, StaleFrame, Writer } from './journal-subject.js';

const DIRECTORY = '/data';
/** Small: a history has several. */
const PAGE_BYTES = 4096;

export class FileSubject implements JournalSubject {
  readonly writerCount = 1;
  readonly #disk = new FaultFileSystem();
  readonly #open: Db[] = [];
  #random: (() => number) | undefined;

  async open(_name: string, { isFromStart = false } = {}): Promise<Writer> {
    const disk = isFromStart ? await this.#withoutSnapshots() : this.#disk;
    disk.plan = {};
    const db = await this.#opened(disk);
    this.#plan(disk);
    const kill = async (): Promise<void> => {
      // The power goes: what was not synced is there, is not, or is there in parts.
      disk.crash(this.#random);
      await db.close().catch(() => undefined);
    };
    return { db, kill };
  }

  async #opened(fileSystem: FaultFileSystem): Promise<Db> {
    const db = await openDatabase({
      directory: DIRECTORY,
      fileSystem,
      pageBytes: PAGE_BYTES,
      durability: 'fsync',
      compaction: 'manual',
    });
    this.#open.push(db);
    return db;
  }

  weather(random: (() => number) | undefined): void {
    this.#random = random && randomFrom(Math.floor(random() * 2 ** 32));
    this.#plan(this.#disk);
  }

  /** One of the next calls fails, and perhaps all after it. */
  #plan(disk: FaultFileSystem): void {
    const random = this.#random;
    if (random === undefined) {
      disk.plan = {};
      return;
    }
    const failAt = disk.calls.length + Math.floor(random() * 60);
    disk.plan = { failAt, isPermanent: random() < 0.5, isShortWrite: random() < 0.5 };
  }

  async frames(): Promise<readonly FrameHeader[]> {
    const disk = this.#disk.fork();
    const manifest = (await readManifest(disk, DIRECTORY))!;
    const found: FrameHeader[] = [];
    for (const { number } of manifest.pages) {
      const path = `${DIRECTORY}/${pageName(number)}`;
      const scanner = await PageScanner.open(disk, path, frameCrcSeed(fromHex(manifest.uuid)));
      const start = await scanner.pageHeader();
      if (typeof start === 'string') throw new TypeError(start);
      for (let offset = start.headerBytes; offset < scanner.byteCount; ) {
        const frame = await scanner.frameAt(offset);
        if (typeof frame === 'string') break;
        found.push(frame.header);
        offset += frame.header.frameBytes;
      }
      await scanner.close();
    }
    return found;
  }

  async storeImage(isTruncating: boolean): Promise<void> {
    const { db } = await this.open('keeper');
    await db.club.insert({ id: `image${db.seq}`, name: 'image' });
    await db.compact();
    if (isTruncating) {
      // The snapshot before the last one is kept, with the pages after it.
      await db.club.insert({ id: `image${db.seq}`, name: 'image' });
      await db.compact();
    }
    await db.close();
  }

  /** The writer that was believed dead: another one has the directory now. */
  async staleFrame(write: (db: Db) => Promise<unknown>, next: (db: Db) => Promise<unknown>): Promise<StaleFrame> {
    const first = await this.#opened(this.#disk);
    const refused = await this.#opened(this.#disk).catch((error: { readonly code?: string }) => error.code);
    if (refused !== 'DATABASE_LOCKED') throw new TypeError('a second writer was let in');
    this.#disk.kill();
    const second = await this.#opened(this.#disk);
    await next(second);
    const seq = second.seq;
    let outcome: unknown;
    return {
      arrive: async () => {
        outcome = await write(first).then(
          () => 'acknowledged',
          (error: { readonly code?: string }) => error.code,
        );
        if (outcome !== 'DATABASE_FAILED') throw new TypeError(`expected a refusal, found ${String(outcome)}`);
        await first.close().catch(() => undefined);
        await next(second);
        await second.close();
      },
      isThere: async () => {
        const frames = await this.frames();
        const epochs = frames.map(({ epoch }) => epoch);
        const ends = frames.findIndex(({ firstSeq }) => BigInt(firstSeq) === seq);
        return epochs.some((epoch, index) => index > ends && epoch !== epochs[ends]);
      },
    };
  }

  async end(): Promise<void> {
    this.#disk.plan = {};
    await Promise.allSettled(this.#open.map((db) => db.close()));
  }

  /** A disk with the same files, where no snapshot can be read: every page is replayed. */
  async #withoutSnapshots(): Promise<FaultFileSystem> {
    const disk = this.#disk.fork();
    const { snapshot, previousSnapshot } = (await readManifest(disk, DIRECTORY))!;
    for (const entry of [snapshot, previousSnapshot]) {
      if (entry === null) continue;
      const handle = await disk.open(`${DIRECTORY}/${snapshotName(entry.number)}`, 'read-write');
      await handle.write(new Uint8Array(64), entry.byteCount >> 1);
      await handle.close();
    }
    return disk;
  }
}
