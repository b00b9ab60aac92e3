/** Every block of the documentation compiles, runs, and shows the results that stand beside it. */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { type NuthatchDatabase, openDatabase } from '../generated/index.js';
import { type GuidePage, readGuidePage } from './support/guide-page.js';

const ROOT = resolve(__dirname, '..');
/** Needs a project of its own, whose classes change: guide-migrations.test.ts. */
const OF_ITS_OWN = 'docs/guide/migrations.md';
const PAGES = [
  'README.md',
  'docs/index.md',
  'docs/operations.md',
  'docs/recipes.md',
  ...markdownIn('docs/guide').filter((name) => name !== OF_ITS_OWN),
  ...markdownIn('packages/runtime/docs'),
  ...['cluster', 'copy', 'decorators', 'model', 'runtime', 'search', 'sync'].map(
    (name) => `packages/${name}/README.md`,
  ),
];
/** Blocks that nobody runs may lie: there are to be none but for a reason. */
const MAX_ILLUSTRATIONS = 1;

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'nuthatch-guide-')));
const pages = new Map<string, GuidePage>(
  PAGES.map((name) => [name, readGuidePage(readFileSync(join(ROOT, name), 'utf8'), dataOf(name))]),
);

function markdownIn(place: string): string[] {
  return readdirSync(join(ROOT, place))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${place}/${name}`);
}

function fileOf(page: string): string {
  return join(folder, page.replace(/[^\w-]/g, '_'));
}

function dataOf(page: string): string {
  return `${fileOf(page)}-data`;
}

beforeAll(() => {
  const root = relative(folder, ROOT).replaceAll('\\', '/');
  for (const [name, { program, classes }] of pages) {
    mkdirSync(dataOf(name));
    const place = classes === '' ? root : `${root}/${classes}`;
    writeFileSync(`${fileOf(name)}.ts`, program.replace(/'\.\/(?=generated\/|schemas\/)/g, `'${place}/`));
  }
  const paths = Object.fromEntries([
    ...['model', 'decorators', 'runtime', 'cluster', 'copy', 'sync', 'search', 'observability'].map((name) => [
      `@nuthatch/${name}`,
      [join(ROOT, 'packages', name, 'src', 'index.ts')],
    ]),
    ...['generated', 'tools', 'sync', 'search', 'cluster', 'readers', 'testing', 'fast-check'].map((name) => [
      `@nuthatch/runtime/${name}`,
      [join(ROOT, 'packages', 'runtime', 'src', `${name}.ts`)],
    ]),
    ['fast-check', [join(ROOT, 'node_modules', 'fast-check')]],
    ...['prometheus', 'opentelemetry', 'pino'].map((name) => [
      `@nuthatch/observability/${name}`,
      [join(ROOT, 'packages', 'observability', 'src', `${name}.ts`)],
    ]),
    ...['knex', 'prom-client', 'pino', '@opentelemetry/sdk-metrics'].map((name) => [
      name,
      [join(ROOT, 'node_modules', name)],
    ]),
  ]) as Record<string, string[]>;
  const compilerOptions = {
    noEmit: true,
    composite: false,
    declaration: false,
    declarationMap: false,
    sourceMap: false,
    experimentalDecorators: true,
    rootDir: '/',
    typeRoots: [join(ROOT, 'node_modules', '@types')],
    paths,
  };
  const settings = { extends: join(ROOT, 'tsconfig.base.json'), compilerOptions, include: ['*.ts'] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function holds(actual: unknown, due: unknown): void {
  if (typeof due === 'object' && due !== null && !(due instanceof Map)) expect(actual).toMatchObject(due);
  else expect(actual).toEqual(due);
}

async function throws(work: () => unknown, code: string): Promise<void> {
  await expect((async () => work())()).rejects.toMatchObject({ code });
}

describe('the documentation', () => {
  it('compiles, every page as one program', () => {
    const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
    const { stdout } = spawnSync(process.execPath, [compiler, '-p', folder, '--pretty', 'false'], { encoding: 'utf8' });
    expect(stdout).toBe('');
  });

  it('shows hardly a block that is not run', () => {
    const illustrations = [...pages.values()].reduce((sum, page) => sum + page.illustrationCount, 0);
    expect(illustrations).toBeLessThanOrEqual(MAX_ILLUSTRATIONS);
  });

  it.each(PAGES)('claims nothing in %s that is not checked, and shows files as they are', (name) => {
    const { program, files } = pages.get(name) as GuidePage;
    expect(program).not.toMatch(/\/\/ (=>|throws [A-Z])/);
    for (const { path, text } of files) expect(text).toBe(readFileSync(join(ROOT, path), 'utf8'));
  });

  it.each(PAGES.filter((name) => name !== 'README.md'))('%s runs, and says what comes of it', async (name) => {
    const page = pages.get(name) as GuidePage;
    const { run } = require(`${fileOf(name)}.ts`) as {
      run(db: NuthatchDatabase, expectHolds: typeof holds, expectThrows: typeof throws): Promise<void>;
    };
    const before = expect.getState().assertionCalls;
    await using db = await openDatabase(
      page.opensDatabase ? { memory: true } : { directory: join(dataOf(name), 'given'), durability: 'os' },
    );
    await run(db, holds, throws);
    expect(expect.getState().assertionCalls - before).toBeGreaterThanOrEqual(page.claimCount);
    // A page that writes in the folder it is run from would find its own data there at the next run.
    expect(readdirSync('.').filter((entry) => existsSync(join(entry, 'manifest.nut')))).toEqual([]);
  });
});
