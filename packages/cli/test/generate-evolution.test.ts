/** `nuthatch generate` over models that change: what it says, what it asks, and what a check names. */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { openDatabase } from '../../runtime/src/database/open-database.js';
import { runCli } from '../src/cli.js';

const FIELDS = '@Id() id!: string;\n  age!: number;\n  nick?: string;';

let folder: string;
let answers: string[];
let questions: string[];

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'nuthatch-evolution-')));
  mkdirSync(join(folder, 'node_modules'));
  answers = [];
  questions = [];
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function run(...args: readonly string[]): Promise<{ exitCode: number; out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const ask = async (question: string): Promise<string> => {
    questions.push(question);
    return answers.shift() ?? '';
  };
  const output = {
    out: (text: string) => out.push(text),
    err: (text: string) => err.push(text),
    ask: answers.length ? ask : undefined,
  };
  const exitCode = await runCli(args, output, folder);
  return { exitCode, out: out.join('\n'), err: err.join('\n') };
}

function thing(fields: string): void {
  const path = join(folder, 'schemas/thing.ts');
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(
    path,
    `import { Document, Id, Index, Range } from '@nuthatch/decorators';\n@Document()\nexport class Thing {\n  ${fields}\n}\n`,
  );
}

/** A database as the generated code of `fields` would leave it, made without that code. */
async function fill(count: number): Promise<void> {
  const { models } = JSON.parse(readFileSync(join(folder, 'generated/models.json'), 'utf8')) as {
    models: Record<string, never>;
  };
  const { storedDefinition } = await import('../../runtime/src/recovery/stored-definition.js');
  const [[fingerprint, model]] = Object.entries(models) as [[string, never]];
  const definition = {
    ...storedDefinition(model, fingerprint),
    build: (input: object) => ({ ...input }),
  };
  const db = await openDatabase<{ thing: { insertMany(documents: readonly object[]): Promise<unknown> } }, unknown>(
    [definition],
    { directory: join(folder, 'data'), durability: 'os' },
  );
  await db.thing.insertMany(
    Array.from({ length: count }, (_, index) => ({ id: `${index}`, age: index, nick: `n${index}` })),
  );
  await db.close();
}

describe('nuthatch generate over changed models', () => {
  it('says in words what an index costs, with figures where it knows a database', async () => {
    thing(FIELDS);
    await run('generate');
    await fill(3);
    thing(FIELDS.replace('age!', '@Range() age!'));
    expect((await run('generate', '--dry-run')).out).toMatch(/^thing: adds range index age$/m);
    expect((await run('generate', '--dry-run', '--data', 'data')).out).toMatch(
      /^thing: adds range index age: rebuild less than 0\.1 s for 3 documents$/m,
    );
    writeFileSync(join(folder, 'nuthatch.config.json'), '{ "data": "data" }');
    expect((await run('generate')).out).toContain('for 3 documents');
  });

  it('works without figures if there is no database, and says so', async () => {
    thing(FIELDS);
    await run('generate');
    thing(FIELDS.replace('age!', '@Range() age!'));
    const { exitCode, out, err } = await run('generate', '--data', 'nowhere');
    expect([exitCode, err.split(':')[0]]).toEqual([0, 'No figures']);
    expect(out).toContain('thing: adds range index age');
  });

  it('asks about a rename at a terminal, and takes only a yes for one', async () => {
    thing(FIELDS);
    await run('generate');
    thing(FIELDS.replace('nick?', 'nickname?'));
    answers = ['what?'];
    expect((await run('generate', '--dry-run')).out).toContain('nick is gone and nickname is new');
    expect(questions).toEqual([]);
    answers = ['Yes'];
    const { out } = await run('generate');
    expect(questions[0]).toMatch(/^thing: was nick renamed to nickname \(same type, .*\)\? \[y\/N\] $/);
    expect(out).toContain('created: schemas/migrations/0001-thing-renames-nick-to-nickname/migration.ts');
  });

  it('looks at stored values before it takes a field for a rename', async () => {
    thing(FIELDS);
    await run('generate');
    await fill(3);
    thing(`@Id() id!: string;\n  age!: number;\n  @IsEmail() nickname?: string;`);
    writeFileSync(
      join(folder, 'schemas/thing.ts'),
      `import { IsEmail } from 'class-validator';\n${readFileSync(join(folder, 'schemas/thing.ts'), 'utf8')}`,
    );
    expect((await run('generate', '--dry-run')).out).toContain('nickname is new (');
    expect((await run('generate', '--dry-run', '--data', 'data')).out).not.toContain('nickname is new (');
    thing(FIELDS.replace('nick?', 'nickname?'));
    expect((await run('generate', '--dry-run', '--data', 'data')).out).toContain('every stored value fits');
  });

  it('takes --rename for an answer, and refuses one that fits nothing', async () => {
    thing(FIELDS);
    await run('generate');
    thing(FIELDS.replace('nick?', 'nickname?').replace('age!', 'years!'));
    const bad = await run('generate', '--rename', 'nick:name');
    expect([bad.exitCode, bad.err.split(':')[0]]).toEqual([2, 'INVALID_OPTION']);
    const { out } = await run('generate', '--rename', 'nick:nickname', '--rename', 'Thing.age:years');
    expect(out).toContain('thing: renames age to years (needs a migration)');
    expect(out).toContain('thing: renames nick to nickname (needs a migration)');
  });

  it('--check names what is stale: the model, the files, the missing migration', async () => {
    thing(FIELDS);
    await run('generate');
    thing(FIELDS.replace('age!: number', 'age!: string'));
    const { exitCode, out, err } = await run('generate', '--check');
    expect(exitCode).toBe(1);
    expect(out).toContain('thing: changes age from number to string (needs a migration)');
    expect(out).toContain('would be updated: generated/models.json');
    expect(out).toContain('would be created: generated/migrations.ts');
    expect(out).toContain('would be created: schemas/migrations/0001-thing-changes-age-from-number-to/migration.ts');
    expect(err).toContain('run `npx nuthatch generate`');
    await run('generate');
    expect((await run('generate', '--check')).exitCode).toBe(0);
    rmSync(join(folder, 'generated/migrations.ts'));
    const missing = await run('generate', '--check');
    expect([missing.exitCode, missing.out]).toEqual([
      1,
      expect.stringContaining('would be created: generated/migrations.ts'),
    ]);
  });
});
