import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import type { TemporaryProject } from './temporary-project.js';

const ROOT = resolve(__dirname, '../../../..');

/** What the compiler says of generated code and of main.ts. */
export function compile(project: TemporaryProject, options: object): readonly string[] {
  const compilerOptions = {
    noEmit: true,
    noUnusedLocals: true,
    noUnusedParameters: true,
    experimentalDecorators: true,
    target: 'es2022',
    lib: ['esnext'],
    module: 'esnext',
    moduleResolution: 'bundler',
    types: ['node'],
    skipLibCheck: true,
    paths: Object.fromEntries(
      ['model', 'decorators', 'runtime'].map((name) => [
        `@nuthatch/${name}`,
        [join(ROOT, 'packages', name, 'src', 'index.ts')],
      ]),
    ),
    ...options,
  };
  project.write('tsconfig.json', JSON.stringify({ compilerOptions, files: ['main.ts'] }));
  const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const { stdout } = spawnSync(process.execPath, [compiler, '-p', project.folder, '--pretty', 'false'], {
    cwd: project.folder,
    encoding: 'utf8',
  });
  return stdout.split('\n').filter((line) => /^(generated|main)/.test(line));
}
