/**
 * Parsed source files and what their names stand for. Syntax only: files are parsed one by one, and an import is
 * followed only when a type or constant it brings is asked for. Nothing is ever run.
 */
import { readFileSync } from 'node:fs';
import { ts } from '@ts-morph/common';
import type { SourcePosition } from '../document-source.js';
import { projectFiles } from './compiler-options.js';
import { collectNames, type ImportedName, type ModuleNames } from './module-names.js';
import { ModuleResolution } from './module-resolution.js';
import type { PackageName } from './package-name.js';
import { ValueOrigins } from './value-origins.js';

/** A declaration and the file whose names its parts are resolved by. */
export interface Resolved {
  readonly declaration: ts.Declaration;
  readonly file: ts.SourceFile;
  /** All declarations of the name where it is declared, this one included: the parts of an interface or enum. */
  readonly parts: readonly ts.Declaration[];
}

/** The wanted meaning of a name that has both: `const Role = {…}` and `type Role = …`. */
export type Meaning = 'type' | 'value';

/** Names inside a module or a namespace. */
interface Container {
  readonly file: ts.SourceFile;
  readonly names: readonly ModuleNames[];
}

/** Comments are of no interest. */
const PARSING = { languageVersion: ts.ScriptTarget.ESNext, jsDocParsingMode: ts.JSDocParsingMode.ParseNone };

export class ModuleGraph {
  readonly #files = new Map<string, ts.SourceFile>();
  readonly #names = new Map<ts.Node, ModuleNames>();
  readonly #readText: (file: string) => string;
  readonly #tsconfig: string | undefined;
  readonly #resolution: ModuleResolution;
  readonly #origins = new ValueOrigins(this);
  #globals: ReadonlyMap<string, Resolved> | undefined;

  /** @param readText how a file's text is read; the default reads the disk. */
  constructor(readText: (file: string) => string = (file) => readFileSync(file, 'utf8'), tsconfig?: string) {
    this.#readText = readText;
    this.#tsconfig = tsconfig;
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
      source = ts.createSourceFile(file, this.#readText(file), PARSING, true);
      this.#files.set(file, source);
    }
    return source;
  }

  /**
   * The declaration a name stands for in a file, across imports, packages' declarations included; undefined for globals
   * and for what cannot be found.
   *
   * @param at where the name is written, for names of the namespaces around it.
   */
  resolve(name: string, file: ts.SourceFile, meaning: Meaning = 'type', at?: ts.Node): Resolved | undefined {
    for (const names of this.#scopes(file, at)) {
      const found = this.#local(name, { file, names: [names] }, meaning);
      if (found) return found;
    }
    return undefined;
  }

  /** The declaration that `types.Player` or `Prisma.Sub.Name` stands for: through whole modules and namespaces. */
  resolveQualified(
    node: ts.EntityName | ts.Expression,
    file: ts.SourceFile,
    meaning: Meaning = 'type',
  ): Resolved | undefined {
    if (ts.isIdentifier(node)) return this.resolve(node.text, file, meaning, node);
    const [left, right] = ts.isQualifiedName(node)
      ? [node.left, node.right]
      : ts.isPropertyAccessExpression(node)
        ? [node.expression, node.name]
        : [];
    const container = left && this.#container(left, file);
    return container && right && this.#member(right.text, container, meaning, new Set());
  }

  /** What `import('./types.js').Sub.Name` stands for. @param names from the module on. */
  resolveIn(specifier: string, names: readonly string[], file: ts.SourceFile, meaning: Meaning): Resolved | undefined {
    const target = this.#module(specifier, file);
    let container: Container | undefined = target && { file: target, names: [] };
    for (const name of names.slice(0, -1)) container = container && this.#containerIn(name, container, new Set());
    return container && this.#member(names.at(-1)!, container, meaning, new Set());
  }

  /** A type that `declare global` or a script of the project's own declares. Walks the project: asked for last. */
  resolveGlobal(name: string): Resolved | undefined {
    this.#globals ??= this.#collectGlobals();
    return this.#globals.get(name);
  }

  /** The import of a local name, as it is written. */
  importedFrom(name: string, file: ts.SourceFile): string | undefined {
    return this.namesOf(file).imports.get(name)?.from;
  }

  /** The package a name is imported from; undefined for local names. `ns.Name` is asked with its namespace. */
  packageName(name: string, file: ts.SourceFile, namespace?: string): PackageName | undefined {
    return this.#origins.of(namespace ?? name, namespace === undefined ? undefined : name, file);
  }

  /** The specifier is one of the project's own names for its files, and leads nowhere. */
  isAlias(specifier: string): boolean {
    return this.#resolution.isAlias(specifier);
  }

  /** The package whose declaration file this is; undefined for sources. */
  packageOf({ fileName }: ts.SourceFile): string | undefined {
    return packageOfPath(fileName);
  }

  /** The name a declaration is exported under by its own file, `default` last; undefined when it is not. */
  exportedName(local: string, file: ts.SourceFile): string | undefined {
    let isDefault = false;
    for (const [exported, target] of this.namesOf(file).exports) {
      if (target.local !== local || exported === 'export=') continue;
      if (exported !== 'default') return exported;
      isDefault = true;
    }
    return isDefault ? 'default' : undefined;
  }

