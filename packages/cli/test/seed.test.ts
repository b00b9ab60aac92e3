/** Seeds: what is put, what is not put twice, and what is refused. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CliProject, type CliResult } from './support/cli-project.js';

let project: CliProject;

beforeEach(async () => {
  project = new CliProject({ hasDependencies: true });
  project.schema(
    'Player',
    `@Id() readonly id!: string;
  @Index() email!: string;
  @Range() joinedAt: Date = new Date(0);
  score: bigint = 0n;
  tags: Set<string> = new Set();
  address?: { city: string; zip?: string };`,
  );
  project.schema('Club', "@Id({ generate: 'uuidv7' }) readonly id!: string;\n  name!: string;");
  project.write('nuthatch.config.json', '{ "data": "data" }');
  expect((await project.run('generate')).exitCode).toBe(0);
});
afterEach(() => project[Symbol.dispose]());

const seed = (...args: readonly string[]): Promise<CliResult> =>
  project.run('seed', '--generated', project.generatedModule()!, ...args);

const ANN = {
  id: 'p1',
  email: 'ann@x.io',
  joinedAt: '2024-01-01T00:00:00.000Z',
  score: '9007199254740993',
  tags: ['a'],
};
const BEA = { id: 'p2', email: 'bea@x.io', address: { city: 'Bern' } };

const players = () => project.documents('player');

describe('nuthatch seed', () => {
  it('puts JSON, lines of JSON and what programs write, in the order of their names', async () => {
    project.write('seeds/10-player.json', JSON.stringify([ANN]));
    project.write('seeds/20-player.jsonl', `\ufeff${JSON.stringify(BEA)}\n\n`);
    project.write('seeds/30-all.json', JSON.stringify({ club: [{ id: 'c1', name: 'FCB' }], player: [] }));
    project.write(
      'seeds/40-more.ts',
      `import type { NuthatchDatabase } from '../generated/index.js';
       export default async (db: NuthatchDatabase): Promise<void> => {
         if (db.player.size !== 2) throw new Error('too early');
         for (const { id } of db.player) await db.player.update(id, { tags: new Set(['seeded']) });
       };`,
    );
    project.write('seeds/types.d.ts', 'export {};');
    const { exitCode, out, err } = await seed();
    expect([exitCode, err]).toEqual([0, '']);
    expect(out.split('\n')).toEqual([
      'seeds/10-player.json: 1 document of player, 1 transaction',
      'seeds/20-player.jsonl: 1 document of player, 1 transaction',
      'seeds/30-all.json: 1 document of club, 1 transaction',
      'seeds/40-more.ts: run, 2 transactions',
    ]);
    expect(await players()).toMatchObject([
      { id: 'p1', joinedAt: new Date('2024-01-01'), score: 9007199254740993n, tags: new Set(['seeded']) },
      { id: 'p2', joinedAt: new Date(0), score: 0n, address: { city: 'Bern' } },
    ]);
  });

  it('runs a seed once, again when it has changed or on request, and doubles nothing', async () => {
    project.write('seeds/player.json', JSON.stringify([ANN, BEA]));
    expect((await seed()).out).toContain('2 documents of player');
    await project.withDatabase(async (db) => {
      await (db['player'] as unknown as { update(id: string, patch: object): Promise<unknown> }).update('p1', {
        score: 1n,
      });
    });
    expect((await seed()).out).toMatch(/^seeds\/player\.json: was seeded on .*; --again runs it again$/);
    expect(await players()).toMatchObject([{ id: 'p1', score: 1n }, { id: 'p2' }]);
    expect((await seed('--again')).out).toContain('2 documents of player');
    expect(await players()).toMatchObject([{ id: 'p1', score: 9007199254740993n }, { id: 'p2' }]);
    project.write('seeds/player.json', JSON.stringify([{ ...ANN, score: '7' }]));
    expect(JSON.parse((await seed('--json')).out)).toMatchObject({
      seeds: [{ file: 'seeds/player.json', action: 'seeded', collections: { player: 1 } }],
    });
    expect(await players()).toMatchObject([{ id: 'p1', score: 7n }, { id: 'p2' }]);
    // A record that a crash has cut counts for none.
    writeFileSync(join(project.folder, 'data', 'seeds.json'), '{ "ver');
    expect((await seed('--json')).exitCode).toBe(0);
    expect(JSON.parse(readFileSync(join(project.folder, 'data', 'seeds.json'), 'utf8'))).toMatchObject({ version: 1 });
  });

  it('deletes all documents only when that is confirmed', async () => {
    project.write('seeds/player.json', JSON.stringify([ANN]));
    await seed();
    await project.withDatabase((db) => db['club']!.insertMany([{ id: 'c1', name: 'FCB' }]));
    const refused = await seed('--reset');
    expect([refused.exitCode, refused.err]).toEqual([2, expect.stringContaining('confirm it with --yes')]);
    expect((await seed('--yes')).exitCode).toBe(2);
    expect(await project.documents('club')).toHaveLength(1);
    const { exitCode, out } = await seed('--reset', '--yes');
    expect([exitCode, out]).toEqual([0, '2 documents deleted\nseeds/player.json: 1 document of player, 1 transaction']);
    expect(await project.documents('club')).toEqual([]);
    expect(await players()).toHaveLength(1);
  });

  it('is refused while a process has the database open', async () => {
    project.write('seeds/player.json', JSON.stringify([ANN]));
    await project.withDatabase(async () => {
      const { exitCode, err } = await seed();
      expect([exitCode, err]).toEqual([1, expect.stringMatching(/^DATABASE_LOCKED: /)]);
    });
    expect(await players()).toEqual([]);
  });

  it.each([
    [
      'a document without its id',
      [{ email: 'x' }],
      /document 1 of player: the field id is missing: it is part of the id/,
    ],
    ['a date that is none', [{ ...ANN, joinedAt: 'soon' }], /document 1 of player: joinedAt is /],
    [
      'a day that no calendar has',
      [{ ...ANN, joinedAt: '2025-02-30' }],
      /document 1 of player: joinedAt is not a date/,
    ],
    ['a date of another form', [{ ...ANN, joinedAt: '7' }], /document 1 of player: joinedAt is not a date/],
    ['a value of another type, behind good ones', [ANN, { ...BEA, tags: 'a' }], /document 2 of player: tags is /],
    ['a field that no model knows', [{ ...ANN, agee: 3 }], /document 1 of player: VALIDATION_FAILED: .*agee/],
    ['a prototype', JSON.parse('[{ "id": "p1", "email": "a", "__proto__": { "score": 1 } }]'), /VALIDATION_FAILED: /],
    ['a unique value twice', [ANN, { ...BEA, email: 'ann@x.io' }], /document 2 of player: DUPLICATE_KEY: /],
    ['a document that is a text', ['p1'], /document 1 of player: not an object/],
    ['a collection without a class', { plaier: [ANN] }, /document 1 of plaier: no class has the collection plaier/],
    ['an object of no lists', { player: ANN }, /neither a list of documents nor an object of such lists/],
    ['a number', 3, /neither a list of documents nor an object of such lists/],
  ])('refuses %s, names the place, and puts nothing of the file', async (_what, json, message) => {
    project.write('seeds/player.json', JSON.stringify(json));
    const { exitCode, err } = await seed();
    expect([exitCode, err]).toEqual([1, expect.stringMatching(/^SEED_FAILED: seeds\/player\.json/)]);
    expect(err).toMatch(message);
    expect(await players()).toEqual([]);
    expect(existsSync(join(project.folder, 'data', 'seeds.json'))).toBe(false);
  });

  it.each([
    ['throws', 'export default () => { throw new Error("no luck"); };', /bad\.ts: no luck\. /],
    ['rejects with a text', 'export default async () => { throw "no luck"; };', /bad\.ts: no luck\. /],
    ['exports no function', 'export const seed = 1;', /bad\.ts: it exports no function by default/],
    ['cannot be read', 'export default (', /SEED_FAILED: .*bad\.ts/],
    ['is half of a file', 'export default async (db) => {\n  await db.player.insert({ id: "p9" });', /bad\.ts: .*'}'/s],
    ['is refused by the engine', 'export default (db) => db.player.insert({ id: 3 });', /INVALID_KEY/],
  ])('refuses a program that %s, and does not note it', async (_what, text, message) => {
    project.write('other/bad.ts', text);
    const { exitCode, out } = await seed('other/bad.ts', '--json');
    const { error } = JSON.parse(out) as { error: { code: string; message: string } };
    expect([exitCode, error.code]).toEqual([1, 'SEED_FAILED']);
    expect(error.message).toMatch(message);
    expect(existsSync(join(project.folder, 'data', 'seeds.json'))).toBe(false);
  });

  it('names the line of a bad one among many, and keeps the thousands before it', async () => {
    const lines = Array.from({ length: 1_500 }, (_, index) => JSON.stringify({ id: `p${index}`, email: `e${index}` }));
    lines[1_200] = '{ "id": "p1200" ';
    project.write('seeds/player.ndjson', lines.join('\n'));
    const { exitCode, err } = await seed();
    expect([exitCode, err]).toEqual([1, expect.stringMatching(/^SEED_FAILED: seeds\/player\.ndjson, line 1201: /)]);
    expect(await players()).toHaveLength(1_000);
  });

  it('refuses when there are no seeds, and files that are none', async () => {
    expect(await seed()).toMatchObject({ exitCode: 1, err: expect.stringContaining('there is no seed in ') });
    project.write('notes.txt', '');
    expect((await seed('notes.txt')).exitCode).toBe(2);
    expect(await seed('missing.json')).toMatchObject({ exitCode: 1, err: expect.stringMatching(/^FILE_UNUSABLE: /) });
    rmSync(join(project.folder, 'nuthatch.config.json'));
    expect(await seed()).toMatchObject({ exitCode: 2, err: expect.stringContaining('no database is named') });
    expect(existsSync(join(project.folder, 'data'))).toBe(false);
  });
});
