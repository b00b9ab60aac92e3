/** Migrations that the generator writes: when, what, and that they are never touched again. */
import { DatabaseError } from '@nuthatch/model';
import { expectGolden } from './support/golden.js';
import { TemporaryProject } from './support/temporary-project.js';

const FIELDS = '@Id() id!: string;\n@Index() email!: string;\nname?: string;\nage!: number;\nkinds: string[] = [];';

function player(fields: string, name = 'Player'): string {
  return `import { Document, Id, Index, Range, Tag } from '@nuthatch/decorators';\n@Document()\nexport class ${name} {\n${fields}\n}\n`;
}

async function start(files: Readonly<Record<string, string>> = { player: FIELDS }): Promise<TemporaryProject> {
  const project = new TemporaryProject();
  for (const [name, fields] of Object.entries(files)) change(project, fields, name);
  await project.generate();
  return project;
}

function change(project: TemporaryProject, fields: string, name = 'player'): void {
  const className = name.charAt(0).toUpperCase() + name.slice(1);
  project.write(`schemas/${name}.ts`, player(fields, className));
}

function stub(project: TemporaryProject, id: string): string {
  return project.read(`schemas/migrations/${id}/migration.ts`);
}

describe('the generator', () => {
  it('writes no migration and no manifest for models that are unchanged or that old documents fit', async () => {
    using project = await start();
    change(project, `${FIELDS.replace('age!', '@Range() age!')}\nbirthday?: Date;`);
    expect((await project.generate()).migrations).toEqual([]);
    expect(project.has('schemas/migrations')).toBe(false);
    expect(project.list('generated')).toEqual(['index.ts', 'models.json', 'player.ts']);
    expect(project.read('generated/index.ts')).not.toContain('migrations');
  });

  it('writes both versions, what follows from them, and asks for what does not', async () => {
    using project = await start({
      player: `${FIELDS}\nscore!: number;\nseen!: Date;\nhome!: { city: string };\nnotes!: number[];\nlevel!: 'a' | 'b' | 'c';`,
    });
    change(
      project,
      `@Id() id!: string;\n@Index() email!: string;\nnick?: string;\nage!: string;\nkinds: string[] = [];\nteam!: string;\n` +
        `rank: number = 3;\nscore!: number[];\nseen!: number;\nhome!: { city: string; zip: string; floor?: number };\nnotes!: string[];\nlevel!: 'a' | 'b';`,
    );
    const result = await project.generate({ renames: ['Player.name:nick'] });
    expect(result.modelChanges).toContain('player: renames name to nick (needs a migration)');
    const [id] = project.list('schemas/migrations');
    expect(id).toBe('0001-player-renames-name-to-nick');
    expectGolden('migration-of-everything.ts', stub(project, id!));
    expectGolden('migration-of-everything.json', project.read(`schemas/migrations/${id}/models.json`));
    expectGolden('migrations-manifest.ts', project.read('generated/migrations.ts'));
    expectGolden('index-with-migrations.ts', project.read('generated/index.ts'));
  });

  it('writes nothing the second time, and never touches a migration again', async () => {
    using project = await start();
    change(project, `${FIELDS}\nteam!: string;`);
    await project.generate();
    const [id] = project.list('schemas/migrations');
    const mine = stub(project, id!).replace("requiredValue('team')", "'none'");
    project.write(`schemas/migrations/${id}/migration.ts`, mine);
    const again = await project.generate({ isForced: true });
    expect(again).toMatchObject({ migrations: [], modelChanges: [] });
    expect(again.files.every(({ action }) => action === 'unchanged')).toBe(true);
    expect(stub(project, id!)).toBe(mine);
    expect((await project.generate()).wasCached).toBe(true);
  });

  it('writes no second migration when it was stopped before the models were written', async () => {
    using project = await start();
    const models = project.read('generated/models.json');
    change(project, `${FIELDS}\nteam!: string;`);
    await project.generate();
    project.write('generated/models.json', models);
    expect((await project.generate()).migrations).toEqual([]);
    expect(project.list('schemas/migrations')).toHaveLength(1);
    expect(project.read('generated/models.json')).toContain('"team"');
  });

  it('leads each migration on from the one before, and back to a state that was there', async () => {
    using project = await start();
    for (const type of ['string', 'number', 'string']) {
      change(project, FIELDS.replace('age!: number', `age!: ${type}`));
      await project.generate();
    }
    const records = project
      .list('schemas/migrations')
      .map((id) => JSON.parse(project.read(`schemas/migrations/${id}/models.json`)) as Record<string, string[]>);
    expect(records).toHaveLength(3);
    expect(records[1]!['parents']).toEqual([records[0]!['result']]);
    expect(records[2]!['parents']).toEqual([records[1]!['result']]);
    expect(records[1]!['result']).toEqual(records[0]!['parents']![0]);
    expect((await project.generate({ isForced: true })).migrations).toEqual([]);
  });

  it('notes the models between two migrations and after the last, so that their documents are known', async () => {
    using project = await start();
    const fingerprint = (): string => Object.keys(JSON.parse(project.read('generated/models.json')).models)[0]!;
    const seen: string[] = [];
    for (const more of ['a?: number;', 'a?: number;\nb?: number;', 'a!: string;\nb?: number;', 'a!: string;']) {
      seen.push(fingerprint());
      change(project, `${FIELDS}\n${more}`);
      await project.generate();
    }
    const manifest = project.read('generated/migrations.ts').replace(/\s+/g, ' ');
    expect(manifest).toContain(`earlier: { player: ['${seen[0]}', '${seen[1]}'] }`);
    expect(manifest).toContain(`later: { player: ['${seen[3]}'] }`);
    expect((await project.generate({ isForced: true })).files.every(({ action }) => action === 'unchanged')).toBe(true);
  });

  it('writes one migration per class, in turn', async () => {
    using project = await start({ player: FIELDS, club: FIELDS });
    change(project, `${FIELDS}\nteam!: string;`);
    change(project, `${FIELDS}\nsize!: number;`, 'club');
    const { migrations } = await project.generate();
    expect(migrations).toHaveLength(2);
    expect(project.list('schemas/migrations')).toEqual([
      '0001-club-adds-field-size-number',
      '0002-player-adds-field-team-string',
    ]);
  });

  it('takes its manifest away with the last migration', async () => {
    using project = await start();
    change(project, `${FIELDS}\nteam!: string;`);
    await project.generate();
    project.remove('schemas/migrations');
    change(project, FIELDS);
    const { files } = await project.generate();
    expect(files.find(({ action }) => action === 'removed')?.path).toMatch(/migrations\.ts$/);
    expect(project.read('generated/index.ts')).not.toContain('migrations');
  });

  it('only says what it would write when it checks or plans', async () => {
    using project = await start();
    change(project, `${FIELDS}\nteam!: string;`);
    for (const mode of [{ isCheck: true }, { isDryRun: true }]) {
      const { migrations, files } = await project.generate(mode);
      expect(migrations).toHaveLength(1);
      expect(files).toContainEqual({ path: `${project.folder}/generated/migrations.ts`, action: 'created' });
      expect(project.has('schemas/migrations')).toBe(false);
    }
  });

  it('refuses a record that was edited into something else', async () => {
    using project = await start();
    change(project, `${FIELDS}\nteam!: string;`);
    await project.generate();
    const [id] = project.list('schemas/migrations');
    project.write(`schemas/migrations/${id}/models.json`, '{}');
    const error = await project.generate({ isForced: true }).catch((thrown: unknown) => thrown);
    expect(DatabaseError.is(error, 'GENERATION_FAILED')).toBe(true);
    expect((error as Error).message).toContain(`${id}/models.json was changed after it was written`);
  });

  it('lets a class be called Migrations', async () => {
    using project = await start({ player: FIELDS, migrations: FIELDS });
    expect(project.list('generated')).toContain('migrations.document.ts');
  });
});

