import { CliProject } from '../support/cli-project.js';

const FIELDS = '@Id() id!: string;\n  name?: string;';

async function start(): Promise<CliProject> {
  const project = new CliProject();
  project.schema('Thing', FIELDS);
  await project.run('generate');
  return project;
}

describe('nuthatch migrate new', () => {
  it('says that no migration is needed, and writes none', async () => {
    using project = await start();
    const { exitCode, out } = await project.run('migrate', 'new');
    expect([exitCode, out]).toEqual([0, expect.stringContaining('need no migration')]);
    expect(project.migrations()).toEqual([]);
  });

  it('writes the one that changed classes need, under the name it is given', async () => {
    using project = await start();
    project.schema('Thing', `${FIELDS}\n  size!: number;`);
    expect((await project.run('migrate', 'new', 'sizes', '--dry-run')).out).toContain(
      'would be created: schemas/migrations/0001-sizes/migration.ts',
    );
    expect(project.migrations()).toEqual([]);
    expect((await project.run('migrate', 'new', 'sizes')).out).toContain('created: schemas/migrations/0001-sizes/');
    expect(project.has('generated/migrations.ts')).toBe(true);
  });

  it('takes renames from questions and from arguments', async () => {
    using project = await start();
    project.schema('Thing', FIELDS.replace('name', 'label'));
    expect((await project.run('migrate', 'new', '--dry-run')).out).toContain('name is gone and label is new');
    project.answers = ['y'];
    expect((await project.run('migrate', 'new')).out).toContain('0001-thing-renames-name-to-label');
    project.schema('Thing', FIELDS.replace('name', 'title'));
    expect((await project.run('migrate', 'new', '--rename', 'label:title')).out).toContain('0002-thing-renames-label');
  });

  it('writes one over the whole database on request', async () => {
    using project = await start();
    expect((await project.run('migrate', 'new', 'split', '--database')).exitCode).toBe(0);
    expect(project.read('schemas/migrations/0001-split/migration.ts')).toContain('source: MigrationSource');
  });

  it('refuses a name that cannot be a folder, and prints JSON with --json', async () => {
    using project = await start();
    expect((await project.run('migrate', 'new', '../x')).exitCode).toBe(2);
    project.schema('Thing', `${FIELDS}\n  size!: number;`);
    expect(JSON.parse((await project.run('migrate', 'new', '--json')).out)).toMatchObject({
      migrations: ['schemas/migrations/0001-thing-adds-field-size-number/migration.ts'],
      modelChanges: ['thing: adds field size: number (needs a migration)'],
    });
    const refused = await project.run('migrate', 'new', '--json', '--rename', 'a:b');
    expect([refused.exitCode, JSON.parse(refused.out)]).toMatchObject([2, { error: { code: 'INVALID_OPTION' } }]);
  });
});
