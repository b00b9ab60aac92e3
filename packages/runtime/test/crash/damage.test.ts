/** Damage of every kind to a small directory: detected or harmless, never a wrong document. Failures F2–F8, F19, F24. */
import { DatabaseError } from '@nuthatch/model';
import { MemoryFileSystem } from '../../src/file-system/memory-file-system.js';
import {
  DIRECTORY,
  endOfFrames,
  openItems,
  put,
  readFile,
  replaceFile,
  transaction,
  writeItems,
} from '../disk-fixture.js';

const PAGE_1 = `${DIRECTORY}/page-0000000001.nut`;
const PAGE_2 = `${DIRECTORY}/page-0000000002.nut`;
const MANIFEST = `${DIRECTORY}/manifest.nut`;
const SMALL_PAGES = { pageBytes: 4096 };

/** Opens and closes; the code of the error, or the values found. */
async function outcome(fileSystem: MemoryFileSystem, recovery: 'refuse' | 'salvage' = 'refuse') {
  try {
    const { journal, target, report } = await openItems(fileSystem, { recovery });
    await journal.close();
    return { values: target.values, report };
  } catch (error) {
    if (!DatabaseError.is(error)) throw error;
    return { code: error.code, facts: error.facts, message: error.message };
  }
}

async function copyOf(fileSystem: MemoryFileSystem): Promise<MemoryFileSystem> {
  const copy = new MemoryFileSystem();
  await copy.makeDirectory(DIRECTORY);
  for (const name of await fileSystem.list(DIRECTORY)) {
    const path = `${DIRECTORY}/${name}`;
    await replaceFile(copy, path, await readFile(fileSystem, path));
  }
  return copy;
}

/** A directory of a process that died: written, synced, never closed. Its page ends in zeros. */
async function crashedDirectory(count: number): Promise<MemoryFileSystem> {
  const fileSystem = new MemoryFileSystem();
  const { journal } = await openItems(fileSystem, { options: SMALL_PAGES });
  for (let index = 0; index < count; index++) {
    journal.append(transaction(put(`k${index}`, index)), 'fsync');
    await journal.flush();
  }
  const copy = await copyOf(fileSystem);
  await journal.close();
  return copy;
}

function valuesUpTo(count: number): Record<string, number> {
  const entries = Array.from({ length: count }, (_, index) => [`k${index}`, index] as const);
  return Object.fromEntries(entries.sort(([left], [right]) => (left < right ? -1 : 1)));
}

