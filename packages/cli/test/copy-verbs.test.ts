import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { CliProject } from './support/cli-project.js';
import { DirectoryFixture } from './support/directory-fixture.js';

/** What takes more than five seconds tells how far it is. */
const PROGRESS = /^(\w+ \w+: .* per second.*\n?)*$/;

let fixture: DirectoryFixture;
beforeEach(() => {
  fixture = new DirectoryFixture();
});
afterEach(() => fixture.remove());

/** The driver brings no types of its own. */
const Database = createRequire(__filename)('better-sqlite3') as new (
  file: string,
) => {
  prepare(text: string): { readonly reader: boolean; all(): unknown[]; run(): void };
  close(): void;
};

const sqlite = (text: string, file: string = fixture.at('out.db')): unknown[] => {
  const db = new Database(file);
  try {
    const statement = db.prepare(text);
    if (statement.reader) return statement.all();
    statement.run();
    return [];
  } finally {
    db.close();
  }
};

describe('nuthatch copy', () => {
  it('takes knex and the driver from one place: the project, or beside the command', async () => {
    try {
      await fixture.write(1);
      mkdirSync(fixture.at('node_modules/knex'), { recursive: true });
      writeFileSync(
        fixture.at('node_modules/knex/index.js'),
        "module.exports = () => { throw new Error('Knex: run\\n$ npm install pg --save') };",
      );
      process.env['NUTHATCH_NOBODY'] = 'postgres://u:p@127.0.0.1:1/db';
      const { exitCode, err } = await fixture.run(
        'copy',
        'postgres',
        'data',
        '--dry-run',
        '--url-env',
        'NUTHATCH_NOBODY',
      );
      expect([exitCode, err]).toEqual([1, expect.stringMatching(/^COPY_TARGET_UNREACHABLE: [^\n]*$/)]);
    } finally {
      delete process.env['NUTHATCH_NOBODY'];
    }
  });

  it('refuses columns that are computed by classes it cannot load, and writes nothing', async () => {
    await fixture.write(3);
    expect(await fixture.run('copy', 'sqlite', 'data', '--file', 'out.db')).toMatchObject({
      exitCode: 1,
      out: '',
      err: expect.stringMatching(/^CODE_NOT_LOADED: no generated code was found/),
    });
    // Comma-separated text holds stored fields only.
    expect(await fixture.run('copy', 'csv', 'data', '--collections', 'player')).toMatchObject({ exitCode: 0, err: '' });
    fixture.writeCode();
    writeFileSync(fixture.at('generated/index.ts'), 'throw new Error("of the class");');
    const { exitCode, err } = await fixture.run('copy', 'sqlite', 'data', '--file', 'out.db');
    expect([exitCode, err]).toEqual([
      1,
      expect.stringMatching(/^CODE_NOT_LOADED: generated.index.ts cannot be run: of the class\. /),
    ]);
    expect(err).not.toContain('nuthatch.config');
    expect(existsSync(fixture.at('out.db'))).toBe(false);
  });

  it('copies a directory in use to SQLite, reports it, and finds the copy the second time', async () => {
    await fixture.write(25);
    fixture.writeCode();
    const db = await fixture.open();
    const first = await fixture.run('copy', 'sqlite', 'data', '--file', 'out.db');
    await db.close();
    expect(first.err).toMatch(PROGRESS);
    expect(first.exitCode).toBe(0);
    expect(first.out).toMatch(
      /^player → player: 25 documents, 25 written, 0 deleted, checksum [0-9a-f]{16}\nSQLite holds seq 25; /,
    );
    const [row] = sqlite("SELECT id, age, nameLength FROM player WHERE id = 'p7'");
    expect(row).toEqual({ id: 'p7', age: 7, nameLength: 'secret 7'.length });
    const { result } = await fixture.json('copy', 'sqlite', 'data', '--file', 'out.db');
    expect(result).toMatchObject({ seq: '25', collections: [{ wasThere: true, count: 25 }] });
  });

  it('prints the schema, tries without writing, and refuses wrong arguments with a code', async () => {
    await fixture.write(3);
    const ddl = await fixture.run('copy', 'sqlite', 'data', '--file', 'out.db', '--ddl', '--prefix', 'x_');
    expect(ddl.out).toContain('CREATE TABLE IF NOT EXISTS "x_player" ("id" TEXT NOT NULL');
    const dry = await fixture.run('copy', 'sqlite', 'data', '--file', 'out.db', '--dry-run');
    expect(dry.out).toContain('player → player: 3 documents, would be copied');
    expect(sqlite('SELECT name FROM sqlite_master')).toEqual([]);
    sqlite('CREATE TABLE player (id TEXT PRIMARY KEY, mine TEXT)');
    fixture.writeCode();
    expect((await fixture.run('copy', 'sqlite', 'data', '--file', 'out.db')).err).toMatch(
      /^COPY_TARGET_MISMATCH: .*player.mine/,
    );
    expect((await fixture.run('copy', 'oracle', 'data')).err).toMatch(/^INVALID_OPTION: "oracle" is not a kind/);
    expect((await fixture.run('copy', 'sqlite', 'data')).err).toMatch(/^INVALID_OPTION: SQLite needs the file/);
    const hidden = 'postgres://ann:hunter2@127.0.0.1:1/db';
    process.env['NUTHATCH_TEST_URL'] = hidden;
    const refused = await fixture.run('copy', 'postgres', 'data', '--url-env', 'NUTHATCH_TEST_URL');
    delete process.env['NUTHATCH_TEST_URL'];
    expect(refused).toMatchObject({ exitCode: 1, out: '' });
    expect(refused.err).toMatch(/^COPY_TARGET_UNREACHABLE: /);
    expect(refused.err).not.toContain('hunter2');
    expect((await fixture.run('copy', 'postgres', 'data', '--url-env', 'NUTHATCH_NOT_SET')).err).toMatch(
      /is not set or is empty/,
    );
  });
});

