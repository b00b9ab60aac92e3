/**
 * Parsed source files and what their names stand for. Syntax only: files are parsed one by one, and an import is
 * followed only when a type or constant it brings is asked for. Nothing is ever run.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ts } from 'ts-morph';
import type { SourcePosition } from '../document-source.js';

/** A declaration and the file whose names its parts are resolved by. */
export interface Resolved {
  readonly declaration: ts.Declaration;
  readonly file: ts.SourceFile;
}

/** A name imported from a package: `{ module: 'class-validator', name: 'IsEmail' }`. */
export interface PackageName {
  readonly module: string;
  readonly name: string;
}

/** Comments are of no interest. */
const PARSING = { languageVersion: ts.ScriptTarget.ESNext, jsDocParsingMode: ts.JSDocParsingMode.ParseNone };

interface ModuleNames {
  readonly declarations: ReadonlyMap<string, ts.Declaration>;
  /** Local name → module and the name there; `*` for a namespace. */
  readonly imports: ReadonlyMap<string, { readonly from: string; readonly name: string }>;
  /** Exported name → local name, or a name of another module. */
  readonly exports: ReadonlyMap<string, { readonly local?: string; readonly from?: string; readonly name?: string }>;
  readonly starExports: readonly string[];
}

export class ModuleGraph {
  readonly #files = new Map<string, ts.SourceFile>();
  readonly #names = new Map<ts.SourceFile, ModuleNames>();
  readonly #readText: (file: string) => string;

  /** @param readText how a file's text is read; the default reads the disk. */
  constructor(readText: (file: string) => string = (file) => readFileSync(file, 'utf8')) {
    this.#readText = readText;
  }