describe('a closed directory', () => {
  it('gives back what was written, again and again', async () => {
    const fileSystem = new MemoryFileSystem();
    await writeItems(fileSystem, 5);
    for (let round = 0; round < 3; round++) {
      expect(await outcome(fileSystem)).toMatchObject({
        values: valuesUpTo(5),
        report: { isClean: true, cutBytes: 0, lastSeq: 5 },
      });
    }
  });

  it('detects any single flipped byte of a page or the manifest', async () => {
    const fileSystem = new MemoryFileSystem();
    await writeItems(fileSystem, 3);
    for (const path of [PAGE_1, MANIFEST]) {
      const good = await readFile(fileSystem, path);
      for (let offset = 0; offset < good.length; offset++) {
        const bad = good.slice();
        bad[offset] = (bad[offset] as number) ^ (1 << (offset % 8));
        await replaceFile(fileSystem, path, bad);
        const found = await outcome(fileSystem);
        if (!('code' in found)) throw new Error(`byte ${offset} of ${path} went unnoticed`);
        expect(['JOURNAL_DAMAGED', 'FORMAT_UNSUPPORTED']).toContain(found.code);
      }
      await replaceFile(fileSystem, path, good);
    }
    expect(await outcome(fileSystem)).toMatchObject({ values: valuesUpTo(3) });
  });

  it('detects every cut of a page, a cut between two frames included', async () => {
    const fileSystem = new MemoryFileSystem();
    await writeItems(fileSystem, 3);
    const good = await readFile(fileSystem, PAGE_1);
    for (let length = 0; length < good.length; length++) {
      await replaceFile(fileSystem, PAGE_1, good.slice(0, length));
      expect(await outcome(fileSystem)).toMatchObject({ code: 'JOURNAL_DAMAGED', facts: { file: PAGE_1 } });
    }
  });

  it('detects a frame of another history of the same database, same place and same seq', async () => {
    const ours = await crashedDirectory(2);
    const theirs = await copyOf(ours);
    for (const [fileSystem, value] of [
      [ours, 7],
      [theirs, 8],
    ] as const) {
      const { journal } = await openItems(fileSystem);
      for (const key of ['x', 'y']) {
        journal.append(transaction(put(key, value)), 'fsync');
        await journal.flush();
      }
      await journal.close();
    }
    const [good, other] = [await readFile(ours, PAGE_1), await readFile(theirs, PAGE_1)];
    expect(good.length).toBe(other.length);
    const lastFrame = Buffer.from(good.buffer).lastIndexOf('NUTF') - 4;
    await replaceFile(ours, PAGE_1, Buffer.concat([good.slice(0, lastFrame), other.slice(lastFrame)]));
    expect(await outcome(ours)).toMatchObject({
      code: 'JOURNAL_DAMAGED',
      facts: { reason: 'frame belongs to another history', offset: lastFrame },
    });
  });

  it('detects bytes after its end', async () => {
    const fileSystem = new MemoryFileSystem();
    await writeItems(fileSystem, 3);
    const good = await readFile(fileSystem, PAGE_1);
    await replaceFile(fileSystem, PAGE_1, Buffer.concat([good, Buffer.alloc(100)]));
    expect(await outcome(fileSystem)).toMatchObject({ code: 'JOURNAL_DAMAGED' });
  });
});

