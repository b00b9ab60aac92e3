/** The exit codes of docs/guide/command.md, for every verb: 0 done, 1 what it was pointed at, 2 the command line, 3 ours. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseError } from '@nuthatch/model';
import knexOf from 'knex';
import { commandLine } from '../src/cli.js';
import { EXIT, failureOf, UsageError } from '../src/exit-code.js';
import { CliProject } from './support/cli-project.js';

/** A line of each verb for an empty folder: one that is refused, and one that is not a line for it. */
const LINES: readonly (readonly [refused: string, wrong: string])[] = [
  ['generate', 'generate --chekc'],
  ['schema --openapi', 'schema --openapi --json-schema'],
  ['init --schemas file', 'init --schemas x;y'],
  ['doctor --config missing', 'doctor a b'],
  ['bench missing', 'bench --seconds long'],
  ['verify missing', 'verify'],
  ['inspect missing', 'inspect a b'],
  ['stats missing', 'stats missing --every 2'],
  ['serve missing --tokens missing.json', 'serve missing --port many'],
  ['query missing player', 'query missing player {'],
  ['dump missing', 'dump missing --collection'],
  ['import new --input missing', 'import'],
  ['backup missing to', 'backup missing'],
  ['restore missing to', 'restore missing to --at yesterday'],
  ['repair missing to', 'repair'],
  ['compact missing', 'compact'],
  ['copy sqlite missing --file x.db', 'copy oracle missing'],
  ['load csv new --collections a --file missing', 'load csv new --conflict perhaps'],
  ['seed --data missing', 'seed --reset'],
  ['cluster status --journal a --url-env NUTHATCH_NOT_SET', 'cluster status'],
  ['cluster truncate --journal a --yes --url-env NUTHATCH_NOT_SET', 'cluster truncate --journal a'],
  ['cluster diff missing --journal a --url-env NUTHATCH_NOT_SET', 'cluster diff missing --output a --dump a'],
  ['cluster adopt missing --journal a --url-env NUTHATCH_NOT_SET', 'cluster adopt missing --unsafe'],
  ['cluster import missing --journal a --url-env NUTHATCH_NOT_SET', 'cluster import missing'],
  ['cluster export new --journal a --url-env NUTHATCH_NOT_SET', 'cluster export --journal a'],
  ['import-model postgres --table a --url-env NUTHATCH_NOT_SET', 'import-model sqlite'],
  ['migrate status --data missing', 'migrate status extra'],
  ['migrate up --data missing', 'migrate up'],
  ['migrate down --data missing', 'migrate down'],
  ['migrate new', 'migrate new NOT/A/NAME'],
  ['migrate check', 'migrate check --sample some'],
  ['migrate squash 1 2', 'migrate squash 1'],
];

/** Verbs that are pointed at nothing, so that only their line can be wrong. */
const POINTED_AT_NOTHING: readonly string[] = ['completion'];

describe('the exit code', () => {
  it('is held for every verb there is', () => {
    const { program } = commandLine({ out: () => undefined, err: () => undefined }, '.');
    const verbs = program.commands.flatMap((verb) =>
      verb.commands.length === 0 ? [verb.name()] : verb.commands.map((each) => `${verb.name()} ${each.name()}`),
    );
    const tested = LINES.map(([line]) => verbs.find((verb) => `${line} `.startsWith(`${verb} `)));
    expect([...tested, ...POINTED_AT_NOTHING].sort()).toEqual([...verbs].sort());
  });

  it.each(LINES)('of `%s` is 1, of `%s` 2', async (refused, wrong) => {
    using project = new CliProject();
    project.write('file', '');
    const first = await project.run(...refused.split(' '));
    expect([first.exitCode, first.err]).toEqual([EXIT.refused, expect.stringMatching(/^[A-Z_]+: /)]);
    expect(await project.run(...wrong.split(' '))).toMatchObject({ exitCode: EXIT.usage });
  });

  it.each([
    'generate --rename garbage',
    'generate --rename Thing.gone:come',
    'migrate new --rename a',
    'restore data to --at 99999999999999999999',
    'restore data to --at 0',
    'load csv data --collections thing --file f.csv --delimiter ab',
    'copy sqlite data --file x.db --schema s',
    'import-model sqlite --file file.db --table t --class 1st',
  ])('of `%s` is 2, wherever the wrong word is found', async (line) => {
    using project = new CliProject({ hasDependencies: true });
    project.write(
      'schemas/thing.ts',
      "import { Document, Id } from '@nuthatch/decorators';\n@Document()\nexport class Thing {\n  @Id() readonly id!: string;\n}\n",
    );
    expect((await project.run('generate')).exitCode).toBe(0);
    await project.withDatabase((db) => db['thing']!.insertMany([{ id: 'a' }]));
    const knex = knexOf({
      client: 'better-sqlite3',
      connection: { filename: join(project.folder, 'file.db') },
      useNullAsDefault: true,
    });
    await knex.raw('CREATE TABLE t (id TEXT PRIMARY KEY)');
    await knex.destroy();
    expect(await project.run(...line.split(' '))).toMatchObject({
      exitCode: EXIT.usage,
      err: expect.stringMatching(/^INVALID_OPTION: /),
    });
    expect([project.has('to'), project.has('x.db')]).toEqual([false, false]);
  });

  it('is 3 with the stack for a defect; an unusable file is not a defect', () => {
    const defect = failureOf(new TypeError('x is not a function'));
    expect(defect).toMatchObject({ exitCode: 3, code: 'DEFECT' });
    expect(defect.message).toMatch(/^A defect of Nuthatch.*\nTypeError: x is not a function\n\s+at /);
    const gone = Object.assign(new Error('ENOENT: …'), { code: 'ENOENT', syscall: 'open', path: '/a/b' });
    expect(failureOf(gone)).toMatchObject({
      exitCode: 1,
      code: 'FILE_UNUSABLE',
      message: expect.stringMatching(/^FILE_UNUSABLE: \/a\/b does not exist, or its folder does not exist\. /),
    });
    expect(failureOf(new DatabaseError('INVALID_OPTION', 'no', {})).exitCode).toBe(1);
    expect(failureOf(new UsageError('at', 'no'))).toMatchObject({ exitCode: 2, code: 'INVALID_OPTION' });
  });

  it('is what the guide says', () => {
    const page = readFileSync(resolve(__dirname, '../../../docs/guide/command.md'), 'utf8');
    expect([...page.matchAll(/^\| (\d) \|/gm)].map(([, code]) => Number(code))).toEqual(Object.values(EXIT));
  });
});