describe('a place that does not exist', () => {
  beforeEach(async () => {
    await fixture.write(3);
    fixture.writeCode();
  });

  it('is refused before a driver puts its own in its place', async () => {
    const urls: Readonly<Record<string, readonly string[]>> = {
      postgres: [
        'not-a-url',
        'postgres//app:pw@h/prod',
        'postgres://app:pw@[::bad/prod',
        'mysql://app:pw@h/prod',
        'postgres://h',
      ],
      mariadb: [
        'not-a-url',
        'mysql//app:pw@h/prod',
        'mysql://app:pw@[::bad/prod',
        'postgres://app:pw@h/prod',
        'mysql://h',
      ],
      cassandra: [
        'not-a-url',
        'cassandra//h/k',
        'cassandra://[::bad/k',
        'cassandra://h',
        'cassandra://h:99999/k',
        'cassandra://h/k?tls=yes',
        'cassandra://h/k?tls=true&tls=false',
        'postgres://h/k',
      ],
    };
    for (const [kind, texts] of Object.entries(urls))
      for (const text of texts) {
        process.env['NUTHATCH_TEST_URL'] = text;
        const outcome = await fixture.run('copy', kind, 'data', '--url-env', 'NUTHATCH_TEST_URL');
        expect([text, outcome]).toMatchObject([text, { exitCode: 1, out: '' }]);
        expect(outcome.err).toMatch(/^INVALID_OPTION: NUTHATCH_TEST_URL/);
        expect(outcome.err).not.toContain('pw');
      }
    delete process.env['NUTHATCH_TEST_URL'];
  });

  it('is not made by what only reads', async () => {
    const file = ['--file', 'none.db'];
    expect((await fixture.run('load', 'sqlite', 'other', ...file)).err).toMatch(/none\.db cannot be read/);
    expect((await fixture.run('import-model', 'sqlite', '--table', 'people', ...file)).err).toMatch(/cannot be read/);
    const dry = await fixture.run('copy', 'sqlite', 'data', '--dry-run', ...file);
    expect(dry.out).toContain('would be copied');
    expect(existsSync(fixture.at('none.db'))).toBe(false);
  });
});

