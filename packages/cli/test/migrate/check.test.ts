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
      'schemas/migrations/0001-thing-adds-field-size-number/migration.ts gives no value for size',
      'schemas/migrations/0002-thing-adds-field-weight-number/migration.ts gives no value for weight',
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
    expect([exitCode, out]).toEqual([
      0,
      '0001-thing-adds-field-size-number has no `down`, so it cannot be undone\n2 migrations, complete.',
    ]);
    expect(JSON.parse((await project.run('migrate', 'check', '--json')).out)).toMatchObject({ problems: [] });
  });

  it.each<[string, (project: CliProject) => void, RegExp]>([
    [
      'a class that changed since',
      (project) => project.schema('Thing', `${FIELDS}\n  kind!: string;`),
      /0003-thing-adds.* is not written yet/,
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
    expect((await project.run('migrate', 'check')).err).toMatch(
      /^0003-.* starts from a state that no earlier migration/m,
    );
  });

  describe('with a database', () => {
    /** Two hundred documents; `size` becomes a number, which every hundredth one is not. */
    async function withDocuments(isBad = (index: number) => index % 100 === 50): Promise<CliProject> {
      const project = new CliProject({ hasDependencies: true });
      project.write('nuthatch.config.json', '{ "data": "data" }');
      project.schema('Thing', '@Id() id!: string;\n  size!: string;');
      await project.run('generate');
      const documents = Array.from({ length: 200 }, (_, index) => ({
        id: `t${index}`,
        size: isBad(index) ? 'big' : `${index}`,
      }));
      await project.withDatabase((db) => db['thing']!.insertMany(documents));
      project.schema('Thing', '@Id() id!: string;\n  size!: number;');
      await project.run('generate');
      project.edit('0001', (text) => text.replace(/requiredValue\('size'\)/, 'numberOf(document.size)'));
      project.edit('0001', (text) => text.replace("requiredValue('size')", 'String(document.size)'));
      project.edit(
        '0001',
        (text) => `${text}
function numberOf(text: string): number {
  if (!/^\\d+$/.test(text)) throw new RangeError(\`\${text} is not a number\`);
  return Number(text);
}
`,
      );
      return project;
    }

    it('lists the documents that do not go through, with their keys, and changes nothing', async () => {
      using project = await withDocuments();
      const { exitCode, err } = await project.run('migrate', 'check');
      expect([exitCode, err.split('\n')]).toEqual([
        1,
        [
          'thing t50: big is not a number',
          'thing t150: big is not a number',
          '2 documents do not go through.',
          '1 migration, complete, but not right for these documents.',
        ],
      ]);
      const { documents } = JSON.parse((await project.run('migrate', 'check', '--json')).out);
      expect(documents).toMatchObject({
        failureCount: 2,
        failures: [{ collection: 'thing', key: 't50' }, { key: 't150' }],
      });
      expect((await project.run('migrate', 'status')).out).toContain('pending for 200 documents');
    });

    it('tries all documents, or as many as --sample says', async () => {
      using project = await withDocuments(() => false);
      expect((await project.run('migrate', 'check')).out).toBe(
        '200 documents tried: 200 would be migrated, none fails.\n1 migration, complete.',
      );
      expect((await project.run('migrate', 'check', '--sample', '20')).out).toContain(
        '20 documents tried, at most 20 of each stored class: 20 would be migrated, none fails.',
      );
      expect((await project.run('migrate', 'check', '--sample', 'some')).err).toMatch(
        /^INVALID_OPTION: --sample must be a number/,
      );
    });

    it('says when there is nothing to try', async () => {
      using project = await withDocuments();
      project.write('nuthatch.config.json', '{ "data": "elsewhere" }');
      const { exitCode, out } = await project.run('migrate', 'check');
      expect([exitCode, out]).toEqual([0, 'Documents were not tried: there is no elsewhere\n1 migration, complete.']);
      expect((await project.run('migrate', 'check', '--data', 'elsewhere')).err).toMatch(/^DIRECTORY_UNUSABLE/);
    });
  });
});