describe('a directory left by a dead process', () => {
  // F2
  it('recovers a prefix from every cut, and takes writes again', async () => {
    const crashed = await crashedDirectory(4);
    const good = await readFile(crashed, PAGE_1);
    const headerBytes = new DataView(good.buffer).getUint32(8, true);
    for (let length = good.length; length >= headerBytes; length -= 3) {
      const fileSystem = await copyOf(crashed);
      await replaceFile(fileSystem, PAGE_1, good.slice(0, length));
      const found = await outcome(fileSystem);
      if ('code' in found) throw new Error(`cut at ${length}: ${found.message}`);
      const count = found.report.lastSeq;
      if (length === good.length) expect(count).toBe(4);
      expect(found.values).toEqual(valuesUpTo(count));
      const again = await openItems(fileSystem);
      for (let index = count; index < count + 3; index++)
        again.journal.append(transaction(put(`k${index}`, index)), 'fsync');
      await again.journal.close();
      expect(await outcome(fileSystem)).toMatchObject({ values: valuesUpTo(count + 3), report: { isClean: true } });
    }
  });

  it('takes a tail of zeros for room made ahead and cuts it off', async () => {
    const fileSystem = await crashedDirectory(3);
    const good = await readFile(fileSystem, PAGE_1);
    await replaceFile(fileSystem, PAGE_1, Buffer.concat([good, Buffer.alloc(5000)]));
    expect(await outcome(fileSystem)).toMatchObject({
      values: valuesUpTo(3),
      report: { isClean: false, cutBytes: 0 },
    });
    expect((await readFile(fileSystem, PAGE_1)).length).toBe(endOfFrames(good));
  });

  it('cuts a torn frame that zeros follow and says how long it was', async () => {
    const fileSystem = await crashedDirectory(3);
    const torn = await readFile(fileSystem, PAGE_1);
    torn.fill(7, endOfFrames(torn), endOfFrames(torn) + 50);
    await replaceFile(fileSystem, PAGE_1, torn);
    expect(await outcome(fileSystem)).toMatchObject({ values: valuesUpTo(3), report: { cutBytes: 50 } });
    expect((await readFile(fileSystem, PAGE_1)).length).toBe(endOfFrames(torn));
  });

  // F3
  it('refuses two flipped bytes before the last frame with file and offset', async () => {
    const fileSystem = await crashedDirectory(5);
    const bad = await readFile(fileSystem, PAGE_1);
    const middle = Math.floor(endOfFrames(bad) / 2);
    bad[middle] = (bad[middle] as number) ^ 0xff;
    bad[middle + 1] = (bad[middle + 1] as number) ^ 0xff;
    await replaceFile(fileSystem, PAGE_1, bad);
    const found = await outcome(fileSystem);
    expect(found).toMatchObject({ code: 'JOURNAL_DAMAGED', facts: { file: PAGE_1, offset: expect.any(Number) } });
    expect(await readFile(fileSystem, PAGE_1)).toEqual(bad);
  });

  // F4
  it('neither empties the file nor allocates for a length field that says four gigabytes', async () => {
    const fileSystem = await crashedDirectory(5);
    const bad = await readFile(fileSystem, PAGE_1);
    const first = Buffer.from(bad.buffer).indexOf('NUTF') + 4;
    new DataView(bad.buffer).setUint32(first, 0xffff_ffff, true);
    await replaceFile(fileSystem, PAGE_1, bad);
    expect(await outcome(fileSystem)).toMatchObject({ code: 'JOURNAL_DAMAGED' });
    expect((await readFile(fileSystem, PAGE_1)).length).toBe(bad.length);
  });

  it('detects or cuts any single flipped byte and never shows a wrong document', async () => {
    const crashed = await crashedDirectory(3);
    const good = await readFile(crashed, PAGE_1);
    for (let offset = 0; offset < good.length; offset++) {
      const fileSystem = await copyOf(crashed);
      const bad = good.slice();
      bad[offset] = (bad[offset] as number) ^ (1 << (offset % 8));
      await replaceFile(fileSystem, PAGE_1, bad);
      const found = await outcome(fileSystem);
      // Only in the last frame is a flipped byte the same as a torn tail, and after it nothing is lost by it.
      const count = offset < endOfFrames(good) ? 2 : 3;
      if (!('code' in found)) expect(found).toMatchObject({ values: valuesUpTo(count), report: { lastSeq: count } });
    }
  });
});