  /** Names of the namespaces around a node, innermost first, then those of the file. */
  *#scopes(file: ts.SourceFile, at: ts.Node | undefined): Generator<ModuleNames> {
    for (let path = namespacesAround(at); path.length > 0; path = path.slice(0, -1)) {
      let container: Container | undefined = { file, names: [this.namesOf(file)] };
      for (const name of path) container = container && this.#containerIn(name, container, new Set());
      yield* container?.names ?? [];
    }
    yield this.namesOf(file);
  }

  #local(name: string, { file, names }: Container, meaning: Meaning): Resolved | undefined {
    for (const { declarations, imports } of names) {
      const own = declarations.get(name);
      if (own) return this.#declared(own, file, meaning);
      const imported = imports.get(name);
      if (imported) return this.#imported(imported, file, meaning);
    }
    return undefined;
  }

  #declared(all: readonly ts.Declaration[], file: ts.SourceFile, meaning: Meaning): Resolved | undefined {
    // A class that an interface of its name adds to is a class, wherever it stands.
    const declaration =
      all.find(ts.isClassDeclaration) ?? all.find((candidate) => hasMeaning(candidate, meaning)) ?? all[0]!;
    if (ts.isImportEqualsDeclaration(declaration)) {
      const { moduleReference } = declaration;
      return ts.isExternalModuleReference(moduleReference)
        ? undefined
        : this.resolveQualified(moduleReference, file, meaning);
    }
    return { declaration, file, parts: all.filter((other) => isPartOf(declaration, other)) };
  }

  #imported({ from, name }: ImportedName, file: ts.SourceFile, meaning: Meaning): Resolved | undefined {
    const target = name === '*' ? undefined : this.#module(from, file);
    return target && this.#exported(name, target, meaning, new Set());
  }

  #exported(name: string, file: ts.SourceFile, meaning: Meaning, seen: Set<ts.SourceFile>): Resolved | undefined {
    if (seen.has(file)) return undefined;
    seen.add(file);
    const names = this.namesOf(file);
    const target = names.exports.get(name);
    if (target?.local) return this.resolve(target.local, file, meaning);
    const modules = target?.from ? [target.from] : target ? [] : names.starExports;
    for (const from of modules) {
      const next = this.#module(from, file);
      const found = next && this.#exported(target?.name ?? name, next, meaning, seen);
      if (found) return found;
    }
    // A declaration file of the old kind: `export = lib`, with its types in the namespace of that name.
    const whole = names.exports.get('export=')?.local;
    const container = whole === undefined ? undefined : this.#namespaceNamed(whole, file);
    return container && this.#member(name, container, meaning, seen);
  }

  /** A module's or namespace's member of this name. */
  #member(name: string, container: Container, meaning: Meaning, seen: Set<ts.SourceFile>): Resolved | undefined {
    const { file, names } = container;
    if (names.length === 0) return this.#exported(name, file, meaning, seen);
    return this.#local(name, container, meaning);
  }

  /** The module or namespace that a name stands for. A whole file has no names of its own here. */
  #container(node: ts.Node, file: ts.SourceFile): Container | undefined {
    if (!ts.isIdentifier(node)) {
      const resolved = ts.isQualifiedName(node) || ts.isPropertyAccessExpression(node) ? node : undefined;
      if (!resolved) return undefined;
      const [left, right] = ts.isQualifiedName(resolved)
        ? [resolved.left, resolved.right]
        : [resolved.expression, resolved.name];
      const outer = this.#container(left, file);
      return outer && this.#containerIn(right.text, outer, new Set());
    }
    for (const names of this.#scopes(file, node)) {
      const found = this.#containerIn(node.text, { file, names: [names] }, new Set());
      if (found) return found;
    }
    return undefined;
  }

  #containerIn(name: string, { file, names }: Container, seen: Set<ts.SourceFile>): Container | undefined {
    const all = names.length > 0 ? names : [this.namesOf(file)];
    const own = all.flatMap(({ declarations }) => declarations.get(name)?.filter(ts.isModuleDeclaration) ?? []);
    if (own.length > 0) return this.#namespace(own, file);
    for (const { declarations, imports } of all) {
      const alias = declarations.get(name)?.find(ts.isImportEqualsDeclaration)?.moduleReference;
      if (alias && !ts.isExternalModuleReference(alias)) return this.#container(alias, file);
      const imported = imports.get(name);
      const target = imported && this.#module(imported.from, file);
      if (target && (imported.name === '*' || (imported.name === 'default' && this.#isWhole(target))))
        return { file: target, names: [] };
      if (target) return this.#exportedContainer(imported.name, target, seen);
    }
    return names.length > 0 ? undefined : this.#exportedContainer(name, file, seen);
  }

  #exportedContainer(name: string, file: ts.SourceFile, seen: Set<ts.SourceFile>): Container | undefined {
    if (seen.has(file)) return undefined;
    seen.add(file);
    const { exports, starExports } = this.namesOf(file);
    const target = exports.get(name);
    if (target?.local) return this.#containerIn(target.local, { file, names: [this.namesOf(file)] }, seen);
    for (const from of target?.from ? [target.from] : target ? [] : starExports) {
      const next = this.#module(from, file);
      if (next && target?.name === '*') return { file: next, names: [] };
      const found = next && this.#exportedContainer(target?.name ?? name, next, seen);
      if (found) return found;
    }
    return undefined;
  }

  #isWhole(file: ts.SourceFile): boolean {
    return this.namesOf(file).exports.has('export=');
  }

  #namespaceNamed(name: string, file: ts.SourceFile): Container | undefined {
    const own = this.namesOf(file).declarations.get(name)?.filter(ts.isModuleDeclaration) ?? [];
    return own.length > 0 ? this.#namespace(own, file) : undefined;
  }

  #namespace(parts: readonly ts.ModuleDeclaration[], file: ts.SourceFile): Container {
    // `namespace A.B {}` is a namespace within a namespace: the only name of A is B.
    const names = parts.flatMap(({ body }) =>
      body && ts.isModuleBlock(body)
        ? [this.#collect(body, body.statements)]
        : body
          ? [this.#collect(body, [body as ts.ModuleDeclaration])]
          : [],
    );
    return { file, names };
  }

  #module(specifier: string, from: ts.SourceFile): ts.SourceFile | undefined {
    const file = this.#resolution.fileOf(specifier, from.fileName);
    return file === undefined ? undefined : this.parse(file);
  }

  /** The project's own source after an import, and no package's. Nuthatch's packages are packages wherever they lie. */
  ownModule(specifier: string, from: ts.SourceFile): ts.SourceFile | undefined {
    if (/^(@nuthatch\/|class-validator$)/.test(specifier)) return undefined;
    const file = this.#resolution.fileOf(specifier, from.fileName);
    return file === undefined || packageOfPath(file) !== undefined ? undefined : this.parse(file);
  }

  /** Whether a package's declarations export the name. */
  hasExport({ module, name }: PackageName, file: ts.SourceFile): boolean {
    const declarations = this.#module(module, file);
    return declarations !== undefined && this.#exported(name, declarations, 'value', new Set()) !== undefined;
  }

  /** The declarations, imports and exports of the file. */
  namesOf(file: ts.SourceFile): ModuleNames {
    return this.#collect(file, file.statements);
  }

  #collect(node: ts.Node, statements: readonly ts.Statement[]): ModuleNames {
    let names = this.#names.get(node);
    if (!names) {
      names = collectNames(statements);
      this.#names.set(node, names);
    }
    return names;
  }

  #collectGlobals(): ReadonlyMap<string, Resolved> {
    const globals = new Map<string, Resolved>();
    for (const path of this.#tsconfig === undefined ? [] : projectFiles(this.#tsconfig)) {
      const text = this.#readText(path);
      const isModule = /^\s*(import|export)\b/m.test(text);
      if (isModule && !/\bdeclare\s+global\b/.test(text)) continue;
      const file = this.parse(path);
      const blocks = isModule
        ? file.statements
            .filter(ts.isModuleDeclaration)
            .flatMap(({ flags, body }) =>
              flags & ts.NodeFlags.GlobalAugmentation && body && ts.isModuleBlock(body) ? [body] : [],
            )
        : [file];
      for (const block of blocks)
        for (const [name, all] of this.#collect(block, block.statements).declarations) {
          const found = this.#declared(all, file, 'type');
          if (found && !globals.has(name)) globals.set(name, found);
        }
    }
    return globals;
  }
}

