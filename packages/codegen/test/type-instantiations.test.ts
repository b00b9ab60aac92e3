/**
 * What generated code costs the compiler, and with it every editor: type instantiations per collection, found as the
 * difference between a project of n classes and one of 2n. What the user's own decorators cost is told apart.
 */
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { TemporaryProject } from './support/temporary-project.js';

const ROOT = resolve(__dirname, '../../..');
const CLASS_COUNT = 8;
const MAX_PER_COLLECTION = 29;

function source(index: number): string {
  return `import { Document, Id, Index, Range, Tag } from '@nuthatch/decorators';
import { IsEmail, Max, Min } from 'class-validator';

@Document()
export class Model${index} {
  @Id() readonly id!: string;
  @Index() @IsEmail() email!: string;
  @Tag() clubs: string[] = [];
  @Range() @Min(0) @Max(120) age!: number;
  @Range() joinedAt: Date = new Date();
  name!: string;
  nick?: string;
}
`;
}

const MAIN = `import { openDatabase } from './generated/index.js';

export async function main(): Promise<number> {
  await using db = await openDatabase({ memory: true });
  await db.model0.insert({ id: 'a', email: 'a@example.org', age: 1, name: 'A' });
  return db.model0.findByClubs('x').orderBy('age').count();
}
`;

/** Compiles the project and returns how many types were instantiated. */
function instantiations(project: TemporaryProject, include: readonly string[]): number {
  const paths = Object.fromEntries(
    ['model', 'decorators', 'runtime'].map((name) => [
      `@nuthatch/${name}`,
      [join(ROOT, 'packages', name, 'src', 'index.ts')],
    ]),
  );
  const compilerOptions = {
    noEmit: true,
    composite: false,
    declaration: false,
    declarationMap: false,
    sourceMap: false,
    experimentalDecorators: true,
    rootDir: '/',
    paths,
  };
  project.write(
    'tsconfig.json',
    JSON.stringify({ extends: join(ROOT, 'tsconfig.base.json'), compilerOptions, include }),
  );
  const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const options = ['-p', project.folder, '--extendedDiagnostics', '--singleThreaded', '--pretty', 'false'];
  const { stdout } = spawnSync(process.execPath, [compiler, ...options], { encoding: 'utf8' });
  expect(stdout).not.toMatch(/error TS/);
  const count = Number(/^Instantiations:\s+(\d+)/m.exec(stdout)?.[1]);
  expect(count).toBeGreaterThan(0);
  return count;
}

/** Instantiations of a project with so many classes: of all of it, and of the classes alone. */
async function measure(classCount: number): Promise<{ readonly all: number; readonly classes: number }> {
  const files = Array.from({ length: classCount }, (_, index) => [`schemas/model-${index}.ts`, source(index)] as const);
  using project = new TemporaryProject({ ...Object.fromEntries(files), 'main.ts': MAIN }, { hasDependencies: true });
  expect((await project.generate()).diagnostics).toEqual([]);
  return {
    all: instantiations(project, ['main.ts', 'schemas', 'generated']),
    classes: instantiations(project, ['schemas']),
  };
}

it(`instantiates at most ${MAX_PER_COLLECTION} types per collection`, async () => {
  const [few, many] = [await measure(CLASS_COUNT), await measure(CLASS_COUNT * 2)];
  const perClass = (many.classes - few.classes) / CLASS_COUNT;
  const perCollection = (many.all - few.all) / CLASS_COUNT - perClass;
  console.info(`type instantiations: ${perCollection} per generated collection, ${perClass} per decorated class`);
  expect(perCollection).toBeGreaterThan(0);
  expect(perCollection).toBeLessThanOrEqual(MAX_PER_COLLECTION);
});
