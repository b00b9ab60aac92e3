/** A directory that is moved, replaced, removed or copied while a database has it open: nobody writes into another's. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseError } from '@nuthatch/model';
import { dumpDirectory, importDump, verifyDirectory } from '../src/tools/directory-tools.js';
import { openPlayers, type PlayerDatabase, player } from './support/open-players.js';

const platform = Object.getOwnPropertyDescriptor(process, 'platform') as PropertyDescriptor;
/** Small pages: almost every write names a path. */
const SMALL = { pageBytes: 4096, durability: 'fsync', compaction: 'manual' } as const;

let folder: string;
let directory: string;
let other: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nuthatch-taken-'));
  directory = join(folder, 'data');
  other = join(folder, 'other');
});

afterEach(() => {
  Object.defineProperty(process, 'platform', platform);
  rmSync(folder, { recursive: true, force: true });
});

async function fill(db: PlayerDatabase, prefix: string, count: number): Promise<void> {
  for (let index = 0; index < count; index++)
    await db.player.insert(player(`${prefix}${index}`, { name: 'n'.repeat(200) }));
}

async function idsIn(place: string): Promise<readonly string[]> {
  expect(await verifyDirectory({ directory: place })).toMatchObject({ isWhole: true });
  const db = await openPlayers({ directory: place });
  const ids = [...db.player.all()].map(({ id }) => id).sort();
  await db.close();
  return ids;
}

/** Every act of an open database that writes; each is refused with a code or does no harm. */
const ACTS: Readonly<Record<string, (db: PlayerDatabase) => Promise<unknown>>> = {
  insert: (db) => db.player.insert(player('late')),
  'insert that rolls the page': (db) => fill(db, 'late', 40),
  compact: (db) => db.compact(),
  flush: (db) => db.flush(),
  close: (db) => db.close(),
};

/** What may happen to a directory. Each answers where what was acknowledged must still be; undefined: nowhere. */
const EVENTS: Readonly<Record<string, () => string | undefined>> = {
  'is moved': () => {
    renameSync(directory, other);
    return other;
  },
  'is replaced by an empty one': () => {
    renameSync(directory, other);
    mkdirSync(directory);
    return other;
  },
  'is removed': () => {
    rmSync(directory, { recursive: true });
    return undefined;
  },
  'is removed and made anew': () => {
    rmSync(directory, { recursive: true });
    mkdirSync(directory);
    return undefined;
  },
  'is emptied': () => {
    for (const name of readdirSync(directory)) unlinkSync(join(directory, name));
    return undefined;
  },
  'has its files moved elsewhere': () => {
    mkdirSync(other);
    for (const name of readdirSync(directory)) renameSync(join(directory, name), join(other, name));
    return other;
  },
  'has its files replaced by copies': () => {
    // The directory stays, its files are others: as a backup that is put in their place leaves them.
    mkdirSync(other);
    for (const name of readdirSync(directory)) renameSync(join(directory, name), join(other, name));
    for (const name of readdirSync(other)) if (name !== 'lock.nut') cpSync(join(other, name), join(directory, name));
    return other;
  },
  'becomes a file': () => {
    renameSync(directory, other);
    writeFileSync(directory, 'a file');
    return other;
  },
};