describe('several pages', () => {
  async function manyPages(): Promise<MemoryFileSystem> {
    const fileSystem = new MemoryFileSystem();
    await writeItems(fileSystem, 100, SMALL_PAGES);
    expect((await fileSystem.list(DIRECTORY)).filter((name) => name.startsWith('page-')).length).toBeGreaterThan(2);
    return fileSystem;
  }

  // F7
  it('keep the last value of every key over reopenings and updates', async () => {
    const fileSystem = new MemoryFileSystem();
    const latest: Record<string, number> = {};
    for (let run = 0; run < 4; run++) {
      const { journal, target } = await openItems(fileSystem, { options: SMALL_PAGES });
      expect(target.values).toEqual(latest);
      for (let index = 0; index < 200; index++) {
        const key = `k${(index * 7 + run) % 50}`;
        latest[key] = run * 1000 + index;
        journal.append(transaction(put(key, run * 1000 + index)), 'os');
        if (index % 10 === 0) await journal.flush();
      }
      await journal.close();
      for (const key of Object.keys(latest).sort()) {
        const value = latest[key] as number;
        delete latest[key];
        latest[key] = value;
      }
    }
    expect((await outcome(fileSystem)).values).toEqual(latest);
  });

  // F8
  it('are read with every page size at the next opening', async () => {
    const fileSystem = await manyPages();
    for (const pageBytes of [1_000_000, 5000, 4096]) await writeItems(fileSystem, 20, { pageBytes }, 100);
    expect(Object.keys((await outcome(fileSystem)).values ?? {})).toHaveLength(120);
  });

  it('are refused when two are swapped', async () => {
    const fileSystem = await manyPages();
    const [one, two] = [await readFile(fileSystem, PAGE_1), await readFile(fileSystem, PAGE_2)];
    await replaceFile(fileSystem, PAGE_1, two);
    await replaceFile(fileSystem, PAGE_2, one);
    expect(await outcome(fileSystem)).toMatchObject({ code: 'JOURNAL_DAMAGED' });
  });

  it('are refused when the newest or any other is missing', async () => {
    const complete = await manyPages();
    for (const name of (await complete.list(DIRECTORY)).filter((entry) => entry.startsWith('page-'))) {
      const fileSystem = await copyOf(complete);
      await fileSystem.remove(`${DIRECTORY}/${name}`);
      expect(await outcome(fileSystem)).toMatchObject({
        code: 'JOURNAL_DAMAGED',
        facts: { file: `${DIRECTORY}/${name}`, offset: 0 },
      });
    }
  });

  it('are refused when a sealed one has any byte flipped, though the process died', async () => {
    const closed = await manyPages();
    const good = await readFile(closed, PAGE_2);
    for (let offset = 0; offset < good.length; offset += 37) {
      const bad = good.slice();
      bad[offset] = (bad[offset] as number) ^ 0x10;
      await replaceFile(closed, PAGE_2, bad);
      const found = await outcome(closed);
      expect('code' in found && ['JOURNAL_DAMAGED', 'FORMAT_UNSUPPORTED'].includes(found.code)).toBe(true);
    }
  });

  it('are refused when one of another database takes a place', async () => {
    const [ours, theirs] = [await manyPages(), await manyPages()];
    await replaceFile(ours, PAGE_2, await readFile(theirs, PAGE_2));
    expect(await outcome(ours)).toMatchObject({ code: 'JOURNAL_DAMAGED' });
  });

  it('are refused with an old manifest, which would hide the newest', async () => {
    const fileSystem = new MemoryFileSystem();
    await writeItems(fileSystem, 3, SMALL_PAGES);
    const old = await readFile(fileSystem, MANIFEST);
    await writeItems(fileSystem, 60, SMALL_PAGES, 3);
    await replaceFile(fileSystem, MANIFEST, old);
    const found = await outcome(fileSystem);
    expect(found).toMatchObject({ code: 'JOURNAL_DAMAGED' });
    expect(await fileSystem.list(DIRECTORY)).toContain('page-0000000002.nut');
    expect(Object.keys((await outcome(fileSystem, 'salvage')).values ?? {})).toHaveLength(63);
  });

  it('are refused without a manifest, and salvaged whole', async () => {
    const fileSystem = await manyPages();
    await fileSystem.remove(MANIFEST);
    expect(await outcome(fileSystem)).toMatchObject({ code: 'JOURNAL_DAMAGED' });
    const found = await outcome(fileSystem, 'salvage');
    expect(found.values).toEqual(valuesUpTo(100));
    expect(await outcome(fileSystem)).toMatchObject({ values: valuesUpTo(100) });
  });
});