/** One-based position of a node, decorators and comments before it left out. */
export function positionOf(node: ts.Node): SourcePosition {
  const file = node.getSourceFile();
  const { line, character } = file.getLineAndCharacterOfPosition(node.getStart(file));
  return { file: file.fileName, line: line + 1, column: character + 1 };
}

/** Names of the namespaces that a node stands in, outermost first. */
function namespacesAround(at: ts.Node | undefined): readonly string[] {
  const names: string[] = [];
  for (let node = at?.parent; node; node = node.parent)
    if (ts.isModuleDeclaration(node) && ts.isIdentifier(node.name) && !(node.flags & ts.NodeFlags.GlobalAugmentation))
      names.unshift(node.name.text);
  return names;
}

function isPartOf(declaration: ts.Declaration, other: ts.Declaration): boolean {
  return other.kind === declaration.kind || (ts.isClassDeclaration(declaration) && ts.isInterfaceDeclaration(other));
}

function hasMeaning(declaration: ts.Declaration, meaning: Meaning): boolean {
  if (ts.isClassDeclaration(declaration) || ts.isEnumDeclaration(declaration)) return true;
  const isType = ts.isInterfaceDeclaration(declaration) || ts.isTypeAliasDeclaration(declaration);
  const isValue =
    ts.isVariableDeclaration(declaration) ||
    ts.isBindingElement(declaration) ||
    ts.isFunctionDeclaration(declaration) ||
    ts.isExportAssignment(declaration);
  return meaning === 'type' ? isType : isValue;
}

function packageOfPath(path: string): string | undefined {
  return /.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/.exec(path)?.[1];
}
