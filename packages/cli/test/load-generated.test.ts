/** Where the command line finds the generated code, and what it says when it cannot run it. */
import { DatabaseError } from '@nuthatch/model';
import { transformSync } from '@swc/core';
import { loadGenerated } from '../src/load-generated.js';
import { CliProject } from './support/cli-project.js';

async function start(): Promise<CliProject> {
  const project = new CliProject({ hasDependencies: true });
  project.schema('Thing', '@Id() id!: string;');
  await project.run('generate');
  return project;
}

/** Compiles as the user's build would. */
function build(project: CliProject, outDir: string): void {
  for (const name of ['schemas/thing', 'generated/thing', 'generated/index']) {
    const { code } = transformSync(project.read(`${name}.ts`), {
      jsc: {
        target: 'es2022',
        parser: { syntax: 'typescript', decorators: true },
        transform: { legacyDecorator: true },
      },
      module: { type: 'commonjs' },
    });
    project.write(`${outDir}/${name}.js`, code);
  }
}

async function refusal(project: CliProject, given?: string): Promise<DatabaseError> {
  const error = await loadGenerated(project.folder, {}, given).catch((thrown: unknown) => thrown);
  expect(DatabaseError.is(error)).toBe(true);
  return error as DatabaseError;
}

describe('loadGenerated', () => {
  it('runs the sources through the registered loader', async () => {
    using project = await start();
    const { path, definitions, migrations } = await loadGenerated(project.folder, {}, undefined);
    expect(path).toBe(`${project.folder}/generated/index.ts`);
    expect([definitions.map(({ model }) => model.name), migrations]).toEqual([['Thing'], []]);
  });

  it('takes what was built, where tsconfig builds to, when the sources are not there or cannot be run', async () => {
    using project = await start();
    build(project, 'dist');
    project.write('tsconfig.json', '{\n  // comment\n  "compilerOptions": { "rootDir": ".", "outDir": "dist" }\n}');
    const warnings: string[] = [];
    const load = () => loadGenerated(project.folder, {}, undefined, (text) => void warnings.push(text));
    expect((await load()).path).toBe(`${project.folder}/generated/index.ts`);
    const source = project.read('generated/index.ts');
    project.write('generated/index.ts', 'throw new Error("not today")');
    jest.resetModules();
    expect((await load()).path).toBe(`${project.folder}/dist/generated/index.js`);
    expect(warnings).toEqual([
      expect.stringMatching(
        /^CODE_NOT_LOADED: generated.index.ts cannot be run: not today\. .* dist.generated.index.js is used/,
      ),
    ]);
    project.write('generated/index.ts', source);
    build(project, 'elsewhere');
    const { path } = await loadGenerated(project.folder, {}, 'elsewhere/generated/index.js');
    expect(path).toBe(`${project.folder}/elsewhere/generated/index.js`);
    project.remove('generated/index.ts');
    expect((await load()).path).toBe(`${project.folder}/dist/generated/index.js`);
  });

  it('refuses a build that is older than the generated code', async () => {
    using project = await start();
    build(project, 'dist');
    project.schema('Thing', '@Id() id!: string;\n  name?: string;');
    await project.run('generate');
    const error = await refusal(project, 'dist/generated/index.js');
    expect(error.code).toBe('MODEL_MISMATCH');
    expect(error.message).toContain('dist/generated/index.js is older than the generated code beside it; build');
  });

  it('says what it tried and what it needs if there is no code', async () => {
    using project = new CliProject();
    const error = await refusal(project);
    expect(error.code).toBe('CODE_NOT_LOADED');
    expect(error.message).toMatch(
      /found in generated\/index\.ts, .*generated\/index\.js, .*; run `npx nuthatch generate`/,
    );
    expect(error.message).toContain('--generated dist/generated/index.js');
  });

  it('names the module that cannot be run, and why, and never the configuration', async () => {
    using project = await start();
    project.write('generated/index.ts', 'throw new Error("Unexpected weather")');
    const error = await refusal(project);
    expect(error.message).toMatch(/^CODE_NOT_LOADED: generated\/index\.ts cannot be run: Unexpected weather\. /);
    expect(error.message).not.toContain('nuthatch.config');
  });

  it('refuses a module without generated code', async () => {
    using project = await start();
    project.write('other.cjs', 'module.exports = { definitions: 3 };');
    expect((await refusal(project, 'other.cjs')).message).toContain('it exports no `definitions`');
  });
});