describe('salvage', () => {
  it('keeps every frame but the damaged one, reports it, and opens without complaint afterwards', async () => {
    const fileSystem = new MemoryFileSystem();
    await writeItems(fileSystem, 100, SMALL_PAGES);
    const bad = await readFile(fileSystem, PAGE_2);
    const at = bad.length - 700;
    bad[at] = (bad[at] as number) ^ 1;
    await replaceFile(fileSystem, PAGE_2, bad);
    expect(await outcome(fileSystem)).toMatchObject({ code: 'JOURNAL_DAMAGED' });

    const found = await outcome(fileSystem, 'salvage');
    expect(Object.keys(found.values ?? {})).toHaveLength(99);
    expect(found.report?.lost).toEqual([
      { file: PAGE_2, offset: expect.any(Number), byteCount: expect.any(Number), reason: 'wrong checksum' },
    ]);
    const again = await outcome(fileSystem);
    expect(again).toMatchObject({ values: found.values, report: { lost: [], lastSeq: 100, isClean: true } });

    await writeItems(fileSystem, 10, SMALL_PAGES, 100);
    expect(Object.keys((await outcome(fileSystem)).values ?? {})).toHaveLength(109);
  });

  it('works without a whole page, its header, its end or its middle, and takes writes again', async () => {
    const complete = new MemoryFileSystem();
    await writeItems(complete, 100, SMALL_PAGES);
    const good = await readFile(complete, PAGE_2);
    const damages: Record<string, Uint8Array | undefined> = {
      missing: undefined,
      empty: new Uint8Array(0),
      header: Buffer.concat([Buffer.alloc(40), good.slice(40)]),
      end: good.slice(0, good.length - 500),
      middle: Buffer.concat([good.slice(0, 1500), Buffer.alloc(800), good.slice(2300)]),
      all: Buffer.alloc(good.length, 7),
    };
    for (const [name, bytes] of Object.entries(damages)) {
      const fileSystem = await copyOf(complete);
      if (bytes) await replaceFile(fileSystem, PAGE_2, bytes);
      else await fileSystem.remove(PAGE_2);
      expect({ name, ...(await outcome(fileSystem)) }).toMatchObject({ name, code: 'JOURNAL_DAMAGED' });
      const found = await outcome(fileSystem, 'salvage');
      // A page cut inside a frame is two: the bytes that are gone and the half frame before them.
      const lostCount = name === 'end' ? 2 : 1;
      expect({ name, lost: found.report?.lost.length, lastSeq: found.report?.lastSeq }).toEqual({
        name,
        lost: lostCount,
        lastSeq: 100,
      });
      for (const [key, value] of Object.entries(found.values ?? {})) expect(key).toBe(`k${value}`);
      await writeItems(fileSystem, 5, SMALL_PAGES, 100);
      expect(await outcome(fileSystem)).toMatchObject({ report: { lost: [], lastSeq: 105 } });
    }
  });
});

describe('a directory with other things in it', () => {
  // F6
  it('ignores strays and deletes left-over temp files', async () => {
    const fileSystem = new MemoryFileSystem();
    await writeItems(fileSystem, 2);
    for (const name of ['.DS_Store', 'page-1.nut', 'notes.txt', 'manifest.nut.tmp', 'Page-0000000002.nut']) {
      await replaceFile(fileSystem, `${DIRECTORY}/${name}`, Buffer.from('anything'));
    }
    expect(await outcome(fileSystem)).toMatchObject({ values: valuesUpTo(2) });
    const names = await fileSystem.list(DIRECTORY);
    expect(names).toEqual([
      '.DS_Store',
      'Page-0000000002.nut',
      'manifest.nut',
      'notes.txt',
      'page-0000000001.nut',
      'page-1.nut',
    ]);
  });

  it('removes a page that was begun and never named', async () => {
    const fileSystem = new MemoryFileSystem();
    await writeItems(fileSystem, 2);
    const header = (await readFile(fileSystem, PAGE_1)).slice(0, 90);
    await replaceFile(fileSystem, PAGE_2, header);
    expect(await outcome(fileSystem)).toMatchObject({ values: valuesUpTo(2) });
    expect(await fileSystem.list(DIRECTORY)).not.toContain('page-0000000002.nut');
  });

  it('refuses a file where the directory should be', async () => {
    const fileSystem = new MemoryFileSystem();
    await fileSystem.makeDirectory('/data');
    await replaceFile(fileSystem, DIRECTORY, Buffer.from('a file'));
    expect(await outcome(fileSystem)).toMatchObject({ code: 'DIRECTORY_UNUSABLE' });
  });

  // F24
  it('is made with its missing parents', async () => {
    const fileSystem = new MemoryFileSystem();
    expect(await outcome(fileSystem)).toMatchObject({ values: {}, report: { isClean: true } });
    expect((await fileSystem.stat(DIRECTORY))?.kind).toBe('directory');
  });

  // F9
  it('refuses a second opener with the pid of the first', async () => {
    const fileSystem = new MemoryFileSystem();
    const { journal } = await openItems(fileSystem);
    expect(await outcome(fileSystem)).toMatchObject({ code: 'DATABASE_LOCKED', facts: { pid: process.pid } });
    await journal.close();
    expect(await outcome(fileSystem)).toMatchObject({ values: {} });
  });

  // F19
  it('keeps keys with newlines, quotes, zeros and half surrogates', async () => {
    const fileSystem = new MemoryFileSystem();
    const keys = ['a\nb', '"', '\0', '\ud800', '__proto__', 'constructor', '', '💧', 'é'.repeat(40)];
    const { journal } = await openItems(fileSystem);
    journal.append(transaction(...keys.map((key, index) => put(key, index, key))), 'fsync');
    await journal.close();
    const { target, journal: again } = await openItems(fileSystem);
    expect([...target.documents.keys()]).toEqual(keys);
    expect([...target.documents.values()].map((item) => item.text)).toEqual(keys);
    await again.close();
  });
});

