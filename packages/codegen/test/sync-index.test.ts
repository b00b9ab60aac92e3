/** When generated code offers replicas: it must never import a package that the project does not have. */
import { join } from 'node:path';
import { expectGolden } from './support/golden.js';
import { schema, TemporaryProject } from './support/temporary-project.js';

const THING = schema('@Id() id!: string;\n@Range() size: number = 0;');

async function hasReplica(project: TemporaryProject, options: object = {}, folder = 'generated'): Promise<boolean> {
  await project.generate(options);
  const text = project.read(`${folder}/index.ts`);
  expect(text.includes('openReplica')).toBe(text.includes('@nuthatch/sync'));
  return text.includes('openReplica');
}

describe('the generated index', () => {
  it.each(['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies'])(
    'offers openReplica where %s name the sync package',
    async (field) => {
      using project = new TemporaryProject({
        'schemas/thing.ts': THING,
        'package.json': JSON.stringify({ [field]: { '@nuthatch/sync': '*' } }),
      });
      expect(await hasReplica(project)).toBe(true);
    },
  );

  it.each([
    ['without any package.json', undefined],
    ['with one that names others', '{"dependencies":{"@nuthatch/runtime":"*"}}'],
    ['with one that is torn', '{"dependencies":'],
    ['with one that is not an object', '"text"'],
    ['with dependencies that are no object', '{"dependencies":["@nuthatch/sync"]}'],
  ])('imports nothing of sync %s', async (_what, manifest) => {
    using project = new TemporaryProject({ 'schemas/thing.ts': THING });
    if (manifest !== undefined) project.write('package.json', manifest);
    expect(await hasReplica(project)).toBe(false);
  });

  it('follows the package.json nearest to the output folder', async () => {
    using project = new TemporaryProject({
      'schemas/thing.ts': THING,
      'package.json': '{"dependencies":{"@nuthatch/sync":"*"}}',
      'packages/server/package.json': '{}',
    });
    const output = join('packages', 'server', 'generated');
    expect(await hasReplica(project, { output }, 'packages/server/generated')).toBe(false);
    project.write('packages/server/package.json', '{"dependencies":{"@nuthatch/sync":"*"}}');
    expect(await hasReplica(project, { output }, 'packages/server/generated')).toBe(true);
  });

  it('follows the configuration, whatever package.json says, also right after a run with another setting', async () => {
    using project = new TemporaryProject({ 'schemas/thing.ts': THING });
    expect(await hasReplica(project)).toBe(false);
    expect(await hasReplica(project, { sync: true })).toBe(true);
    expectGolden('index-with-sync.ts', project.read('generated/index.ts'));
    project.write('package.json', '{"dependencies":{"@nuthatch/sync":"*"}}');
    expect(await hasReplica(project, { sync: false })).toBe(false);
    expect(await hasReplica(project)).toBe(true);
  });
});
