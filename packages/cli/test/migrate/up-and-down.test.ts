import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CliProject } from '../support/cli-project.js';

const FIELDS = '@Id() id!: string;\n  nick!: string;\n  size!: number;';
const NEW_FIELDS = '@Id() id!: string;\n  name!: string;\n  size!: string;';

/** Three documents of the older class; the migration's way back is written. */
async function start(down = 'Number(document.size)'): Promise<CliProject> {
  const project = new CliProject({ hasDependencies: true });
  project.write('nuthatch.config.json', '{ "data": "data" }');
  project.schema('Thing', FIELDS);
  await project.run('generate');
  await project.withDatabase((db) =>
    db['thing']!.insertMany(['a', 'b', 'c'].map((id, size) => ({ id, nick: id.toUpperCase(), size }))),
  );
  project.schema('Thing', NEW_FIELDS);
  await project.run('generate', '--rename', 'nick:name');
  project.edit('renames', (text) => text.replace("requiredValue('size')", down));
  return project;
}

function bytesOf(project: CliProject): string {
  const folder = join(project.folder, 'data');
  return readdirSync(folder)
    .sort()
    .map((name) => `${name} ${readFileSync(join(folder, name)).toString('base64')}`)
    .join('\n');
}

function migrate(project: CliProject, ...args: readonly string[]): ReturnType<CliProject['run']> {
  return project.run('migrate', ...args);
}

const OLD = [
  { id: 'a', nick: 'A', size: 0 },
  { id: 'b', nick: 'B', size: 1 },
  { id: 'c', nick: 'C', size: 2 },
];
const NEW = OLD.map(({ id, nick, size }) => ({ id, name: nick, size: `${size}` }));

describe('nuthatch migrate up', () => {
  it('shows documents before and after, and touches nothing, when it plans', async () => {
    using project = await start();
    const before = bytesOf(project);
    const { exitCode, out } = await migrate(project, 'up', '--dry-run');
    expect(exitCode).toBe(0);
    expect(out).toContain("thing b\n  - nick: 'B'\n  - size: 1\n  + size: '1'\n  + name: 'B'");
    expect(out).toMatch(/^3 of 3 documents would go up by 0001-thing-renames-nick-to-name in \d\.\d s\.$/m);
    expect(bytesOf(project)).toBe(before);
  });

  it('brings all documents to today’s class, after a copy of the database; then there is nothing to do', async () => {
    using project = await start();
    const { exitCode, out } = await migrate(project, 'up');
    expect([exitCode, out]).toEqual([0, expect.stringMatching(/^The database as it was: data\.before-/m)]);
    expect(await project.documents('thing')).toEqual(NEW);
    expect((await migrate(project, 'up')).out).toMatch(/^3 documents, nothing to do\.$/m);
  });

  it('copies to the given place, or not at all', async () => {
    using project = await start();
    expect((await migrate(project, 'up', '--no-backup')).out).not.toContain('as it was');
    expect((await migrate(project, 'down', '--backup', join(project.folder, 'kept'))).out).toContain('as it was: kept');
    expect(project.has('kept')).toBe(true);
  });

  it('lists every document that fails, and changes nothing', async () => {
    using project = await start();
    project.edit('renames', (text) => text.replace('String(document.size)', 'document.size as unknown as string'));
    const before = await bytesOf(project).length;
    const { exitCode, err } = await migrate(project, 'up');
    expect(exitCode).toBe(1);
    for (const id of ['a', 'b', 'c']) expect(err).toMatch(new RegExp(`^thing ${id}: size `, 'm'));
    expect(err).toMatch(/^MIGRATION_FAILED: document a of thing .* and 2 more/m);
    expect(bytesOf(project).length).toBe(before);
    expect(readdirSync(project.folder).filter((name) => name.startsWith('data.'))).toEqual([]);
    const { error } = JSON.parse((await migrate(project, 'up', '--json')).out);
    expect(error).toMatchObject({ code: 'MIGRATION_FAILED', facts: { failureCount: 3 } });
  });

  it('says where it is: a line per phase, or a bar at a terminal', async () => {
    using project = await start();
    expect((await migrate(project, 'up', '--dry-run')).err.split('\n')).toEqual([
      'reading …',
      'migrating …',
      'checking …',
    ]);
    project.hasTerminal = true;
    expect((await migrate(project, 'up')).err).toBe('');
    expect(project.rewritten).toContainEqual(expect.stringMatching(/^writing {3}█{30} 100 %$/));
    expect(project.rewritten.at(-1)).toBe('');
  });

  it('stops after the named migration, by name or number', async () => {
    using project = await start();
    project.schema('Thing', `${NEW_FIELDS}\n  more!: string;`);
    await project.run('generate');
    project.edit('adds-field-more', (text) => text.replace("requiredValue('more')", "'m'"));
    const report = JSON.parse((await migrate(project, 'up', '1', '--json')).out) as { migrations: string[] };
    expect(report.migrations).toEqual(['0001-thing-renames-nick-to-name']);
    expect((await migrate(project, 'up', '9')).err).toMatch(/^INVALID_OPTION: there is no migration 9/m);
    await migrate(project, 'up', '0002-thing-adds-field-more-string');
    expect(await project.documents('thing')).toEqual(NEW.map((document) => ({ ...document, more: 'm' })));
  });

  it('brings back the values of a field whose rename was not declared', async () => {
    using project = new CliProject({ hasDependencies: true });
    project.write('nuthatch.config.json', '{ "data": "data" }');
    project.schema('Thing', '@Id() id!: string;\n  nick?: string;');
    await project.run('generate');
    await project.withDatabase((db) => db['thing']!.insertMany([{ id: 'a', nick: 'A' }]));
    project.schema('Thing', '@Id() id!: string;\n  name?: string;');
    expect((await project.run('generate')).out).toContain('nick is gone and name is new');
    expect(await project.documents('thing')).toEqual([{ id: 'a', name: undefined }]);
    await project.run('migrate', 'new', 'nick-was-name', '--database');
    project.edit('nick-was-name', (text) =>
      text.replace('return document;', 'return { ...document, name: (document as { nick?: string }).nick! };'),
    );
    expect((await project.run('migrate', 'up')).exitCode).toBe(0);
    expect(await project.documents('thing')).toMatchObject([{ id: 'a', name: 'A' }]);
  });

  it('asks for a database, and for generated code', async () => {
    using project = new CliProject();
    expect((await migrate(project, 'up')).err).toMatch(/^INVALID_OPTION: no database is named: give --data/);
    expect((await migrate(project, 'up', '--data', 'data')).err).toMatch(
      /^CODE_NOT_LOADED: no generated code was found/,
    );
    expect(project.has('data')).toBe(false);
  });
});

