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
  it('runs TypeScript where a loader for it is registered, as it is here', async () => {
    using project = await start();
    const { path, definitions, migrations } = await loadGenerated(project.folder, {}, undefined);
    expect(path).toBe(`${project.folder}/generated/index.ts`);
    expect([definitions.map(({ model }) => model.name), migrations]).toEqual([['Thing'], []]);
  });

  it('finds what was built, where tsconfig builds to, before the source', async () => {
    using project = await start();
    build(project, 'dist');
    project.write('tsconfig.json', '{\n  // comment\n  "compilerOptions": { "rootDir": ".", "outDir": "dist" }\n}');
    expect((await loadGenerated(project.folder, {}, undefined)).path).toBe(`${project.folder}/dist/generated/index.js`);
    build(project, 'elsewhere');
    const { path } = await loadGenerated(project.folder, {}, 'elsewhere/generated/index.js');
    expect(path).toBe(`${project.folder}/elsewhere/generated/index.js`);
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

  it('says what it tried and what is needed where there is nothing', async () => {
    using project = new CliProject();
    const error = await refusal(project);
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).toMatch(/tried generated\/index\.js, .*generated\/index\.ts\. Build the project first/);
    expect(error.message).toContain('--generated dist/generated/index.js');
    expect(error.message).toContain('node --import tsx');
  });

  it('says what is needed where TypeScript cannot be run, and why', async () => {
    using project = await start();
    project.write('generated/index.ts', 'throw new SyntaxError("Unexpected token")');
    const error = await refusal(project);
    expect(error.message).toMatch(/generated\/index\.ts cannot be run: Unexpected token\. Build the project first/);
  });

  it('refuses a module that is something else', async () => {
    using project = await start();
    project.write('other.cjs', 'module.exports = { definitions: 3 };');
    expect((await refusal(project, 'other.cjs')).message).toContain('it exports no `definitions`');
  });
});