describe('a renamed class', () => {
  async function renamed(): Promise<TemporaryProject> {
    const project = await start();
    project.remove('schemas/player.ts');
    change(project, `${FIELDS}\nteam: string = '';`, 'person');
    return project;
  }

  it('is pointed out, and its documents stay where they are unless someone says so', async () => {
    using project = await renamed();
    const { possibleRenames, migrations } = await project.generate();
    expect(possibleRenames).toMatchObject([{ from: 'Player', to: 'Person', isClass: true }]);
    expect(migrations).toEqual([]);
  });

  it.each([
    ['said', { renames: ['Player:Person', 'Person.name:nick'] }],
    ['answered', { confirmRename: () => true }],
  ])('takes its documents along once that is %s, with fields renamed at the same time', async (_how, options) => {
    using project = await renamed();
    change(project, `${FIELDS.replace('name?', 'nick?')}`, 'person');
    const { modelChanges, migrations } = await project.generate(options);
    expect(modelChanges).toEqual([
      'person: renames the collection player to person (needs a migration)',
      'person: renames the class Player to Person',
      'person: renames name to nick (needs a migration)',
    ]);
    expect(migrations).toHaveLength(1);
    const [id] = project.list('schemas/migrations');
    expect(stub(project, id!)).toContain('export function up(document: PlayerV1): PersonV2');
    expect(project.read('generated/migrations.ts')).toMatch(/player: \{ \.\.\.migration1, from/);
    expect((await project.generate({ isForced: true })).migrations).toEqual([]);
    change(project, `${FIELDS.replace('name?', 'nick?')}\nteam!: string;`, 'person');
    expect((await project.generate()).migrations).toHaveLength(1);
  });
});

describe('a migration that sees the whole database', () => {
  it('is written for a class that gets another id', async () => {
    using project = await start();
    change(project, FIELDS.replace('@Id() ', '').replace('@Index() email', '@Id() email'));
    const { migrations } = await project.generate();
    expect(migrations).toHaveLength(1);
    const [id] = project.list('schemas/migrations');
    expectGolden('migration-of-an-id.ts', stub(project, id!));
    expect(project.read('generated/migrations.ts')).toContain('database: { ...migration1 }');
    expect((await project.generate({ isForced: true })).migrations).toEqual([]);
  });

  it('is written when it is wished for: over what changed, came and went, or over all', async () => {
    using project = await start({ player: FIELDS, club: FIELDS });
    await project.generate({ newMigration: { isDatabase: true, name: 'clean-up' } });
    project.write('schemas/club.ts', '');
    change(project, FIELDS, 'team');
    change(project, `${FIELDS}\nteam?: string;`);
    await project.generate({ newMigration: { isDatabase: true, name: 'clubs-to-teams' } });
    const ids = project.list('schemas/migrations');
    expect(ids).toEqual(['0001-clean-up', '0002-clubs-to-teams']);
    expectGolden('migration-of-all.ts', stub(project, ids[1]!));
    const [all, some] = ids.map((id) => JSON.parse(project.read(`schemas/migrations/${id}/models.json`)));
    const names = (models: { name: string }[]): string[] => models.map(({ name }) => name);
    expect([names(all.before), names(all.after)]).toEqual([
      ['Club', 'Player'],
      ['Club', 'Player'],
    ]);
    expect([names(some.before), names(some.after)]).toEqual([
      ['Player', 'Club'],
      ['Player', 'Team'],
    ]);
    expect(some.parents).toEqual([all.result]);
    expect((await project.generate({ isForced: true })).migrations).toEqual([]);
  });
});

describe('a renamed field', () => {
  it('is taken for two fields unless someone says so, and is pointed out', async () => {
    using project = await start();
    change(project, FIELDS.replace('name?', 'nickname?'));
    const result = await project.generate();
    expect(result.migrations).toEqual([]);
    expect(result.possibleRenames).toMatchObject([{ collection: 'player', from: 'name', to: 'nickname' }]);
  });

  it('is asked about, and every answer is followed', async () => {
    using project = await start();
    change(project, FIELDS.replace('name?', 'nickname?').replace('email', 'mail'));
    const asked: string[] = [];
    const { migrations, possibleRenames } = await project.generate({
      confirmRename: ({ from, to }) => {
        asked.push(`${from}:${to}`);
        return from === 'name';
      },
    });
    expect(asked.sort()).toEqual(['email:mail', 'name:nickname']);
    expect(possibleRenames).toMatchObject([{ from: 'email', to: 'mail' }]);
    const text = stub(project, project.list('schemas/migrations')[0]!);
    expect(migrations).toHaveLength(1);
    expect(text).toContain('nickname: document.name');
    expect(text).toContain("mail: requiredValue('mail')");
  });

  it.each([
    ['nick', /write it as old:new/],
    ['a:b', /no class lost a and got b/],
    ['Club.name:nickname', /no class Club lost name/],
    ['age:nickname', /no class lost age/],
  ])('is refused in the form %s', async (text, message) => {
    using project = await start();
    change(project, FIELDS.replace('name?', 'nickname?'));
    const error = await project.generate({ renames: [text] }).catch((thrown: unknown) => thrown);
    expect(DatabaseError.is(error, 'INVALID_OPTION')).toBe(true);
    expect((error as Error).message).toMatch(message);
  });

  it('needs its class where two classes renamed alike', async () => {
    using project = await start({ player: FIELDS, club: FIELDS });
    for (const name of ['player', 'club']) change(project, FIELDS.replace('name?', 'nickname?'), name);
    const error = await project.generate({ renames: ['name:nickname'] }).catch((thrown: unknown) => thrown);
    expect((error as Error).message).toMatch(/Club and Player both fit/);
    expect(
      (await project.generate({ renames: ['Club.name:nickname', 'Player.name:nickname'] })).migrations,
    ).toHaveLength(2);
  });
});

describe('a field that was dropped and comes back', () => {
  const without = FIELDS.replace('name?: string;\n', '');

  it('with another type takes a migration, since documents keep its old values', async () => {
    using project = await start();
    change(project, without);
    expect((await project.generate()).migrations).toEqual([]);
    expect(project.read('generated/models.json')).toContain('"kept"');
    change(project, `${without}\nother?: string;`);
    await project.generate();
    change(project, `${without}\nother?: string;\nname?: number;`);
    const result = await project.generate();
    expect(result.modelChanges).toContain('player: changes name from string to number (needs a migration)');
    const [id] = project.list('schemas/migrations');
    expect(stub(project, id!)).toContain("...(document.name === undefined ? {} : { name: requiredValue('name') })");
    // The model it begins with is the one that documents were written by: the field is beside it.
    expect(project.read(`schemas/migrations/${id}/models.json`).match(/"name": "name"/g)).toHaveLength(1);
    expect(project.read('generated/models.json')).not.toContain('"kept"');
    expect((await project.generate({ isForced: true })).migrations).toEqual([]);
  });

  it('with the same type or a wider one needs no migration', async () => {
    using project = await start();
    change(project, without);
    await project.generate();
    change(project, `${without}\nname?: string | number;`);
    expect((await project.generate()).migrations).toEqual([]);
  });

  it('is recognised after a migration of other fields, too', async () => {
    using project = await start();
    change(project, without.replace('age!: number', 'age!: string'));
    expect((await project.generate()).migrations).toHaveLength(1);
    change(project, `${without.replace('age!: number', 'age!: string')}\nname?: boolean;`);
    expect((await project.generate()).modelChanges).toContain(
      'player: changes name from string to boolean (needs a migration)',
    );
  });

  it('gets a question for both of its earlier types', async () => {
    using project = await start();
    change(project, without);
    await project.generate();
    change(project, `${without}\nname?: string | number;`);
    await project.generate();
    change(project, without);
    await project.generate();
    change(project, `${without}\nname?: number;`);
    expect((await project.generate()).migrations).toHaveLength(1);
  });
});

describe('an enum that loses members', () => {
  it('asks a value for documents with those members alone', async () => {
    using project = await start({ player: `${FIELDS}\nlevel!: 'a' | 'b' | 'c' | 'd';\nranks!: (1 | 2 | 3)[];` });
    change(project, `${FIELDS}\nlevel!: 'a' | 'b';\nranks!: (1 | 2)[];`);
    await project.generate();
    const text = stub(project, project.list('schemas/migrations')[0]!);
    expect(text).toContain(
      "level: document.level === 'c' || document.level === 'd' ? requiredValue('level') : document.level",
    );
    expect(text).toContain("ranks: document.ranks.map((item) => item === 3 ? requiredValue('ranks') : item)");
  });
});

describe('an enum of numbers whose members get other numbers', () => {
  const source = (members: string, more = ''): string =>
    `import { Document, Id } from '@nuthatch/decorators';\nexport enum Color { ${members} }\n@Document()\nexport class Player {\n@Id() id!: string;\ncolor!: Color;\nlikes!: Color[];\nleast?: Color;\n${more}\n}\n`;

  const startWith = async (members: string): Promise<TemporaryProject> => {
    const project = new TemporaryProject();
    project.write('schemas/player.ts', source(members));
    await project.generate();
    return project;
  };

  it('is reported, and needs a migration that maps them by their names', async () => {
    using project = await startWith('Red, Green, Old');
    project.write('schemas/player.ts', source('Red, Blue, Green, Yellow'));
    const { modelChanges, migrations } = await project.generate();
    expect(modelChanges).toContain(
      'player: gives members of the enum Color other numbers: Green the number 2, it was 1 (needs a migration)',
    );
    expect(migrations).toHaveLength(1);
    const text = stub(project, project.list('schemas/migrations')[0]!);
    expect(text).toContain(
      "color: document.color === 1 ? 2 : document.color === 2 ? requiredValue('color') : document.color",
    );
    expect(text).toContain(
      "likes: document.likes.map((item) => item === 1 ? 2 : item === 2 ? requiredValue('likes') : item)",
    );
    expect(text).toContain('...(document.least === undefined ? {} : { least: document.least === 1 ? 2 :');
    expect((await project.generate({ isForced: true })).modelChanges).toEqual([]);
  });

  it('is reported if the numbers are the same, because no migration could distinguish them', async () => {
    using project = await startWith('Red, Green');
    project.write('schemas/player.ts', source('Green, Red'));
    const { modelChanges, migrations } = await project.generate();
    expect(modelChanges).toEqual([
      expect.stringMatching(/Green the number 0, it was 1; Red the number 1, it was 0 \(documents keep their numbers/),
    ]);
    expect(migrations).toEqual([]);
  });

  it.each([
    ['a member is put at the end', 'Red, Green, Blue'],
    ['a member is renamed', 'Red, Lime'],
    ['members change places and keep their numbers', 'Green = 1, Red = 0'],
  ])('is not what this is: %s', async (_, members) => {
    using project = await startWith('Red, Green');
    project.write('schemas/player.ts', source(members));
    const { modelChanges, migrations } = await project.generate();
    expect(modelChanges.filter((line) => line.includes('other numbers'))).toEqual([]);
    expect(migrations).toEqual([]);
  });
});