describe('nuthatch migrate down', () => {
  it('takes the last migration back', async () => {
    using project = await start();
    await migrate(project, 'up');
    const { out } = await migrate(project, 'down', '--dry-run');
    expect(out).toContain('thing a\n');
    expect(out).toMatch(/3 of 3 documents would go down/);
    expect((await migrate(project, 'down', '0')).exitCode).toBe(0);
    project.schema('Thing', FIELDS);
    project.remove('schemas/migrations');
    await project.run('generate', '--force');
    expect(await project.documents('thing')).toEqual(OLD);
  });

  it('refuses where there is no way back, or no value for it', async () => {
    using project = await start("requiredValue('size')");
    await migrate(project, 'up');
    expect((await migrate(project, 'down')).err).toMatch(/MIGRATION_FAILED.*no value for size/);
    project.edit('renames', (text) => text.replace(/\/\*\* The older[\s\S]*/, ''));
    expect((await migrate(project, 'down')).err).toMatch(/^MIGRATION_IRREVERSIBLE/m);
    expect(await project.documents('thing')).toEqual(NEW);
  });
});

describe('nuthatch migrate with an encrypted database', () => {
  const KEY = '07'.repeat(32);

  it('takes its key from a file, and writes encrypted files again', async () => {
    using project = new CliProject({ hasDependencies: true });
    project.write('nuthatch.config.json', '{ "data": "data" }');
    project.write('key', KEY);
    project.schema('Thing', '@Id() id!: string;\n  nick!: string;');
    await project.run('generate');
    const encryption = { key: new Uint8Array(32).fill(7) };
    await project.withDatabase((db) => db['thing']!.insertMany([{ id: 'a', nick: 'secret nick' }]), { encryption });
    project.schema('Thing', '@Id() id!: string;\n  name!: string;');
    await project.run('generate', '--rename', 'nick:name');
    expect((await migrate(project, 'up')).err).toMatch(/ENCRYPTION_KEY_REQUIRED/);
    expect((await migrate(project, 'status', '--key-file', 'key')).out).toContain('pending for 1 document');
    expect((await migrate(project, 'check', '--key-file', 'key')).out).toContain(
      '1 document tried: 1 would be migrated',
    );
    expect((await migrate(project, 'up', '--key-file', 'key')).out).toMatch(/^1 of 1 documents went up/);
    for (const name of readdirSync(join(project.folder, 'data')))
      expect(readFileSync(join(project.folder, 'data', name)).includes('secret nick')).toBe(false);
    expect((await migrate(project, 'status', '--key-file', 'key')).out).toContain(': applied');
  });
});
