/** Backups as a stream: whole or refused, whatever happens to them on the way. */
import { execFileSync } from 'node:child_process';
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { decodeTarHeader, encodeTarHeader } from '../src/checkpoint/tar.js';
import { unpackBackup } from '../src/checkpoint/unpack-backup.js';
import type { DatabaseOptions } from '../src/database/database-options.js';
import { MemoryFileSystem } from '../src/file-system/memory-file-system.js';
import { openPlayers, type PlayerDatabase, player } from './support/open-players.js';

const SMALL = { pageBytes: 4096, compaction: 'manual' as const };

/** Takes a stream slowly, in pieces of odd sizes. */
class Collector extends Writable {
  readonly chunks: Buffer[] = [];

  constructor() {
    super({ highWaterMark: 1000 });
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.chunks.push(chunk);
    setImmediate(done);
  }

  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }
}

async function* inPieces(bytes: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array, void> {
  for (let from = 0; from < bytes.length; from += pieceBytes) yield bytes.subarray(from, from + pieceBytes);
}

async function write(db: PlayerDatabase, first: number, count: number): Promise<void> {
  for (let index = first; index < first + count; index++) await db.player.insert(player(`p${index}`));
}

async function archive(): Promise<Buffer> {
  const db = await openPlayers({ directory: '/data', fileSystem: new MemoryFileSystem(), ...SMALL });
  await write(db, 0, 60);
  await db.compact();
  await write(db, 60, 20);
  const collector = new Collector();
  await db.backupTo(collector);
  await db.close();
  return collector.bytes;
}

const yes = (): boolean => true;
const NO_STREAMS: readonly unknown[] = [
  undefined,
  null,
  5,
  'x',
  {},
  [],
  { write: yes },
  { write: 1 },
  { write: yes, end: yes },
];

describe('db.backupTo', () => {
  it('of a stream that never drains ends with closing, and waiting work goes on', async () => {
    const fileSystem = new MemoryFileSystem();
    const db = await openPlayers({ directory: '/data', fileSystem, ...SMALL });
    await write(db, 0, 60);
    const stuck = new Writable({ highWaterMark: 100, write: () => undefined });
    const backup = db.backupTo(stuck);
    const refused = expect(backup).rejects.toMatchObject({ code: 'DATABASE_CLOSED' });
    const later = expect(db.backupTo(new Collector())).rejects.toMatchObject({ code: 'DATABASE_CLOSED' });
    const compacted = db.compact();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await db.close();
    await Promise.all([refused, later]);
    expect([stuck.destroyed, (await compacted).seq]).toEqual([true, 60]);
    const again = await openPlayers({ directory: '/data', fileSystem });
    expect([again.player.size, again.recovery?.isClean]).toEqual([60, true]);
    await again.close();
  });

  it.each(NO_STREAMS)('refuses %p, which is not a stream, with a code', async (stream) => {
    const db = await openPlayers({ directory: '/data', fileSystem: new MemoryFileSystem() });
    await expect(db.backupTo(stream as never)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    await db.close();
  });

  it('refuses a stream that has ended or was destroyed, also while it waits for its turn', async () => {
    const db = await openPlayers({ directory: '/data', fileSystem: new MemoryFileSystem() });
    const ended = new Collector();
    ended.end();
    const destroyed = new Collector();
    destroyed.destroy();
    const soonEnded = new Collector();
    const refused = [ended, destroyed, soonEnded].map((stream) => db.backupTo(stream));
    soonEnded.end();
    for (const backup of refused) await expect(backup).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    await db.compact();
    await db.close();
  });

  it('of a stream that says nothing of its end is ended by closing', async () => {
    const db = await openPlayers({ directory: '/data', fileSystem: new MemoryFileSystem() });
    const silent = { write: () => true, end: () => undefined, on: () => silent, once: () => silent, emit: () => true };
    const refused = expect(db.backupTo(silent as never)).rejects.toMatchObject({ code: 'DATABASE_CLOSED' });
    await new Promise((resolve) => setTimeout(resolve, 20));
    await db.close();
    await refused;
  });

  it('holds one seq while writes go on, and unpacks to a database that opens', async () => {
    const fileSystem = new MemoryFileSystem();
    const db = await openPlayers({ directory: '/data', fileSystem, ...SMALL });
    await write(db, 0, 60);
    await db.compact();
    await write(db, 60, 40);
    const collector = new Collector();
    const [report] = await Promise.all([db.backupTo(collector), write(db, 100, 50)]);
    expect(report.copiedBytes).toBe(collector.bytes.length);
    const unpacked = await unpackBackup({ fileSystem, stream: inPieces(collector.bytes, 777), destination: '/copy' });
    expect(unpacked).toEqual({ lastSeq: report.lastSeq, byteCount: collector.bytes.length });
    const copy = await openPlayers({ directory: '/copy', fileSystem });
    expect(copy.recovery).toMatchObject({ isClean: true, lost: [] });
    expect(copy.player.size).toBe(report.lastSeq);
    await copy.close();
    await db.close();
  });

  it('is an archive that tar unpacks', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nuthatch-tar-'));
    const db = await openPlayers({ directory: join(folder, 'data') } as DatabaseOptions);
    await write(db, 0, 20);
    const file = join(folder, 'backup.tar');
    await db.backupTo(createWriteStream(file));
    await db.close();
    mkdirSync(join(folder, 'copy'));
    execFileSync('tar', ['xf', file, '-C', join(folder, 'copy')]);
    expect(readFileSync(file).length % 512).toBe(0);
    const copy = await openPlayers({ directory: join(folder, 'copy') } as DatabaseOptions);
    expect([copy.player.size, copy.recovery?.isClean]).toEqual([20, true]);
    await copy.close();
    rmSync(folder, { recursive: true });
  });

  it('rejects with the error of the stream, and the database stays open', async () => {
    const db = await openPlayers({ directory: '/data', fileSystem: new MemoryFileSystem() });
    await write(db, 0, 10);
    const broken = new Writable({ write: (_chunk, _encoding, done) => done(new TypeError('line is cut')) });
    await expect(db.backupTo(broken)).rejects.toThrow('line is cut');
    await db.compact();
    await write(db, 10, 1);
    await db.close();
    const inMemory = await openPlayers();
    await expect(inMemory.backupTo(new Collector())).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });
});

describe('unpackBackup', () => {
  it('refuses a stream cut anywhere and leaves nothing that opens as a database', async () => {
    const bytes = await archive();
    for (let cut = 0; cut < bytes.length; cut += 1_531) {
      const fileSystem = new MemoryFileSystem();
      const stream = inPieces(bytes.subarray(0, cut), 10_000);
      await expect(unpackBackup({ fileSystem, stream, destination: '/copy' })).rejects.toMatchObject({
        code: 'JOURNAL_DAMAGED',
      });
      expect(await fileSystem.stat('/copy')).toBeUndefined();
    }
  });

  it('finds flipped bits of what a recovery reads', async () => {
    const bytes = await archive();
    let foundCount = 0;
    for (let at = 5; at < bytes.length; at += 997) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] as number) ^ 4;
      const fileSystem = new MemoryFileSystem();
      try {
        await unpackBackup({ fileSystem, stream: inPieces(flipped, 50_000), destination: '/copy' });
      } catch (error) {
        expect(error).toMatchObject({ code: 'JOURNAL_DAMAGED' });
        foundCount++;
        continue;
      }
      // Padding, times of the headers, pages before the snapshot: of no use to this state.
      const copy = await openPlayers({ directory: '/copy', fileSystem });
      expect(copy.player.size).toBe(80);
      await copy.close();
    }
    expect(foundCount).toBeGreaterThan(3);
  });

  it('writes only files of a backup, and never into a directory in use', async () => {
    const fileSystem = new MemoryFileSystem();
    for (const name of ['../evil.nut', '/etc/passwd', 'lock.nut', 'note.txt']) {
      const bytes = Buffer.concat([encodeTarHeader({ name, byteCount: 3 }, 0), Buffer.alloc(512 * 3)]);
      await expect(
        unpackBackup({ fileSystem, stream: inPieces(bytes, 512), destination: '/copy' }),
      ).rejects.toMatchObject({
        code: 'JOURNAL_DAMAGED',
      });
    }
    expect(await fileSystem.stat('/copy')).toBeUndefined();
    await openPlayers({ directory: '/used', fileSystem }).then((db) => db.close());
    await expect(
      unpackBackup({ fileSystem, stream: inPieces(await archive(), 512), destination: '/used' }),
    ).rejects.toMatchObject({ code: 'DIRECTORY_UNUSABLE' });
  });
});

it('reads back sizes of any length from a tar header', () => {
  for (const byteCount of [0, 511, 8 ** 11 - 1, 8 ** 11, 2 ** 45])
    expect(decodeTarHeader(encodeTarHeader({ name: 'page-0000000001.nut', byteCount }, 1e12))).toEqual({
      name: 'page-0000000001.nut',
      byteCount,
    });
});
