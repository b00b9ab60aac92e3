/** Processes that are told to end by a signal while a database is open. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleChild } from './support/bundle-child.js';
import { openPlayers } from './support/open-players.js';

let folder: string;
let bundle: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nuthatch-signal-'));
  bundle = join(folder, 'child.cjs');
  bundleChild(join(__dirname, 'support', 'signal-child.ts'), bundle);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
}

/** Runs the child until it is ready, sends the signal and waits for its end. */
async function endOf(directory: string, mode: string, signal: NodeJS.Signals): Promise<End> {
  const child: ChildProcess = spawn(process.execPath, [bundle, directory, mode], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: process.cwd(),
  });
  let out = '';
  child.stdout?.on('data', (text: Buffer) => {
    const wasReady = out.includes('ready\n');
    out += text.toString();
    if (!wasReady && out.includes('ready\n')) child.kill(signal);
    // A second one, in the midst of closing.
    if (text.toString().includes('imaging\n')) child.kill(signal);
  });
  const [code, ended] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
    child.once('close', (...end) => resolve(end)),
  );
  return { code, signal: ended, out };
}

describe('closeOnSignal', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('closes properly on %s and dies of the signal', async (signal) => {
    const directory = join(folder, signal);
    expect(await endOf(directory, 'plain', signal)).toMatchObject({ code: null, signal, out: 'ready\nclosed\n' });
    const db = await openPlayers({ directory });
    expect(db.recovery?.isClean).toBe(true);
    expect(db.player.size).toBe(50);
    await db.close();
  });

  it('gives up an image for the next opening at a second signal, and closes properly', async () => {
    const directory = join(folder, 'image');
    const end = await endOf(directory, 'image', 'SIGTERM');
    expect(end).toMatchObject({ code: null, signal: 'SIGTERM', out: 'ready\nimaging\nleft: signal\nclosed\n' });
    const db = await openPlayers({ directory });
    expect([db.recovery?.isClean, db.player.size]).toEqual([true, 50]);
    await db.close();
  });

  it('leaves the end of the process to a listener of the application', async () => {
    const directory = join(folder, 'listener');
    expect(await endOf(directory, 'listens-too', 'SIGTERM')).toMatchObject({ code: 7, signal: null });
    const db = await openPlayers({ directory });
    expect([db.recovery?.isClean, db.player.size]).toEqual([true, 50]);
    await db.close();
  });

  it('listens no longer once the database is closed', async () => {
    const { out, signal } = await endOf(join(folder, 'closed'), 'closes-itself', 'SIGTERM');
    expect([out, signal]).toEqual(['closed\nlisteners 0\nready\n', 'SIGTERM']);
  });

  it('refuses a value that is not a signal', async () => {
    for (const closeOnSignal of ['SIGTERM', ['SIGKILL'], [9]])
      await expect(openPlayers({ memory: true, closeOnSignal } as never)).rejects.toMatchObject({
        code: 'INVALID_OPTION',
      });
  });
});
