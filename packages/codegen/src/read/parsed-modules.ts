/** The files that are read, each parsed once, with the names in them, and which of them an import means. */
import { readFileSync } from 'node:fs';
import { ts } from '@ts-morph/common';
import { collectNames, type ModuleNames } from './module-names.js';
import { ModuleResolution } from './module-resolution.js';

/** Comments are of no interest. */
const PARSING = { languageVersion: ts.ScriptTarget.ESNext, jsDocParsingMode: ts.JSDocParsingMode.ParseNone };

export class ParsedModules {
  readonly #files = new Map<string, ts.SourceFile>();
  readonly #names = new Map<ts.Node, ModuleNames>();
  readonly #resolution: ModuleResolution;
  /** How a file's text is read. */
  readonly readText: (file: string) => string;

  /** @param readText the default reads the disk. */
  constructor(readText: (file: string) => string = (file) => readFileSync(file, 'utf8'), tsconfig?: string) {
    this.readText = readText;
    this.#resolution = new ModuleResolution(tsconfig);
  }

  /** Every file parsed so far with its text: what the result depends on. */
  get texts(): ReadonlyMap<string, string> {
    return new Map([...this.#files].map(([file, source]) => [file, source.text]));
  }

  /** Paths without a file where one would change what a name means. */
  get absentPaths(): ReadonlySet<string> {
    return this.#resolution.absent;
  }

  parse(file: string): ts.SourceFile {
    let source = this.#files.get(file);
    if (!source) {
      source = ts.createSourceFile(file, this.readText(file), PARSING, true);
      this.#files.set(file, source);
    }
    return source;
  }

  /** The file of sources or declarations that an import means. */
  module(specifier: string, from: ts.SourceFile): ts.SourceFile | undefined {
    const file = this.#resolution.fileOf(specifier, from.fileName);
    return file === undefined ? undefined : this.parse(file);
  }

  /** The project's own source behind an import, and no package's. Nuthatch's packages are packages wherever they lie. */
  ownModule(specifier: string, from: ts.SourceFile): ts.SourceFile | undefined {
    if (/^(@nuthatch\/|class-validator$)/.test(specifier)) return undefined;
    const file = this.#resolution.fileOf(specifier, from.fileName);
    return file === undefined || packageOfPath(file) !== undefined ? undefined : this.parse(file);
  }

  /** The specifier is one of the project's own names for its files, and leads nowhere. */
  isAlias(specifier: string): boolean {
    return this.#resolution.isAlias(specifier);
  }

  /** What the file declares, imports and exports. */
  namesOf(file: ts.SourceFile): ModuleNames {
    return this.namesIn(file, file.statements);
  }

  /** What the body of a namespace, or another block, declares. */
  namesIn(node: ts.Node, statements: readonly ts.Statement[]): ModuleNames {
    let names = this.#names.get(node);
    if (!names) {
      names = collectNames(statements);
      this.#names.set(node, names);
    }
    return names;
  }
}

/** The package whose folder a path lies in; undefined for sources. */
export function packageOfPath(path: string): string | undefined {
  return /.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/.exec(path)?.[1];
}
