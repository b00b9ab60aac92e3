import { dirname, join } from 'node:path';
import { CliProject } from '../support/cli-project.js';

const FIELDS = '@Id() id!: string;\n  name?: string;';

interface Manifest {
  readonly migrations: readonly {
    readonly id: string;
    readonly parents: readonly string[];
    readonly result: string;
    readonly collections: Readonly<
      Record<string, { from: string; to: string; up(document: object): object; down?(document: object): object }>
    >;
  }[];
}

function manifest(project: CliProject): Manifest['migrations'] {
  return (require(join(dirname(project.generatedModule()!), 'migrations.ts')) as Manifest).migrations;
}

/** Three migrations of Thing, one of Other between them, and a default that came between two. */
async function start(): Promise<CliProject> {
  const project = new CliProject();
  const step = async (body: string, ...args: readonly string[]): Promise<void> => {
    project.schema('Thing', body);
    const { exitCode, err } = await project.run('generate', ...args);
    expect([exitCode, err]).toEqual([0, '']);
  };
  project.schema('Other', '@Id() id!: string;\n  a?: number;');
  await step(FIELDS);
  await step(FIELDS.replace('name', 'label'), '--rename', 'name:label');
  await step(`${FIELDS.replace('name', 'label')}\n  size: number = 7;`);
  project.schema('Other', '@Id() id!: string;\n  b?: number;');
  await step(`${FIELDS.replace('name', 'label')}\n  size: number = 7;`, '--rename', 'a:b');
  await step(`${FIELDS.replace('name', 'title')}\n  size: number = 7;`, '--rename', 'label:title');
  return project;
}

describe('nuthatch migrate squash', () => {
  it('makes one migration of several, which does what they did in turn', async () => {
    using project = await start();
    const before = manifest(project);
    const { exitCode, out } = await project.run('migrate', 'squash', '1', '3');
    expect([exitCode, out]).toEqual([
      0,
      expect.stringContaining('created: 0003-squash-0001-to-0003, in place of 0001-'),
    ]);
    const [only, ...others] = manifest(project);
    expect(others).toEqual([]);
    expect([only!.parents, only!.result]).toEqual([before[0]!.parents, before[2]!.result]);
    const { thing, other } = only!.collections;
    expect(thing).toMatchObject({
      from: before[0]!.collections['thing']!.from,
      to: before[2]!.collections['thing']!.to,
    });
    expect(thing!.up({ id: 'x', name: 'n', more: 1 })).toEqual({ id: 'x', title: 'n', size: 7, more: 1 });
    expect(thing!.down!({ id: 'x', title: 'n', size: 2 })).toEqual({ id: 'x', name: 'n', size: 2 });
    expect(other!.up({ id: 'x', a: 1 })).toEqual({ id: 'x', b: 1 });
    expect((await project.run('generate', '--check')).exitCode).toBe(0);
  });

  it('continues from migrations that were squashed before', async () => {
    using project = await start();
    await project.run('migrate', 'squash', '1', '2');
    await project.run('migrate', 'squash', '2', '3');
    const [only] = manifest(project);
    expect(only!.id).toBe('0003-squash-0002-to-0003');
    expect(only!.collections['thing']!.up({ id: 'x', name: 'n' })).toEqual({ id: 'x', title: 'n', size: 7 });
  });

  it('only says what it would do when it plans', async () => {
    using project = await start();
    const folders = project.migrations();
    expect((await project.run('migrate', 'squash', '1', '3', '--dry-run')).out).toContain(
      'would be created: 0003-squash',
    );
    expect(project.migrations()).toEqual(folders);
  });

  it('cannot be undone if one of them cannot', async () => {
    using project = await start();
    project.edit('name-to-label', (text) => text.replace(/\/\*\* The older[\s\S]*/, ''));
    await project.run('migrate', 'squash', '1', '3');
    const { thing, other } = manifest(project)[0]!.collections;
    expect([thing!.down, other!.down]).toEqual([undefined, expect.any(Function)]);
  });

  it.each([
    ['1', '9', /there is no migration 9/],
    ['3', '1', /the first has to come before/],
    ['1', '4', /0004-all sees the whole database/],
  ])('refuses %s to %s', async (first, last, message) => {
    using project = await start();
    await project.run('migrate', 'new', 'all', '--database');
    const { exitCode, err } = await project.run('migrate', 'squash', first, last);
    expect([exitCode, err]).toEqual([1, expect.stringMatching(message)]);
  });
});
