/** A journal in a directory that several processes share. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../../generated/index.js';
import { FileEngine } from '../src/engines/files/file-engine.js';
import { FrameFiles } from '../src/engines/files/frame-files.js';
import { JournalFiles } from '../src/engines/files/journal-files.js';
import { fileJournal } from '../src/index.js';
import { describeJournal } from './conformance/journal-conformance.js';
import { SharedSubject } from './conformance/shared-subject.js';
import { describeEngine } from './engine-contract.js';
import { describeKilledNodes } from './processes/killed-nodes.js';

const folder = mkdtempSync(join(tmpdir(), 'nuthatch-files-'));
let count = 0;
afterAll(() => rmSync(folder, { recursive: true }));

const newDirectory = (): string => join(folder, `journal ${++count}`);
const newPlace = () => {
  const directory = newDirectory();
  return { make: () => new FileEngine({ directory, isUnsafe: true, pollMs: 100 }) };
};

describeEngine('a shared directory', newPlace);
describeJournal('a shared directory', () => new SharedSubject(newPlace().make), { historyCount: 2, stepCount: 80 });
describeKilledNodes('a shared directory', (name) => ({ engine: 'files', directory: join(folder, name), name }), {
  killCount: 20,
  nodeCount: 3,
  pauseMs: 1_000,
});

describe('a shared directory', () => {
  it('is no directory that holds anything else, and nothing is put beside it', async () => {
    const directory = newDirectory();
    const own = await openDatabase({ directory });
    await own.close();
    const names = readdirSync(directory);
    const open = (more: object) =>
      openDatabase({ memory: true, ...more, journal: fileJournal({ directory, unsafe: true }) } as never);
    await expect(open({})).rejects.toMatchObject({ code: 'DIRECTORY_UNUSABLE', facts: { directory } });
    expect(readdirSync(directory)).toEqual(names);
    // Nor is the directory of a journal that of a node.
    const shared = newDirectory();
    const journal = fileJournal({ directory: shared, unsafe: true });
    for (const place of [shared, join(shared, 'copy'), folder])
      await expect(openDatabase({ directory: place, journal })).rejects.toMatchObject({ code: 'DIRECTORY_UNUSABLE' });
    const db = await openDatabase({ memory: true, journal });
    await db.club.insert({ id: 'c', name: 'club' });
    await db.close();
  });

  it('shows a write to another node by the word of the file system, long before the next look', async () => {
    const journal = fileJournal({ directory: newDirectory(), unsafe: true, pollMs: 60_000 });
    const [a, b] = [await openDatabase({ memory: true, journal }), await openDatabase({ memory: true, journal })];
    for (let index = 0; index < 5; index++) {
      await a.club.insert({ id: `c${index}`, name: 'club' });
      await b.caughtUp(a.seq);
      expect(b.club.get(`c${index}`)?.name).toBe('club');
    }
    await Promise.all([a.close(), b.close()]);
  }, 50_000);

  it('goes on over more frames than a folder holds, read by several at a time', async () => {
    const directory = newDirectory();
    const make = () => new FileEngine({ directory, isUnsafe: true, pollMs: 100 });
    const engine = make();
    await engine.open('0'.repeat(32));
    // As if frames up to there were removed.
    writeFileSync(join(directory, 'floor', '000000000980'), '');
    for (let position = 981; position <= 1_010; position++)
      if ((await engine.append(position, Uint8Array.of(position & 255))) !== 'won') throw new TypeError('lost');
    const other = make();
    expect(await other.head()).toBe(1_010);
    const read = await other.read(990, 2 ** 20);
    expect(read.map(({ position, bytes }) => [position, bytes[0]])).toEqual(
      Array.from({ length: 20 }, (_, index) => [991 + index, (991 + index) & 255]),
    );
    async function* chunks(): AsyncGenerator<Uint8Array, void> {
      yield Uint8Array.of(1);
    }
    await engine.storeImage({ position: 1_005, seq: 1, chain: 'ab'.repeat(16), models: [] }, chunks());
    await engine.truncate({ upTo: 1_010, retentionMs: 0, retentionBytes: 0 });
    expect((await other.read(0, 2 ** 20)).map(({ position }) => position)).toEqual([1_006, 1_007, 1_008, 1_009, 1_010]);
    expect(await other.append(1_000, Uint8Array.of(1))).toBe('lost');
    await Promise.all([engine.close(), other.close()]);
  });

  it('says of an append over which its process slept for too long that nobody knows', async () => {
    class SleepingFiles extends JournalFiles {
      override async putOnce(path: string, bytes: Uint8Array | string): Promise<boolean> {
        const isPut = await super.putOnce(path, bytes);
        if (path.includes('frames')) await super.putOnce(join(this.floor, '000000000007'), '');
        return isPut;
      }
    }
    const files = new SleepingFiles(newDirectory());
    await files.make();
    const frames = new FrameFiles(files);
    await expect(frames.append(1, Uint8Array.of(1))).rejects.toThrow('removed before its append had ended');
    expect(readdirSync(files.folderOf(1))).toEqual([]);
    expect(await frames.read(0, 1)).toEqual([]);
    expect(await frames.append(8, Uint8Array.of(8))).toBe('won');
  });

  it('refuses an identity that cannot be read, and options of other kinds', async () => {
    const directory = newDirectory();
    mkdirSync(directory);
    writeFileSync(join(directory, 'journal.json'), '{');
    const open = openDatabase({ memory: true, journal: fileJournal({ directory, unsafe: true }) });
    await expect(open).rejects.toMatchObject({ code: 'JOURNAL_DAMAGED' });
    for (const options of [{}, { directory: 5 }, { directory: '' }, { directory, name: 'x' }, { directory, pollMs: 0 }])
      expect(() => fileJournal(options as never)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }) as never);
  });
});
