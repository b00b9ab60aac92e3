/** Imports, exports and adoptions that are killed at random moments: nothing half is taken for whole, and the next goes on. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { openDatabase } from '../../../../generated/index.js';
import { canRunPostgres, type PostgresServer, startPostgres } from '../../../../test/servers/postgres.js';
import { bundleChild } from '../../../runtime/test/support/bundle-child.js';
import { repeats } from '../../../runtime/test/support/long-run.js';
import {
  adoptCopy,
  adoptJournal,
  exportJournal,
  importDirectory,
  journalStatus,
  postgresJournal,
  type SharedJournal,
} from '../../src/index.js';
import type { CareOrder } from '../processes/caring-child.js';

const describeIfThere = canRunPostgres() ? describe : describe.skip;
const COUNT = 2_000;
/** Of each call, unless one is done before. */
const KILLS = 2;
/** A call takes about so long; the kill comes anywhere in it. */
const LONGEST_MS = 900;

describeIfThere('killed at any moment', () => {
  let server: PostgresServer;
  let folder: string;
  let bundle: string;
  const at = (name: string): string => join(folder, name);
  const journalOf = (name: string): SharedJournal =>
    postgresJournal({ connectionString: server.url, name, unsafe: true });

  beforeAll(async () => {
    server = await startPostgres();
    folder = mkdtempSync(join(tmpdir(), 'nuthatch-killed-care-'));
    // Where drivers are found.
    const place = resolve(__dirname, '../../../../node_modules/.cache/nuthatch');
    mkdirSync(place, { recursive: true });
    bundle = join(place, `caring-child-${process.pid}.cjs`);
    bundleChild(resolve(__dirname, '../processes/caring-child.ts'), bundle);
    const db = await openDatabase({ directory: at('data'), durability: 'os' });
    await db.player.insertMany(
      Array.from({ length: COUNT }, (_, index) => ({
        ...{ id: `p${index}`, email: `p${index}@example.org`, age: index % 100, name: 'x'.repeat(200) },
      })),
    );
    await db.close();
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    rmSync(bundle, { force: true });
    await server?.stop();
  });

  /** @returns whether it was done before the kill came. */
  async function killed(order: Omit<CareOrder, 'url'>): Promise<boolean> {
    const child = spawn(process.execPath, [bundle, JSON.stringify({ ...order, url: server.url })], { stdio: 'pipe' });
    let said = '';
    child.stdout.on('data', (text) => {
      said += String(text);
    });
    const closed = once(child, 'close');
    while (!said.includes('begin') && child.exitCode === null) await new Promise((resume) => setTimeout(resume, 5));
    await new Promise((resume) => setTimeout(resume, Math.random() * LONGEST_MS));
    child.kill('SIGKILL');
    await closed;
    return said.includes('done');
  }

  /** Kills a few; when none of them was done, does what is left. */
  async function inTheEnd(order: Omit<CareOrder, 'url'>, finish: () => Promise<unknown>): Promise<void> {
    for (let kills = 0; kills < KILLS; kills++) if (await killed(order)) return;
    await finish();
  }

  /** Whether nodes may open the journal. */
  async function isWhole(journal: SharedJournal): Promise<boolean> {
    const status = await journalStatus(journal).catch(() => undefined);
    return status !== undefined && !status.isUnfinished;
  }

  const ROUNDS = Array.from({ length: repeats('NUTHATCH_CARE_KILLS', 1) }, (_, index) => index);

  it.each(ROUNDS)('an import, an export and two adoptions go on: %#', async (round) => {
    const [name, next] = [`killed ${round}`, `next ${round}`];
    const [journal, nextJournal] = [journalOf(name), journalOf(next)];
    await inTheEnd({ call: 'importDirectory', name, directory: at('data') }, async () => {
      if (!(await isWhole(journal))) await importDirectory(journal, at('data'));
    });
    const out = at(`out${round}`);
    await inTheEnd({ call: 'exportJournal', name, directory: out }, async () => {
      if (!existsSync(out)) await exportJournal(journal, out);
    });
    const db = await openDatabase({ directory: out });
    expect(db.player.count()).toBe(COUNT);
    await db.close();

    const cache = at(`cache${round}`);
    const node = await openDatabase({ directory: cache, journal });
    await node.player.update('p1', { age: 99 });
    await node.close();
    const expectWhole = async (shared: SharedJournal): Promise<void> => {
      const again = await openDatabase({ directory: cache, journal: shared });
      expect([again.player.count(), again.player.get('p1')?.age]).toEqual([COUNT, 99]);
      await again.close();
    };
    // Killed in between, opening the node does the rest.
    await inTheEnd({ call: 'adoptJournal', name, directory: cache }, async () => undefined);
    await expectWhole(journal);
    await inTheEnd({ call: 'adoptCopy', name: next, directory: cache }, async () => {
      if (await isWhole(nextJournal)) await adoptJournal(nextJournal, cache);
      else await adoptCopy(nextJournal, cache);
    });
    await expectWhole(nextJournal);
    // Of the dead, the next call for the same place removes what they leave.
    const left = readdirSync(folder).filter((entry) => entry.includes(`out${round}.work-`));
    expect(left.length).toBeLessThanOrEqual(1);
  });
});
