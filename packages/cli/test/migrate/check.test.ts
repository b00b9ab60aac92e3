import { CliProject } from '../support/cli-project.js';

const FIELDS = '@Id() id!: string;\n  name?: string;';

async function start(): Promise<CliProject> {
  const project = new CliProject();
  for (const size of ['', '\n  size!: number;', '\n  size!: number;\n  weight!: number;']) {
    project.schema('Thing', FIELDS + size);
    await project.run('generate');
  }
  return project;
}

describe('nuthatch migrate check', () => {
  it('names each value that a migration still asks for', async () => {
    using project = await start();
    const { exitCode, err } = await project.run('migrate', 'check');
    expect(exitCode).toBe(1);
    expect(err.split('\n')).toEqual([
      'schemas/migrations/0001-thing-adds-field-size-number/migration.ts does not say what size is to be',
      'schemas/migrations/0002-thing-adds-field-weight-number/migration.ts does not say what weight is to be',
      '2 migrations, 2 problems.',
    ]);
  });

  it('is content with complete ones, and notes those without a way back', async () => {
    using project = await start();
    project.edit('size', (text) =>
      text.replace("requiredValue('size')", '1').replace(/export function down[\s\S]*/, ''),
    );
    project.edit('weight', (text) => text.replace("requiredValue('weight')", '2 /* requiredValue(1) */'));
    const { exitCode, out } = await project.run('migrate', 'check');
    expect([exitCode, out]).toEqual([0, '0001-thing-adds-field-size-number has no way back\n2 migrations, complete.']);
    expect(JSON.parse((await project.run('migrate', 'check', '--json')).out)).toMatchObject({ problems: [] });
  });

  it.each<[string, (project: CliProject) => void, RegExp]>([
    [
      'a class that changed since',
      (project) => project.schema('Thing', `${FIELDS}\n  kind!: string;`),
      /0003-thing-adds.* is to be written/,
    ],
    [
      'code that is missing',
      (project) => project.remove(`schemas/migrations/${project.migrations()[0]}/migration.ts`),
      /0001.* is missing/,
    ],
    ['code without a way up', (project) => project.edit('size', () => ''), /0001.* exports no `up`/],
    [
      'a migration whose parent is missing',
      (project) => {
        project.schema('Thing', `${FIELDS}\n  size!: number;\n  weight!: number;\n  kind!: string;`);
      },
      /would be updated/,
    ],
  ])('names %s', async (_what, damage, message) => {
    using project = await start();
    damage(project);
    const { exitCode, err } = await project.run('migrate', 'check');
    expect([exitCode, err]).toEqual([1, expect.stringMatching(message)]);
  });

  it('names a gap in the run', async () => {
    using project = await start();
    project.schema('Thing', `${FIELDS}\n  size!: number;\n  weight!: number;\n  kind!: string;`);
    await project.run('generate');
    project.remove(`schemas/migrations/${project.migrations()[1]}`);
    expect((await project.run('migrate', 'check')).err).toMatch(/^0003-.* leads on from a state that no migration/m);
  });
});