describe('nuthatch import-model', () => {
  it('writes a decorated class for a table, and never over a file', async () => {
    sqlite(`CREATE TABLE game_players (no INTEGER PRIMARY KEY, mail TEXT NOT NULL, "joined at" DATETIME, raw BLOB, n BIGINT,
      ok BOOLEAN NOT NULL, about JSON)`);
    const args = [
      'import-model',
      'sqlite',
      '--file',
      'out.db',
      '--table',
      'game_players',
      '--output',
      'game-players.ts',
    ];
    expect((await fixture.run(...args)).out).toBe('created: game-players.ts');
    expect(
      readFileSync(fixture.at('game-players.ts'), 'utf8'),
    ).toBe(`import { Document, Id } from '@nuthatch/decorators';

/** Made of the table "game_players"; look through types, then add @Index, @Tag and @Range. */
@Document()
export class GamePlayers {
  @Id() readonly no!: number;
  mail!: string;
  /** The column "joined at": load it with \`columns\` or \`--map\` */
  joinedAt?: Date;
  raw?: Uint8Array;
  n?: bigint;
  ok!: boolean;
  /** JSON: declare the type of what it holds: JSON */
  about?: string;
}
`);
    expect((await fixture.run(...args)).err).toMatch(/^FILE_UNUSABLE: .*already exists/);
    const missing = await fixture.run('import-model', 'sqlite', '--file', 'out.db', '--table', 'nobody');
    expect(missing.err).toMatch(/^COPY_TARGET_MISMATCH: SQLite has no table nobody/);
  });
});

