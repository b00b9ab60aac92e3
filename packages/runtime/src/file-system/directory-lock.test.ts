import { spawn, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { lockDirectory } from './directory-lock.js';

const LOCKED = { code: 'DATABASE_LOCKED', facts: { pid: process.pid } };
const platform = Object.getOwnPropertyDescriptor(process, 'platform') as PropertyDescriptor;
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'nuthatch-lock-'));
});
afterEach(() => {
  Object.defineProperty(process, 'platform', platform);
  rmSync(directory, { recursive: true });
});

/** The pid of a process that is no more. */
function deadPid(): number {
  return spawnSync(process.execPath, ['-e', '']).pid;
}

function writeHolder(holder: object | string): void {
  writeFileSync(join(directory, 'lock.nut'), typeof holder === 'string' ? holder : JSON.stringify(holder));
}

/** What the file says of a process that lives. */
function holderOf(pid: number): object {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const startTime = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  return { pid, startTime, bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim() };
}

// The file alone is the lock where there are no abstract sockets.
describe.each(['as on this machine', 'by the file alone'])('the lock of a directory, %s', (means) => {
  beforeEach(() => {
    if (means === 'by the file alone') Object.defineProperty(process, 'platform', { ...platform, value: 'darwin' });
  });

  it('is held by one, tells the pid, and can be taken again once released', async () => {
    const lock = await lockDirectory(directory);
    await expect(lockDirectory(directory)).rejects.toMatchObject(LOCKED);
    await lock.release();
    await lock.release();
    expect(readdirSync(directory)).toEqual([]);
    await (await lockDirectory(directory)).release();
  });

  it('is given to one of many simultaneous openers', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => lockDirectory(directory)));
    const won = outcomes.filter((outcome) => outcome.status === 'fulfilled');
    expect(won).toHaveLength(1);
    for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject(LOCKED);
    await won[0]?.value.release();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('is taken over from a dead holder, a namesake, a holder before the last boot and a torn file', async () => {
    const bootId = existsSync('/proc/sys/kernel/random/boot_id')
      ? readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
      : '';
    const dead: (object | string)[] = [
      { pid: deadPid(), startTime: '1', bootId, token: 'a' },
      { pid: process.pid, startTime: '1', bootId, token: 'b' },
      { pid: process.ppid, startTime: '1', bootId: 'another boot', token: 'c' },
      '{"pid":',
      '',
      'null',
    ];
    for (const holder of dead) {
      writeHolder(holder);
      const lock = await lockDirectory(directory);
      expect(JSON.parse(readFileSync(join(directory, 'lock.nut'), 'utf8'))).toMatchObject({ pid: process.pid });
      await lock.release();
      expect(readdirSync(directory)).toEqual([]);
    }
  });

  it('is refused while a living process stands in the file, whatever its means', async () => {
    // Where there is no start time a process cannot be told from a later one of the same pid.
    if (!existsSync('/proc/self/stat')) return;
    writeHolder({ ...holderOf(process.ppid), token: 'of another process' });
    await expect(lockDirectory(directory)).rejects.toMatchObject({
      code: 'DATABASE_LOCKED',
      facts: { pid: process.ppid },
    });
  });

  it('is not held by a file that was copied here with another directory', async () => {
    const copy = mkdtempSync(join(tmpdir(), 'nuthatch-lock-'));
    const lock = await lockDirectory(directory);
    copyFileSync(join(directory, 'lock.nut'), join(copy, 'lock.nut'));
    await (await lockDirectory(copy)).release();
    expect(readdirSync(copy)).toEqual([]);
    await expect(lockDirectory(directory)).rejects.toMatchObject(LOCKED);
    await lock.release();
    rmSync(copy, { recursive: true });
  });

  it('is not held by a process that has ended and was not reaped', async () => {
    if (!existsSync('/proc/self/stat')) return;
    // The shell gives way to a program that reaps nobody.
    const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      const pid = Number(await new Promise((resolve) => parent.stdout.once('data', resolve)));
      while (readFileSync(`/proc/${parent.pid}/comm`, 'utf8') !== 'sleep\n') await setTimeout(5);
      writeHolder({ ...holderOf(pid), token: 'of a zombie' });
      await expect(lockDirectory(directory)).rejects.toMatchObject({ code: 'DATABASE_LOCKED', facts: { pid } });
      process.kill(pid, 'SIGKILL');
      while (!readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')) await setTimeout(5);
      await (await lockDirectory(directory)).release();
    } finally {
      parent.kill('SIGKILL');
    }
  });

  it('refuses a lock file that is not a regular file, at once', async () => {
    const fifo = join(directory, 'lock.nut');
    if (process.platform === 'win32' || spawnSync('mkfifo', [fifo]).status !== 0) return;
    await expect(lockDirectory(directory)).rejects.toMatchObject({
      code: 'DIRECTORY_UNUSABLE',
      facts: { file: expect.stringContaining('lock.nut') },
    });
    rmSync(fifo);
    mkdirSync(fifo);
    await expect(lockDirectory(directory)).rejects.toMatchObject({ code: 'DIRECTORY_UNUSABLE' });
  });

  it('is taken over from a worker thread that was ended, where the kernel says so', async () => {
    if (!existsSync('/proc/self/stat')) return;
    writeHolder({ ...holderOf(process.pid), token: 'of another thread' });
    if (means === 'by the file alone') await expect(lockDirectory(directory)).rejects.toMatchObject(LOCKED);
    else await (await lockDirectory(directory)).release();
  });
});

it('gives the inode of a directory that was deleted under its holder to no other one', async () => {
  const deleted = join(directory, 'deleted');
  mkdirSync(deleted);
  const { ino } = statSync(deleted);
  const lock = await lockDirectory(deleted);
  rmSync(deleted, { recursive: true });
  const places = Array.from({ length: 50 }, (_, index) => join(directory, `new-${index}`));
  for (const place of places) mkdirSync(place);
  // Held by the file system, so by no promise of ours where there are no inodes: only Linux asks for it.
  if (process.platform === 'linux') expect(places.map((place) => statSync(place).ino)).not.toContain(ino);
  const locks = await Promise.all(places.map((place) => lockDirectory(place)));
  for (const one of [lock, ...locks]) await one.release();
});