// Linux works through the open directory; elsewhere names are compared.
describe.each(['as on this machine', 'by names alone'])('a directory that is open, %s', (means) => {
  beforeEach(() => {
    if (means === 'by names alone') Object.defineProperty(process, 'platform', { ...platform, value: 'darwin' });
  });

  for (const [what, takeAway] of Object.entries(EVENTS)) {
    for (const [act, doIt] of Object.entries(ACTS)) {
      it(`refuses ${act} with a code after it ${what}, and touches nothing that has its name`, async () => {
        const db = await openPlayers({ directory, ...SMALL });
        await fill(db, 'p', 5);
        const failures: DatabaseError[] = [];
        db.on('failed', (error) => failures.push(error));
        const kept = takeAway();
        const before = existsSync(directory) ? contentOf(directory) : undefined;
        const error: unknown = await doIt(db).then(
          () => undefined,
          (reason: unknown) => reason,
        );
        expect(codesOf(error)).toContain('DIRECTORY_GONE');
        expect(db.player.size).toBe(5);
        await db.close().catch(() => undefined);
        expect(existsSync(directory) ? contentOf(directory) : undefined).toEqual(before);
        if (act !== 'compact') expect(failures.map(({ facts }) => facts.causeCode)).toEqual(['DIRECTORY_GONE']);
        // By its name alone nobody can take the lock away from a directory that has another one: it lasts as long as we.
        if (kept !== undefined && means !== 'by names alone')
          expect(await idsIn(kept)).toEqual(['p0', 'p1', 'p2', 'p3', 'p4']);
      });
    }
  }

  it('fails within a second when nobody writes', async () => {
    const db = await openPlayers({ directory, ...SMALL });
    const failed = new Promise<DatabaseError>((resolve) => db.on('failed', resolve));
    const startMs = performance.now();
    renameSync(directory, other);
    expect(await failed).toMatchObject({ code: 'DATABASE_FAILED', facts: { causeCode: 'DIRECTORY_GONE' } });
    expect(performance.now() - startMs).toBeLessThan(1_000);
    expect(db.state).toBe('failed');
    await db.close();
  });

  it('leaves the new database whole that was made under its name, and its own where it went', async () => {
    const old = await openPlayers({ directory, ...SMALL });
    await fill(old, 'old', 30);
    renameSync(directory, other);
    const now = await openPlayers({ directory, ...SMALL });
    const [lost] = await Promise.all([
      fill(old, 'late', 60).then(
        () => undefined,
        (error: unknown) => error,
      ),
      fill(now, 'new', 60),
    ]);
    expect(codesOf(lost)).toContain('DIRECTORY_GONE');
    await Promise.allSettled([old.compact(), old.close()]);
    await now.compact();
    await now.close();
    expect(await idsIn(directory)).toHaveLength(60);
    if (means === 'by names alone') return;
    expect((await idsIn(other)).filter((id) => id.startsWith('old'))).toHaveLength(30);
    expect((await idsIn(other)).filter((id) => id.startsWith('new'))).toHaveLength(0);
  });

  it('is noticed when a symbolic link is switched to another release', async () => {
    const [first, second, current] = ['first', 'second', 'current'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    mkdirSync(first);
    mkdirSync(second);
    symlinkSync(first, current);
    const old = await openPlayers({ directory: current, ...SMALL });
    await fill(old, 'old', 5);
    unlinkSync(current);
    symlinkSync(second, current);
    const now = await openPlayers({ directory: current, ...SMALL });
    await expect(fill(old, 'late', 30)).rejects.toMatchObject({ facts: { causeCode: 'DIRECTORY_GONE' } });
    await old.close();
    await fill(now, 'new', 30);
    await now.close();
    expect(await idsIn(second)).toHaveLength(30);
    if (means !== 'by names alone') expect(await idsIn(first)).toHaveLength(5);
  });

  it('is opened again under its name by the openers that share a handle', async () => {
    const old = await openPlayers({ directory, shared: true, ...SMALL });
    await fill(old, 'old', 3);
    renameSync(directory, other);
    const now = await openPlayers({ directory, shared: true, ...SMALL });
    expect([now === old, now.player.size, old.state]).toEqual([false, 0, 'closed']);
    await fill(now, 'new', 3);
    await now.close();
    expect(await idsIn(directory)).toEqual(['new0', 'new1', 'new2']);
  });

  it('is not taken for gone by a tool whose process changes its folder', async () => {
    const db = await openPlayers({ directory, ...SMALL });
    await fill(db, 'p', 3);
    await db.close();
    const home = process.cwd();
    async function* lines(): AsyncGenerator<string> {
      for await (const line of dumpDirectory({ directory })) {
        yield line;
        process.chdir(home);
      }
    }
    try {
      process.chdir(folder);
      expect(await importDump({ lines: lines(), destination: 'made' })).toMatchObject({ documentCount: 3 });
    } finally {
      process.chdir(home);
    }
    expect(await idsIn(join(folder, 'made'))).toEqual(['p0', 'p1', 'p2']);
  });

  it('is not taken for gone when its name comes back to it', async () => {
    const db = await openPlayers({ directory, ...SMALL });
    const link = join(folder, 'link');
    symlinkSync(directory, link);
    await fill(db, 'p', 20);
    await db.compact();
    await db.close();
    expect(await idsIn(link)).toHaveLength(20);
  });

  it('can be copied, and the copies opened, while the original runs', async () => {
    const db = await openPlayers({ directory, ...SMALL });
    await fill(db, 'p', 10);
    const copies = ['copy-1', 'copy-2'].map((name) => join(folder, name));
    for (const copy of copies) cpSync(directory, copy, { recursive: true });
    const opened = await Promise.all(copies.map((copy) => openPlayers({ directory: copy, ...SMALL })));
    for (const copy of opened) {
      expect(copy.player.size).toBe(10);
      await copy.player.insert(player('own'));
    }
    await expect(openPlayers({ directory: copies[0] as string })).rejects.toMatchObject({ code: 'DATABASE_LOCKED' });
    await expect(openPlayers({ directory })).rejects.toMatchObject({ code: 'DATABASE_LOCKED' });
    for (const copy of opened) await copy.close();
    expect(db.player.size).toBe(10);
    await db.close();
  });
});

/** All codes of an error and of what led to it. */
function codesOf(error: unknown): readonly string[] {
  const codes: string[] = [];
  for (let each = error; each instanceof Error; each = each.cause) if (DatabaseError.is(each)) codes.push(each.code);
  return codes;
}

function contentOf(place: string): unknown {
  try {
    return readdirSync(place).map((name) => [name, readFileSync(join(place, name), 'latin1')]);
  } catch {
    return readFileSync(place, 'latin1');
  }
}
