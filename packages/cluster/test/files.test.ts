/** A journal in a directory that several processes share. */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../../generated/index.js';
import { FileEngine } from '../src/engines/files/file-engine.js';
import { FrameFiles } from '../src/engines/files/frame-files.js';
import { JournalFiles } from '../src/engines/files/journal-files.js';
import { fileJournal, storeImage } from '../src/index.js';
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
  return { isComparing: true, make: () => new FileEngine({ directory, isUnsafe: true, pollMs: 100 }) };
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

  describe('that was damaged', () => {
    let directory: string;
    const journal = () => fileJournal({ directory, unsafe: true, unreachableMs: 500 });
    const frame = (position: number): string => join(directory, 'frames/000000', String(position).padStart(12, '0'));
    const image = (ending: string): string =>
      join(directory, 'images', readdirSync(join(directory, 'images')).find((name) => name.endsWith(ending))!);
    const edit = (path: string, change: (json: Record<string, never>) => object): void =>
      writeFileSync(path, JSON.stringify(change(JSON.parse(readFileSync(path, 'utf8')))));
    const entryWith = (more: object) => () =>
      edit(image('.json'), ({ entry, data }) => ({ entry: Object.assign({}, entry, more), data }));
    const inPlace = (path: string): void => {
      rmSync(path);
      mkdirSync(path);
    };

    beforeEach(async () => {
      directory = newDirectory();
      const db = await openDatabase({ memory: true, journal: journal() });
      for (let index = 0; index < 6; index++) await db.club.insert({ id: `c${index}`, name: 'club' });
      await storeImage(journal());
      await db.close();
    });

    it.each<[string, () => void]>([
      ['a frame is missing between others', () => rmSync(frame(3))],
      ['the first frame is missing', () => rmSync(frame(1))],
      ['a frame lies far behind the others', () => writeFileSync(frame(900), 'x')],
      ['an entry of an image is no object', () => writeFileSync(image('.json'), 'null')],
      ['an entry of an image lacks its models', entryWith({ models: 'x' })],
      ['an entry of an image has a place that is no number', entryWith({ position: 'x' })],
      [
        'an entry of an image has a model of an absurd number',
        entryWith({ models: [{ modelId: 2 ** 40, fingerprint: '', json: '' }] }),
      ],
      [
        'an entry of an image leads out of the folder',
        () => edit(image('.json'), ({ entry }) => ({ entry, data: '../x' })),
      ],
      ['the bytes of an image are missing', () => rmSync(image('.data'))],
      ['the identity is missing', () => rmSync(join(directory, 'journal.json'))],
      ['the identity is no object', () => writeFileSync(join(directory, 'journal.json'), 'null')],
      ['the identity has no uuid', () => edit(join(directory, 'journal.json'), () => ({ format: 1 }))],
      ['a folder has the name of the identity', () => inPlace(join(directory, 'journal.json'))],
      ['the bytes of an image end early', () => truncateSync(image('.data'), 100)],
    ])('is refused at once when %s', async (_, damage) => {
      damage();
      const names = readdirSync(directory);
      for (let tries = 0; tries < 2; tries++) {
        const open = openDatabase({ memory: true, journal: journal() });
        await expect(open).rejects.toMatchObject({ code: 'JOURNAL_DAMAGED' });
      }
      expect(readdirSync(directory)).toEqual(names);
    });

    it('has a copy that stays where it is', async () => {
      const copy = newDirectory();
      const node = await openDatabase({ directory: copy, journal: journal() });
      await node.close();
      rmSync(join(directory, 'journal.json'));
      const open = openDatabase({ directory: copy, journal: journal() });
      await expect(open).rejects.toMatchObject({ code: 'JOURNAL_DAMAGED' });
      expect(readdirSync(folder).filter((name) => name.includes('aside'))).toEqual([]);
    });
  });

  it('that was replaced by a backup takes no frame of a node that has seen more', async () => {
    const directory = newDirectory();
    const journal = fileJournal({ directory, unsafe: true, pollMs: 60_000 });
    const a = await openDatabase({ memory: true, journal });
    for (let index = 0; index < 3; index++) await a.club.insert({ id: `c${index}`, name: 'club' });
    cpSync(directory, `${directory} backup`, { recursive: true });
    await a.club.insert({ id: 'lost', name: 'club' });
    rmSync(directory, { recursive: true });
    renameSync(`${directory} backup`, directory);
    const b = await openDatabase({ memory: true, journal });
    await b.club.insert({ id: 'other', name: 'club' });
    const refused = a.club.insert({ id: 'late', name: 'club' });
    await expect(refused).rejects.toMatchObject({ code: 'DATABASE_FAILED', facts: { causeCode: 'JOURNAL_DIVERGED' } });
    const late = await openDatabase({ memory: true, journal });
    expect(late.club.find({}).orderBy('id').keys()).toEqual(['c0', 'c1', 'c2', 'other']);
    await Promise.allSettled([a.close(), b.close(), late.close()]);
  });

  it('leaves nothing of a file that could not be written', async () => {
    const files = new JournalFiles(newDirectory());
    await files.make();
    await expect(files.putOnce(join(files.frames, 'x'), { no: 'bytes' } as never)).rejects.toThrow();
    await expect(files.replace(files.frames, 'bytes')).rejects.toThrow();
    expect(readdirSync(join(files.directory, 'new'))).toEqual([]);
  });

  it('of a directory that is no directory is unusable, at once', async () => {
    const directory = newDirectory();
    writeFileSync(directory, '');
    const open = openDatabase({ memory: true, journal: fileJournal({ directory, unsafe: true }) });
    await expect(open).rejects.toMatchObject({ code: 'DIRECTORY_UNUSABLE' });
  });
});
