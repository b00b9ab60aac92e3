/** Databases that each saw another branch, opened and migrated by the merged code. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { CliProject } from '../support/cli-project.js';

/** Optional, so that the models alone would let documents lose their values silently. */
const FIELDS = '@Id() id!: string;\n  age?: number;\n  nick?: string;\n  city?: string;';

async function step(project: CliProject, body: string, ...args: readonly string[]): Promise<void> {
  project.schema('Thing', body);
  const { exitCode, err } = await project.run('generate', ...args);
  expect([exitCode, err]).toEqual([0, '']);
}

function insert(project: CliProject, document: object): Promise<unknown> {
  return project.withDatabase((db) => db['thing']!.insertMany([document]));
}

/** A project whose two branches renamed different fields, merged; and a database of each branch, and of neither. */
async function merged(): Promise<{ project: CliProject; body: string }> {
  const project = new CliProject({ hasDependencies: true });
  const path = (name: string): string => join(project.folder, name);
  const save = (name: string): void => cpSync(path('data'), path(name), { recursive: true });
  await step(project, FIELDS);
  await insert(project, { id: 'old', age: 1, nick: 'o', city: 'c' });
  save('neither');
  cpSync(path('generated'), path('base'), { recursive: true });

  await step(project, FIELDS.replace('age', 'years'), '--rename', 'age:years');
  await insert(project, { id: 'a', years: 2, nick: 'a', city: 'c' });
  save('branch-a');
  const [a] = project.migrations();
  cpSync(path(`schemas/migrations/${a}`), path('kept'), { recursive: true });
  project.remove('schemas/migrations');
  for (const name of ['generated', 'data']) project.remove(name);
  cpSync(path('base'), path('generated'), { recursive: true });
  cpSync(path('neither'), path('data'), { recursive: true });

  await step(project, FIELDS.replace('nick', 'alias'), '--rename', 'nick:alias');
  await insert(project, { id: 'b', age: 3, alias: 'b', city: 'c' });
  save('branch-b');
  cpSync(path('kept'), path(`schemas/migrations/${a}`), { recursive: true });
  const body = FIELDS.replace('nick', 'alias').replace('age', 'years');
  await step(project, body);
  return { project, body };
}

async function open(project: CliProject, database: string): Promise<readonly object[]> {
  if (project.has('data')) project.remove('data');
  cpSync(join(project.folder, database), join(project.folder, 'data'), { recursive: true });
  return project.documents('thing');
}

const OLD = { id: 'old', years: 1, alias: 'o', city: 'c' };
const EXPECTED: readonly (readonly [string, readonly object[]])[] = [
  ['neither', [OLD]],
  ['branch-a', [{ id: 'a', years: 2, alias: 'a', city: 'c' }, OLD]],
  ['branch-b', [{ id: 'b', years: 3, alias: 'b', city: 'c' }, OLD]],
];

describe('databases of two branches', () => {
  it('are all read by the merged code, and migrated by it', async () => {
    const { project } = await merged();
    using _ = project;
    for (const [database, documents] of EXPECTED) {
      expect(await open(project, database)).toEqual(documents);
      expect((await project.run('migrate', 'up', '--data', 'data', '--no-backup')).exitCode).toBe(0);
      expect(await project.documents('thing')).toEqual(documents);
    }
  });

  it('still are when the class changed freely after the merge, and then by a migration', async () => {
    const { project, body } = await merged();
    using _ = project;
    await step(project, `${body}\n  more?: string;`);
    const now = `${body.replace('city', 'town')}\n  more?: string;`;
    await step(project, now, '--rename', 'city:town');
    // It would give a document that has been through it another value: none goes through it twice.
    project.edit('renames-age-to-years', (text) =>
      text.replace('...(document.age === undefined ? {} : { years: document.age })', 'years: document.age ?? -1'),
    );
    for (const [database, documents] of EXPECTED) {
      const due = documents.map(({ city, ...others }: { city?: string }) => ({
        ...others,
        town: city,
        more: undefined,
      }));
      expect([database, await open(project, database)]).toEqual([database, due]);
      expect((await project.run('migrate', 'up', '--data', 'data', '--no-backup')).exitCode).toBe(0);
      expect([database, await project.documents('thing')]).toEqual([database, due]);
    }
  });
});
