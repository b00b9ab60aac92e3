/** A project in a temporary folder, and the command line run in it. */
import {
  cpSync,
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

/** A generated database, whatever its classes. */
export type AnyDatabase = Readonly<
  Record<string, { insertMany(documents: readonly object[]): Promise<unknown>; all(): Iterable<object> }>
>;

export class CliProject {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'nuthatch-cli-')));
  /** Answers of whoever sits at the terminal; nobody does while there are none. */
  answers: string[] = [];
  /** Lines that were written over each other. */
  readonly rewritten: string[] = [];
  hasTerminal = false;
  #copiedText = '';
  #copyCount = 0;

  constructor(options: { readonly hasDependencies?: boolean } = {}) {
    if (options.hasDependencies) symlinkSync(join(ROOT, 'node_modules'), join(this.folder, 'node_modules'));
    else mkdirSync(join(this.folder, 'node_modules'));
  }

  /**
   * The module of the generated code as it is now, in a copy: modules are loaded once by their path, and loading the
   * engine again with them takes longer than everything else.
   */
  generatedModule(): string | undefined {
    const folders = ['generated', 'schemas'].filter((name) => this.has(name));
    if (!this.has('generated/index.ts')) return undefined;
    const files = folders.flatMap((name) => filesIn(join(this.folder, name)));
    const text = files.map((path) => `${path}\n${readFileSync(path, 'utf8')}`).join('\n');
    if (text !== this.#copiedText) {
      this.#copiedText = text;
      this.#copyCount++;
      for (const name of folders)
        cpSync(join(this.folder, name), join(this.folder, `copy-${this.#copyCount}`, name), { recursive: true });
    }
    return join(this.folder, `copy-${this.#copyCount}`, 'generated/index.ts');
  }

  async run(...args: readonly string[]): Promise<CliResult> {
    const generated = args[0] === 'migrate' && /^(up|down|status)$/.test(args[1] ?? '') && this.generatedModule();
    if (generated) return this.#run(...args, '--generated', generated);
    return this.#run(...args);
  }

  async #run(...args: readonly string[]): Promise<CliResult> {
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

  /** Opens the database of the project's generated code as it is now, in `data`. */
  async withDatabase<T>(work: (db: AnyDatabase) => Promise<T> | T, options: object = {}): Promise<T> {
    const { openDatabase } = require(this.generatedModule()!) as {
      openDatabase(options: object): Promise<AnyDatabase & { close(): Promise<void> }>;
    };
    const db = await openDatabase({ directory: join(this.folder, 'data'), durability: 'os', ...options });
    try {
      return await work(db);
    } finally {
      await db.close();
    }
  }

  /** All documents of a collection, plain, in order of their ids. */
  documents(collection: string): Promise<readonly object[]> {
    const idOf = (document: object): string => String((document as { readonly id?: unknown }).id);
    return this.withDatabase((db) =>
      [...db[collection]!.all()].map((document) => ({ ...document })).sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1)),
    );
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

function filesIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name))
    .sort();
}
