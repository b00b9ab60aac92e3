/** A project in a temporary folder, and the command line run in it. */
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
import { runCli } from '../../src/cli.js';

const ROOT = resolve(__dirname, '../../../..');

export interface CliResult {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

export class CliProject {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'nuthatch-cli-')));
  /** Answers of whoever sits at the terminal; nobody does while there are none. */
  answers: string[] = [];
  /** Lines that were written over each other. */
  readonly rewritten: string[] = [];
  hasTerminal = false;

  constructor(options: { readonly hasDependencies?: boolean } = {}) {
    if (options.hasDependencies) symlinkSync(join(ROOT, 'node_modules'), join(this.folder, 'node_modules'));
    else mkdirSync(join(this.folder, 'node_modules'));
  }

  async run(...args: readonly string[]): Promise<CliResult> {
    const out: string[] = [];
    const err: string[] = [];
    const exitCode = await runCli(
      args,
      {
        out: (text) => void out.push(text),
        err: (text) => void err.push(text),
        ask: this.answers.length > 0 ? async () => this.answers.shift() ?? '' : undefined,
        rewrite: this.hasTerminal ? (line) => void this.rewritten.push(line) : undefined,
      },
      this.folder,
    );
    return { exitCode, out: out.join('\n'), err: err.join('\n') };
  }

  /** Writes `schemas/<name>.ts` with one class around the body. */
  schema(className: string, body: string): void {
    const imports = "import { Document, Id, Index, Range, Tag } from '@nuthatch/decorators';";
    this.write(
      `schemas/${className.toLowerCase()}.ts`,
      `${imports}\n@Document()\nexport class ${className} {\n  ${body}\n}\n`,
    );
  }

  /** Changes the code of a migration, found by a part of its name. */
  edit(name: string, change: (text: string) => string): void {
    const id = this.migrations().find((folder) => folder.includes(name))!;
    const path = `schemas/migrations/${id}/migration.ts`;
    this.write(path, change(this.read(path)));
  }

  migrations(): readonly string[] {
    const path = join(this.folder, 'schemas/migrations');
    return existsSync(path) ? readdirSync(path).sort() : [];
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

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