describe('a class made of a table', () => {
  const columns = [
    ['id', 'INTEGER PRIMARY KEY'],
    ...['constructor', 'prototype', '__proto__', 'toString', 'valueOf', 'hasOwnProperty', 'then', 'class', 'default'],
    ...[
      'user-id',
      'user_id',
      'userId',
      'user id',
      '1st',
      '2',
      '',
      ' ',
      '-',
      'größe',
      'naïve-é',
      '東京',
      'a.b',
      "it's",
      '*/ }',
    ],
    ...['`x`', 'new\nline', 'a😀b', '$', '_', '__', 'static', 'readonly', 'get'],
    ...[
      'interval',
      'int4range',
      'daterange',
      'time',
      'money',
      'point',
      'numeric(20,0)',
      'timestamp with time zone',
      'int',
      'float8',
    ].map((type) => [`of ${type}`, type]),
  ].map((each) => (typeof each === 'string' ? [each, 'TEXT'] : each) as [string, string]);
  const tables = [
    '1st',
    'document',
    'id',
    'date',
    'user-data',
    'größe',
    '東京',
    'class',
    'constructor',
    'transaction',
    'con',
    'Map',
    '*/',
  ];

  it('is accepted by the generator, whatever the names of table and columns', async () => {
    using project = new CliProject({ hasDependencies: true });
    const file = `${project.folder}/in.db`;
    const quote = (name: string) => `"${name.replaceAll('"', '""')}"`;
    for (const table of tables)
      sqlite(
        `CREATE TABLE ${quote(table)} (${columns.map(([name, type]) => `${quote(name)} ${type}`).join(', ')})`,
        file,
      );
    for (const [index, table] of tables.entries()) {
      const output = `schemas/table-${index}.ts`;
      project.write('schemas/.keep', '');
      const made = await project.run('import-model', 'sqlite', '--file', file, '--table', table, '--output', output);
      expect([table, made.err, made.exitCode]).toEqual([table, '', 0]);
    }
    const text = project.read('schemas/table-0.ts');
    expect(text).toMatch(/export class Table1st \{\n {2}@Id\(\) readonly id!: number;/);
    expect(text).toMatch(/ofInterval\?: string;/);
    expect(text).toMatch(/ofInt4range\?: string;/);
    expect(text).toMatch(/ofDaterange\?: string;/);
    expect(text).toMatch(/ofFloat8\?: number;/);
    const generated = await project.run('generate');
    expect([generated.err, generated.exitCode]).toEqual(['', 0]);
  });
});

describe('a field that is a Buffer', () => {
  it('is a Buffer again when it is loaded from a copy or from a file, nested ones too', async () => {
    using project = new CliProject({ hasDependencies: true });
    project.schema('Thing', '@Id() id!: string;\n  data!: Buffer;\n  parts!: Buffer[];\n  plain!: Uint8Array;');
    await project.run('generate');
    const bytes = [0, 104, 105, 255];
    const at = (directory: string) => ({ directory: `${project.folder}/${directory}` });
    await project.withDatabase(async (db) => {
      const data = Buffer.from(bytes);
      await db['thing']!.insertMany([{ id: 'a', data, parts: [data], plain: new Uint8Array(bytes) }]);
    }, at('first'));
    expect((await project.run('copy', 'sqlite', 'first', '--file', 'out.db')).exitCode).toBe(0);
    expect((await project.run('load', 'sqlite', 'second', '--file', 'out.db')).exitCode).toBe(0);
    const csv = ['--collections', 'thing', '--file', 'out.csv'];
    expect((await project.run('copy', 'csv', 'first', ...csv)).exitCode).toBe(0);
    expect((await project.run('load', 'csv', 'third', ...csv)).exitCode).toBe(0);
    for (const directory of ['second', 'third'])
      await project.withDatabase((db) => {
        const [thing] = db['thing']!.all() as Iterable<{ data: Buffer; parts: Buffer[]; plain: Uint8Array }>;
        expect([Buffer.isBuffer(thing!.data), Buffer.isBuffer(thing!.parts[0]), Buffer.isBuffer(thing!.plain)]).toEqual(
          [...[true, true, false]],
        );
        expect(thing!.data.toString('hex')).toBe('006869ff');
      }, at(directory));
  });
});

describe('nuthatch load', () => {
  it('fills a database from what was copied, and from a foreign table, with the rules of the project', async () => {
    using project = new CliProject({ hasDependencies: true });
    project.schema('Thing', '@Id() id!: string;\n  @Index() mail!: string;\n  age?: number;');
    // A copy of a directory knows what is in it alone.
    project.schema('Empty', '@Id() id!: string;');
    await project.run('generate');
    const file = `${project.folder}/in.db`;
    sqlite('CREATE TABLE people (no INTEGER PRIMARY KEY, mail TEXT, age TEXT)', file);
    sqlite("INSERT INTO people VALUES (1, 'a', '31'), (2, NULL, '3'), (3, 'c', NULL)", file);
    const from = ['sqlite', 'data', '--file', 'in.db'];
    const foreign = ['--collections', 'thing', '--table', 'people', '--map', 'id=no'];
    const loaded = await project.run('load', ...from, ...foreign, '--rejected', 'no.jsonl');
    expect(loaded.out).toBe('thing: 3 read, 2 loaded, 0 skipped, 1 rejected');
    expect(loaded.exitCode).toBe(1);
    expect(project.read('no.jsonl')).toContain('"key":"2","code":"VALIDATION_FAILED"');
    expect((await project.run('copy', 'sqlite', 'data', '--file', 'out.db')).exitCode).toBe(0);
    const back = await project.run('load', 'sqlite', 'second', '--file', 'out.db');
    expect(back).toMatchObject({ exitCode: 0, err: '' });
    expect(back.out.split('\n').sort()).toEqual([
      'empty: not in the copy, nothing loaded',
      'thing: 2 read, 2 loaded, 0 skipped, 0 rejected',
    ]);
    const asked = await project.run('load', 'sqlite', 'third', '--file', 'out.db', '--collections', 'empty');
    expect(asked.err).toMatch(/^COPY_FAILED: .*no such table: empty/);
    sqlite('DROP TABLE thing', `${project.folder}/out.db`);
    expect((await project.run('load', 'sqlite', 'fourth', '--file', 'out.db')).err).toMatch(/no such table: thing/);
    expect((await project.run('load', ...from, '--table', 'people')).err).toMatch(/^INVALID_OPTION: --table fills/);
    expect((await project.run('load', ...from, ...foreign, '--conflict', 'skip')).err).toMatch(/^LOAD_REJECTED: /);
  });
});

describe('stores of keys that the configuration names', () => {
  it('are loaded from a copy, and open to programs of seeds', async () => {
    using project = new CliProject({ hasDependencies: true });
    project.schema('Thing', '@Id() id!: string;');
    await project.run('generate');
    project.write(
      'seeds/1.ts',
      'export default (db) => db.transaction((tx) => { tx.thing.insert({ id: "a" }); tx.keyValue("settings").set("since", new Date(5)); });',
    );
    project.write('nuthatch.config.json', '{ "data": "first" }');
    expect((await project.run('seed')).err).toMatch(/^SEED_FAILED: .*keyValues/);
    project.write('nuthatch.config.json', '{ "data": "first", "keyValues": ["settings"] }');
    expect(await project.run('seed')).toMatchObject({ exitCode: 0, err: '' });
    expect((await project.run('copy', 'sqlite', 'first', '--file', 'out.db')).out).toContain('settings → settings: 1 ');
    const loaded = await project.run('load', 'sqlite', 'second', '--file', 'out.db');
    expect([loaded.exitCode, loaded.err]).toEqual([0, '']);
    expect(loaded.out).toContain('settings: 1 read, 1 loaded');
    const dumped = await project.run('dump', 'second');
    expect(dumped.out).toContain('"document":{"key":"since","value":{"$date":"1970-01-01T00:00:00.005Z"}}');
  });
});

describe('nuthatch load and copy csv', () => {
  it('take a spreadsheet in, name the row that does not fit, and give the same text out', async () => {
    using project = new CliProject({ hasDependencies: true });
    project.schema('Thing', '@Id() id!: string;\n  weight!: number;\n  note?: string;');
    await project.run('generate');
    project.write('things.csv', 'id;kg;note\na;1.5;"one; two"\nb;heavy;\nc;-2;""\n');
    const load = ['load', 'csv', 'data', '--file', 'things.csv', '--collections', 'thing', '--delimiter', ';'];
    const first = await project.run(...load, '--map', 'weight=kg', '--rejected', 'rejected.jsonl');
    expect(first.err).toMatch(PROGRESS);
    expect(first.out).toBe('thing: 3 read, 2 loaded, 0 skipped, 1 rejected');
    expect(first.exitCode).toBe(1);
    expect(project.read('rejected.jsonl')).toMatch(/^\{"collection":"thing","key":"b","code":"VALIDATION_FAILED"/);
    const { out } = await project.run('copy', 'csv', 'data', '--collections', 'thing');
    expect(out).toBe('id,weight,note\r\na,1.5,one; two\r\nc,-2,""\r');
    const copy = ['copy', 'csv', 'data', '--collections', 'thing', '--file', 'out.csv'];
    expect((await project.run(...copy)).out).toMatch(/^thing → .*out\.csv$/);
    expect(project.read('out.csv')).toBe(`${out}\n`);
    expect((await project.run(...copy)).err).toMatch(/^FILE_UNUSABLE: .*out\.csv already exists/);
    const again = await project.run('load', 'csv', 'second', '--file', 'out.csv', '--collections', 'thing', '--json');
    expect(JSON.parse(again.out)).toMatchObject({ collections: [{ collection: 'thing', loadedCount: 2 }] });
    expect((await project.run('copy', 'csv', 'data')).err).toMatch(/^INVALID_OPTION: .*--collections/);
    expect((await project.run('load', 'csv', 'data', '--collections', 'thing')).err).toMatch(
      /^INVALID_OPTION: .*--file/,
    );
  });
});
