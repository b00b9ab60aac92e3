/** FIFOs, sockets, devices, directories and links that have a name of ours: refused at once, with a code, left as they are. */
import { spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { verifyDirectory } from '../src/tools/directory-tools.js';
import { openPlayers, player } from './support/open-players.js';

let directory: string;
let servers: Server[];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'nuthatch-plain-'));
  servers = [];
  const db = await openPlayers({ directory });
  await db.player.insert(player('p1'));
  await db.compact();
  await db.player.insert(player('p2'));
  await db.close();
});

afterEach(async () => {
  for (const server of servers) await new Promise((resolve) => server.close(resolve));
  rmSync(directory, { recursive: true, force: true });
});

const KINDS: Readonly<Record<string, (place: string) => Promise<void>>> = {
  FIFO: async (place) => {
    expect(spawnSync('mkfifo', [place]).status).toBe(0);
  },
  socket: async (place) => {
    const server = createServer();
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(place, resolve));
  },
  directory: async (place) => mkdirSync(place),
  'link to a device': async (place) => symlinkSync('/dev/zero', place),
  'link to nothing': async (place) => symlinkSync('nowhere', place),
};

/** Names of ours, those that are there already and those that are not. */
const NAMES = [
  'manifest.nut',
  'manifest.nut.tmp',
  'page-0000000001.nut',
  'page-0000000009.nut',
  'snapshot-0000000001.nut',
  'snapshot-0000000009.nut',
  'lock.nut',
  'migration-note.nut.tmp',
  `unfinished-backup-${'0'.repeat(32)}.nut`,
];

const onUnix = process.platform === 'win32' ? describe.skip : describe;

onUnix('what is not a regular file', () => {
  for (const [kind, make] of Object.entries(KINDS))
    it.each(NAMES.filter((name) => name !== 'lock.nut' || kind !== 'link to nothing'))(
      `is refused at once: a ${kind} called %s`,
      async (name) => {
        const place = join(directory, name);
        rmSync(place, { force: true });
        await make(place);
        const { ino } = lstatSync(place);
        const startMs = performance.now();
        const code = expect.stringMatching(/^(DIRECTORY_UNUSABLE|BACKUP_UNFINISHED)$/);
        await expect(openPlayers({ directory })).rejects.toMatchObject({ code });
        // Tools that look without the lock see nothing of a lock file.
        if (name !== 'lock.nut') {
          const isWhole = await verifyDirectory({ directory }).then(
            (report) => report.isWhole,
            () => false,
          );
          expect(isWhole).toBe(false);
        }
        expect(performance.now() - startMs).toBeLessThan(5_000);
        expect(lstatSync(place).ino).toBe(ino);
        if (kind !== 'FIFO' || name.endsWith('.tmp') || name === 'page-0000000009.nut') return;
        // Nothing is written to it by salvage either, and nothing waits.
        await openPlayers({ directory, recovery: 'salvage' }).then(
          (db) => db.close(),
          () => undefined,
        );
      },
    );

  it('is no hindrance when it has another name', async () => {
    expect(spawnSync('mkfifo', [join(directory, 'notes')]).status).toBe(0);
    mkdirSync(join(directory, 'lost+found'));
    const db = await openPlayers({ directory });
    expect(db.player.size).toBe(2);
    await db.close();
  });

  it('is refused as the place of a database', async () => {
    const place = join(directory, 'place');
    expect(spawnSync('mkfifo', [place]).status).toBe(0);
    await expect(openPlayers({ directory: place })).rejects.toMatchObject({ code: 'DIRECTORY_UNUSABLE' });
    renameSync(place, `${place}-2`);
  });
});
