/** `nuthatch init`: the few files a project begins with. What exists is left alone. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseError } from '@nuthatch/model';
import type { Output } from '../output.js';

export interface InitArguments {
  readonly schemas: string;
  readonly output: string;
}

const FOLDER = /^[\w@./-]+$/;

export async function runInit(
  { schemas, output: generated }: InitArguments,
  output: Output,
  root: string,
): Promise<number> {
  for (const folder of [schemas, generated]) {
    if (!FOLDER.test(folder))
      throw new DatabaseError('INVALID_OPTION', `${JSON.stringify(folder)} cannot be a folder of sources`, { folder });
  }
  write(root, 'nuthatch.config.ts', configText(schemas, generated), output);
  write(root, join(schemas, 'player.ts'), PLAYER, output);
  hint(root, output);
  output.out(`\nNext: npx nuthatch generate, then import { openDatabase } from './${generated}/index'.`);
  return 0;
}

function write(root: string, name: string, text: string, output: Output): void {
  const path = join(root, name);
  if (existsSync(path)) {
    output.out(`kept:    ${name}`);
    return;
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  output.out(`created: ${name}`);
}

/** Says what the project needs; its settings are the user's and are not edited. */
function hint(root: string, output: Output): void {
  const manifest = join(root, 'package.json');
  if (!existsSync(manifest) || !readFileSync(manifest, 'utf8').includes('nuthatch generate')) {
    output.out(
      '\nAdd to the scripts in package.json: "generate": "nuthatch generate", "generate:check": "nuthatch generate --check"',
    );
  }
  const tsconfig = join(root, 'tsconfig.json');
  const text = existsSync(tsconfig) ? readFileSync(tsconfig, 'utf8') : '';
  if (!/"experimentalDecorators"\s*:\s*true/.test(text)) {
    output.out(
      '\nclass-validator works with legacy decorators only: set "experimentalDecorators": true in tsconfig.json to use its rules.',
    );
  }
}

function configText(schemas: string, generated: string): string {
  return `import { defineConfig } from 'nuthatch';

export default defineConfig({
  schemas: ${JSON.stringify(`${schemas}/**/*.ts`)},
  output: ${JSON.stringify(generated)},
});
`;
}

const PLAYER = `import { Document, Id, Index, Range, Tag } from '@nuthatch/decorators';

@Document()
export class Player {
  @Id({ generate: 'uuidv7' }) readonly id!: string;
  /** Unique: one player per email. */
  @Index() email!: string;
  /** Many to many. */
  @Tag() clubs: string[] = [];
  /** Ordered: bounds, order, minimum and maximum. */
  @Range() age!: number;
  name!: string;
}
`;
