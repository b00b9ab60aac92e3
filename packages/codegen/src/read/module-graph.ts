/**
 * What the names in source files stand for. Syntax only: files are parsed one by one, and an import is followed only
 * when a type or constant it brings is asked for. Nothing is ever run.
 */
import { ts } from '@ts-morph/common';
import { globalDeclarations } from './global-declarations.js';
import type { ImportedName, ModuleNames } from './module-names.js';
import type { PackageName } from './package-name.js';
import { ParsedModules, packageOfPath } from './parsed-modules.js';
import { type Meaning, meant, namespacesAround, type Resolved } from './resolved.js';
import { ValueOrigins } from './value-origins.js';

/** Names inside a module or a namespace. */
interface Container {
  readonly file: ts.SourceFile;
  readonly names: readonly ModuleNames[];
}

export class ModuleGraph {
  readonly modules: ParsedModules;
  /** Interfaces and classes whose fields were read. */
  readonly readTypes = new Set<ts.Declaration>();
  readonly #tsconfig: string | undefined;
  readonly #origins: ValueOrigins;
  #globals: ReadonlyMap<string, Resolved> | undefined;

  /** @param readText how a file's text is read; the default reads the disk. */
  constructor(readText?: (file: string) => string, tsconfig?: string) {
    this.modules = new ParsedModules(readText, tsconfig);
    this.#tsconfig = tsconfig;
    this.#origins = new ValueOrigins(this);
  }

  parse(file: string): ts.SourceFile {
    return this.modules.parse(file);
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
    const target = this.modules.module(specifier, file);
    let container: Container | undefined = target && { file: target, names: [] };
    for (const name of names.slice(0, -1)) container = container && this.#containerIn(name, container, new Set());
    return container && this.#member(names.at(-1) as string, container, meaning, new Set());
  }

  /** A type that `declare global` or a script of the project's own declares. Walks the project: asked for last. */
  resolveGlobal(name: string): Resolved | undefined {
    this.#globals ??= globalDeclarations(this.modules, this.#tsconfig);
    return this.#globals.get(name);
  }

  /** What the import of a local name says, as it is written. */
  importedFrom(name: string, file: ts.SourceFile): string | undefined {
    return this.namesOf(file).imports.get(name)?.from;
  }

  /** The package a name is imported from; undefined for local names. `ns.Name` is asked with its namespace. */
  packageName(name: string, file: ts.SourceFile, namespace?: string): PackageName | undefined {
    return this.#origins.of(namespace ?? name, namespace === undefined ? undefined : name, file);
  }

  /** The specifier is one of the project's own names for its files, and leads nowhere. */
  isAlias(specifier: string): boolean {
    return this.modules.isAlias(specifier);
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
    const found = meant(all, file, meaning);
    const { declaration } = found;
    if (ts.isImportEqualsDeclaration(declaration)) {
      const { moduleReference } = declaration;
      return ts.isExternalModuleReference(moduleReference)
        ? undefined
        : this.resolveQualified(moduleReference, file, meaning);
    }
    return found;
  }

  #imported({ from, name }: ImportedName, file: ts.SourceFile, meaning: Meaning): Resolved | undefined {
    const target = name === '*' ? undefined : this.modules.module(from, file);
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
      const next = this.modules.module(from, file);
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
      const target = imported && this.modules.module(imported.from, file);
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
      const next = this.modules.module(from, file);
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
        ? [this.modules.namesIn(body, body.statements)]
        : body
          ? [this.modules.namesIn(body, [body as ts.ModuleDeclaration])]
          : [],
    );
    return { file, names };
  }

  /** The project's own source behind an import, and no package's. */
  ownModule(specifier: string, from: ts.SourceFile): ts.SourceFile | undefined {
    return this.modules.ownModule(specifier, from);
  }

  /** Whether a package's declarations export the name. */
  hasExport({ module, name }: PackageName, file: ts.SourceFile): boolean {
    const declarations = this.modules.module(module, file);
    return declarations !== undefined && this.#exported(name, declarations, 'value', new Set()) !== undefined;
  }

  /** What the file declares, imports and exports. */
  namesOf(file: ts.SourceFile): ModuleNames {
    return this.modules.namesOf(file);
  }
}
