/** Type-checks what the build leaves out: tests and type tests, once for each form of decorators. */
import { existsSync } from 'node:fs';
import { run } from './install.mjs';

for (const project of ['tsconfig.test.json', 'packages/decorators/test/tc39/tsconfig.json']) {
  if (existsSync(project)) run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', project, '--noEmit']);
}