it('salvage passes over the zeros after the last frame, also at later openings', async () => {
  const fileSystem = new MemoryFileSystem();
  const { journal } = await openItems(fileSystem, { options: SMALL_PAGES });
  for (let index = 0; index < 5; index++) {
    journal.append(transaction(put(`k${index}`, index)), 'fsync');
    await journal.flush();
  }
  const crashed = await copyOf(fileSystem);
  await journal.close();
  const bad = await readFile(crashed, PAGE_1);
  // The last frame but one.
  const at = endOfFrames(bad) - 200;
  bad[at] = (bad[at] as number) ^ 1;
  await replaceFile(crashed, PAGE_1, bad);

  const found = await outcome(crashed, 'salvage');
  expect(found.report).toMatchObject({ lost: [{ file: PAGE_1 }], cutBytes: 0, lastSeq: 5 });
  expect(await readFile(crashed, PAGE_1)).toEqual(bad);
  await writeItems(crashed, 3, SMALL_PAGES, 50);
  const again = await outcome(crashed);
  expect(again).toMatchObject({ report: { lost: [], isClean: true, lastSeq: 8 } });
  expect(Object.keys(again.values ?? {})).toHaveLength(7);
});

it('salvage leaves a torn tail after a hole in place, and later openings report nothing', async () => {
  const fileSystem = new MemoryFileSystem();
  const { journal } = await openItems(fileSystem, { options: SMALL_PAGES });
  for (let index = 0; index < 50; index++) {
    journal.append(transaction(put(`k${index}`, index)), 'fsync');
    await journal.flush();
  }
  const crashed = await copyOf(fileSystem);
  await journal.close();
  const bad = await readFile(crashed, PAGE_1);
  bad[bad.length - 700] = (bad[bad.length - 700] as number) ^ 1;
  await replaceFile(crashed, PAGE_1, bad);
  const torn = await readFile(crashed, PAGE_2);
  torn.fill(1, endOfFrames(torn), endOfFrames(torn) + 300);
  await replaceFile(crashed, PAGE_2, torn);

  expect(await outcome(crashed)).toMatchObject({ code: 'JOURNAL_DAMAGED', facts: { file: PAGE_1 } });
  const found = await outcome(crashed, 'salvage');
  expect(found.report).toMatchObject({ lost: [{ file: PAGE_1 }], cutBytes: 300, lastSeq: 50 });
  expect(Object.keys(found.values ?? {})).toHaveLength(49);
  expect(await readFile(crashed, PAGE_2)).toEqual(torn);
  expect(await outcome(crashed)).toMatchObject({ values: found.values, report: { lost: [], isClean: true } });
  await writeItems(crashed, 5, SMALL_PAGES, 50);
  expect(await outcome(crashed)).toMatchObject({ report: { lost: [], lastSeq: 55 } });
});
