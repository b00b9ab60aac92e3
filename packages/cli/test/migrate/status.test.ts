import { CliProject } from '../support/cli-project.js';

const FIELDS = '@Id() id!: string;\n  nick!: string;';

async function start(): Promise<CliProject> {
  const project = new CliProject({ hasDependencies: true });
  project.schema('Thing', FIELDS);
  await project.run('generate');
  await project.withDatabase((db) => db['thing']!.insertMany([{ id: 'a', nick: 'A' }]));
  return project;
}

describe('nuthatch migrate status', () => {
  it('needs no database to list the migrations and what they still ask for', async () => {
    using project = await start();
    expect((await project.run('migrate', 'status')).out).toBe('There are no migrations.');
    project.schema('Thing', `${FIELDS}\n  size!: number;`);
    await project.run('generate');
    expect((await project.run('migrate', 'status')).out).toBe(
      '0001-thing-adds-field-size-number: gives no value yet for size\n  thing: adds field size: number',
    );
    expect(JSON.parse((await project.run('migrate', 'status', '--json')).out)).toEqual({
      migrations: [
        {
          id: '0001-thing-adds-field-size-number',
          kind: 'collections',
          changes: ['thing: adds field size: number'],
          missing: ['size'],
        },
      ],
    });
  });

  it('says which of them the documents of a database wait for', async () => {
    using project = await start();
    project.schema('Thing', FIELDS.replace('nick', 'name'));
    await project.run('generate', '--rename', 'nick:name');
    const pending = await project.run('migrate', 'status', '--data', 'data');
    expect(pending.out).toMatch(/^0001-thing-renames-nick-to-name: pending for 1 document$/m);
    expect(pending.out).toMatch(/^thing: 1 document written by an older Thing \(\w{8}\)$/m);
    expect(pending.out).toMatch(/^ {2}thing: renames nick to name$/m);
    await project.run('migrate', 'up', '--data', 'data');
    const applied = await project.run('migrate', 'status', '--data', 'data');
    expect(applied.out).toMatch(/^0001-thing-renames-nick-to-name: applied$/m);
    expect(applied.out).toMatch(/^thing: 1 document written by today's class/m);
    expect(JSON.parse((await project.run('migrate', 'status', '--data', 'data', '--json')).out)).toMatchObject({
      database: { migrations: [{ state: 'applied', isBlocking: false }] },
    });
  });

  it('says which of them has to run before the database opens', async () => {
    using project = await start();
    project.schema('Thing', FIELDS.replace('@Id() ', '').replace('nick', '@Id() nick'));
    await project.run('generate');
    expect((await project.run('migrate', 'status', '--data', 'data')).out).toContain('does not open before');
    await expect(project.documents('thing')).rejects.toThrow(/MIGRATION_REQUIRED/);
    expect((await project.run('migrate', 'up', '--data', 'data')).exitCode).toBe(0);
    expect(await project.documents('thing')).toEqual([{ id: 'a', nick: 'A' }]);
  });
});
