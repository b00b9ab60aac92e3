/** The copying process dies by SIGKILL in the middle of its work; the next one ends in the same rows. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../../../generated/index.js';
import { playerDefinition } from '../../../../generated/player.js';
import { bundleChild } from '../../../runtime/test/support/bundle-child.js';
import { copyTo, shapesOf } from '../../src/index.js';
import { type CassandraRun, expectQueryTables, storeOf } from './cassandra-place.js';

const MOMENT_COUNT = 20;
const KEYSPACE = 'killed';
const PACKAGES = join(__dirname, '../../../../node_modules');

export function describeKilledCopies(run: CassandraRun): void {
  describe('a process that copies to Cassandra', () => {
    let folder: string;
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'nuthatch-killed-'));
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    it(`is killed at ${MOMENT_COUNT} moments, and the next copy is whole, deletes included`, async () => {
      const [shape] = shapesOf([playerDefinition]);
      const bundle = join(folder, 'child.cjs');
      bundleChild(join(__dirname, 'copying-child.ts'), bundle);
      const directory = join(folder, 'data');
      const copy = (change: number, lastCall: number) =>
        ended(bundle, [String(run.server.port), KEYSPACE, directory, String(change), String(lastCall)]);
      expect(await copy(0, 0)).toMatchObject({ exitCode: 0 });
      const { out } = await copy(0, 0);
      const callCount = Number(out);
      for (let moment = 1; moment <= MOMENT_COUNT; moment++) {
        const lastCall = Math.ceil((callCount * moment) / (MOMENT_COUNT + 1));
        expect(await copy(moment, lastCall)).toEqual({ exitCode: null, signal: 'SIGKILL', out: '' });
        if (moment % 4 !== 0) continue;
        await using db = await openDatabase({ directory });
        const report = await copyTo(db, storeOf(run.client, KEYSPACE), { collections: ['player'] });
        expect(report.collections[0]?.wasThere).toBe(false);
        await expectQueryTables(run.client, KEYSPACE, shape!, db.player.all().all());
        const { rows } = await run.client.execute(`SELECT id, email, name FROM ${KEYSPACE}.player`);
        const due = [...db.player.all()].map(({ id, email, name }) => ({ id, email, name }));
        expect(byId(rows as unknown as typeof due)).toEqual(byId(due));
      }
    });
  });
}

interface Ended {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
}

function ended(program: string, args: readonly string[]): Promise<Ended> {
  const env = { ...process.env, NODE_PATH: PACKAGES };
  const child = spawn(process.execPath, [program, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.on('data', (text) => {
    out += String(text);
  });
  return new Promise((resolve) => child.once('close', (exitCode, signal) => resolve({ exitCode, signal, out })));
}

function byId(rows: readonly { readonly id: string }[]): unknown[] {
  return rows.map((row) => ({ ...row })).sort((one, other) => (one.id < other.id ? -1 : 1));
}
