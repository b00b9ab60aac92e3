import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { codegen } from '../packages.js';
import { type Check, NO_PROJECT, note, ok, problem } from './check.js';

/** Node knows `await using` from this version on. */
const NODE_WITH_USING = 24;
/** Of TypeScript's `ScriptTarget`. */
const ESNEXT = 99;

/** Settings of TypeScript that decide how well the generated code serves. */
export const tsconfigFlags: Check = {
  name: 'tsconfig',
  run: ({ root, config, hasProject }) => {
    if (!hasProject) return NO_PROJECT;
    const name = config.tsconfig ?? 'tsconfig.json';
    const path = resolve(root, name);
    if (!existsSync(path)) {
      const cause = 'without it, types are read with the default settings of TypeScript';
      return config.tsconfig === undefined
        ? note('there is no tsconfig.json', cause, '`npx nuthatch init` writes one')
        : problem(`${name} does not exist`, 'the configuration names it as `tsconfig`', 'mend the name');
    }
    const broken = codegen().problemOfTsconfig(path);
    if (broken !== undefined)
      return problem(
        `${name} cannot be read: ${broken}`,
        'the settings behind the error are left out, so classes and code may be read in another way than you think',
        'correct it; `npx tsc --showConfig` says the same',
      );
    const options = codegen().readCompilerOptions(path);
    if ((options.strictNullChecks ?? options.strict) !== true)
      return note(
        `${name} does not set "strict"`,
        'the compiler then lets absent fields and `undefined` keys through, and only the engine refuses them',
        'set "strict": true in its compilerOptions',
      );
    if (options.target === ESNEXT && Number.parseInt(process.versions.node, 10) < NODE_WITH_USING)
      return note(
        `${name} has "target": "esnext"`,
        `the compiler leaves \`await using\` as it is, which Node ${process.versions.node} does not know`,
        'set "target": "es2022", or use Node 24 or later',
      );
    return ok(`${name}: strict${options.experimentalDecorators ? ', legacy decorators' : ', TC39 decorators'}`);
  },
};
