/** A project in a temporary folder, with the repository's dependencies, to generate in and to run the result of. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { type GenerateResult, type GeneratorOptions, generate } from '../../src/index.js';

const ROOT = resolve(__dirname, '../../../..');

export class TemporaryProject {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'nuthatch-codegen-')));

  constructor(files: Readonly<Record<string, string>> = {}, options: { readonly hasDependencies?: boolean } = {}) {
    for (const [name, text] of Object.entries(files)) this.write(name, text);
    if (options.hasDependencies) symlinkSync(join(ROOT, 'node_modules'), join(this.folder, 'node_modules'));
    else mkdirSync(join(this.folder, 'node_modules'), { recursive: true });
  }

  write(name: string, text: string): void {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  read(name: string): string {
    return readFileSync(join(this.folder, name), 'utf8');
  }

  has(name: string): boolean {
    return existsSync(join(this.folder, name));
  }

  remove(name: string): void {
    rmSync(join(this.folder, name), { recursive: true });
  }

  list(folder: string): readonly string[] {
    return this.has(folder) ? readdirSync(join(this.folder, folder)).sort() : [];
  }

  generate(options: Partial<GeneratorOptions> = {}): Promise<GenerateResult> {
    return generate({ root: this.folder, ...options });
  }

  /** Loads a module of the project, transpiled as tests are. */
  load<T>(name: string): T {
    return require(join(this.folder, name)) as T;
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A schema file around the body of one class. */
export function schema(body: string, before = ''): string {
  return `import { defineDocument, Document, field, Id, Index, Range, Tag, type Key } from '@nuthatch/decorators';\n${before}\n@Document()\nexport class Thing {\n${body}\n}\n`;
}