  /** Every file parsed so far with its text: what the result depends on. */
  get texts(): ReadonlyMap<string, string> {
    return new Map([...this.#files].map(([file, source]) => [file, source.text]));
  }

  parse(file: string): ts.SourceFile {
    let source = this.#files.get(file);
    if (!source) {
      source = ts.createSourceFile(file, this.#readText(file), PARSING, true);
      this.#files.set(file, source);
    }
    return source;
  }

  /** The declaration a name stands for in a file, across relative imports; undefined for globals and packages. */
  resolve(name: string, file: ts.SourceFile): Resolved | undefined {
    const { declarations, imports } = this.#namesOf(file);
    const declaration = declarations.get(name);
    if (declaration) return { declaration, file };
    const imported = imports.get(name);
    if (!imported || imported.name === '*' || !imported.from.startsWith('.')) return undefined;
    const target = this.#module(imported.from, file);
    return target && this.#exported(imported.name, target, new Set());
  }

  /** The package a name is imported from; undefined for local names. `ns.Name` is asked with its namespace. */
  packageName(name: string, file: ts.SourceFile, namespace?: string): PackageName | undefined {
    const imported = this.#namesOf(file).imports.get(namespace ?? name);
    if (!imported || imported.from.startsWith('.')) return undefined;
    if (namespace) return imported.name === '*' ? { module: imported.from, name } : undefined;
    return { module: imported.from, name: imported.name };
  }

  /** The name a declaration is exported under by its own file; undefined when it is not. */
  exportedName(local: string, file: ts.SourceFile): string | undefined {
    for (const [exported, target] of this.#namesOf(file).exports)
      if (target.local === local && exported !== 'default') return exported;
    return undefined;
  }

  #exported(name: string, file: ts.SourceFile, seen: Set<ts.SourceFile>): Resolved | undefined {
    if (seen.has(file)) return undefined;
    seen.add(file);
    const { exports, starExports } = this.#namesOf(file);
    const target = exports.get(name);
    if (target?.local) return this.resolve(target.local, file);
    const modules = target?.from ? [target.from] : target ? [] : starExports;
    for (const from of modules) {
      const next = this.#module(from, file);
      const found = next && this.#exported(target?.name ?? name, next, seen);
      if (found) return found;
    }
    return undefined;
  }

  #module(specifier: string, from: ts.SourceFile): ts.SourceFile | undefined {
    if (!specifier.startsWith('.')) return undefined;
    const base = resolve(dirname(from.fileName), specifier);
    const stem = base.replace(/\.(js|mjs|cjs)$/, '');
    const candidates = [
      base,
      `${stem}.ts`,
      `${stem}.tsx`,
      `${stem}.mts`,
      `${stem}.cts`,
      `${stem}.d.ts`,
      `${base}.ts`,
      `${base}/index.ts`,
    ];
    const file = candidates.find((candidate) => this.#files.has(candidate) || isFile(candidate));
    return file && /\.[mc]?tsx?$/.test(file) ? this.parse(file) : undefined;
  }

  #namesOf(file: ts.SourceFile): ModuleNames {
    let names = this.#names.get(file);
    if (!names) {
      names = collectNames(file);
      this.#names.set(file, names);
    }
    return names;
  }
}

/** One-based position of a node, decorators and comments before it left out. */
export function positionOf(node: ts.Node): SourcePosition {
  const file = node.getSourceFile();
  const { line, character } = file.getLineAndCharacterOfPosition(node.getStart(file));
  return { file: file.fileName, line: line + 1, column: character + 1 };
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}

function collectNames(file: ts.SourceFile): ModuleNames {
  const declarations = new Map<string, ts.Declaration>();
  const imports = new Map<string, { from: string; name: string }>();
  const exports = new Map<string, { local?: string; from?: string; name?: string }>();
  const starExports: string[] = [];
  const declare = (name: string, declaration: ts.Declaration, statement: ts.Node): void => {
    // A value and a type of one name: the type is what fields mean, the class or constant what documents mean.
    if (!declarations.has(name) || ts.isClassDeclaration(declaration)) declarations.set(name, declaration);
    const flags = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : [];
    const has = (kind: ts.SyntaxKind): boolean => flags.some((flag) => flag.kind === kind);
    if (has(ts.SyntaxKind.ExportKeyword))
      exports.set(has(ts.SyntaxKind.DefaultKeyword) ? 'default' : name, { local: name });
  };
  for (const statement of file.statements) {
    if (
      ts.isClassDeclaration(statement) ||
      ts.isInterfaceDeclaration(statement) ||
      ts.isTypeAliasDeclaration(statement) ||
      ts.isEnumDeclaration(statement)
    ) {
      if (statement.name) declare(statement.name.text, statement, statement);
    } else if (ts.isVariableStatement(statement)) {
      for (const variable of statement.declarationList.declarations) {
        if (ts.isIdentifier(variable.name)) declare(variable.name.text, variable, statement);
      }
    } else if (ts.isImportDeclaration(statement) && ts.isStringLiteral(statement.moduleSpecifier)) {
      collectImports(statement, statement.moduleSpecifier.text, imports);
    } else if (ts.isExportDeclaration(statement)) {
      const from =
        statement.moduleSpecifier && ts.isStringLiteral(statement.moduleSpecifier)
          ? statement.moduleSpecifier.text
          : undefined;
      if (!statement.exportClause && from) starExports.push(from);
      if (statement.exportClause && ts.isNamedExports(statement.exportClause)) {
        for (const element of statement.exportClause.elements) {
          const local = (element.propertyName ?? element.name).text;
          exports.set(element.name.text, from ? { from, name: local } : { local });
        }
      }
    }
  }
  return { declarations, imports, exports, starExports };
}

function collectImports(
  statement: ts.ImportDeclaration,
  from: string,
  imports: Map<string, { from: string; name: string }>,
): void {
  const clause = statement.importClause;
  if (clause?.name) imports.set(clause.name.text, { from, name: 'default' });
  if (!clause?.namedBindings) return;
  if (ts.isNamespaceImport(clause.namedBindings)) imports.set(clause.namedBindings.name.text, { from, name: '*' });
  else
    for (const element of clause.namedBindings.elements)
      imports.set(element.name.text, { from, name: (element.propertyName ?? element.name).text });
}
