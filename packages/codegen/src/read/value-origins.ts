/**
 * The package that a value comes from, through the project's own modules and constants: `export { Document as Doc } from`,
 * `const Doc = Document`, `export * as db from`. So a decorator is known under whatever name it is used.
 */
import { ts } from '@ts-morph/common';
import type { ImportedName, ModuleNames } from './module-names.js';
import type { PackageName } from './package-name.js';

/** The modules whose names are followed: a `ModuleGraph`. */
export interface NamedModules {
  namesOf(file: ts.SourceFile): ModuleNames;
  ownModule(specifier: string, from: ts.SourceFile): ts.SourceFile | undefined;
  hasExport(name: PackageName, file: ts.SourceFile): boolean;
}

function writtenValue(declaration: ts.Declaration): ts.Expression | undefined {
  let value = ts.isVariableDeclaration(declaration)
    ? declaration.initializer
    : ts.isExportAssignment(declaration)
      ? declaration.expression
      : undefined;
  while (value && (ts.isAsExpression(value) || ts.isParenthesizedExpression(value) || ts.isSatisfiesExpression(value)))
    value = value.expression;
  return value;
}

/** The module of `require('module')`. */
function requiredModule(value: ts.Expression): string | undefined {
  if (!ts.isCallExpression(value) || !ts.isIdentifier(value.expression) || value.expression.text !== 'require')
    return undefined;
  const [argument] = value.arguments;
  return argument && ts.isStringLiteralLike(argument) ? argument.text : undefined;
}

export class ValueOrigins {
  readonly #modules: NamedModules;

  constructor(modules: NamedModules) {
    this.#modules = modules;
  }

  /** @param member the name after the dot in `name.member`. */
  of(name: string, member: string | undefined, file: ts.SourceFile): PackageName | undefined {
    return this.#origin(name, member, file, new Set());
  }

  #origin(name: string, member: string | undefined, file: ts.SourceFile, seen: Set<string>): PackageName | undefined {
    const step = `${file.fileName}\n${name}\n${member}`;
    if (seen.has(step)) return undefined;
    seen.add(step);
    const { imports, declarations } = this.#modules.namesOf(file);
    const imported = imports.get(name);
    if (imported) {
      if (imported.name === '*' && member === undefined) return undefined;
      const wanted = imported.name === '*' ? member! : imported.name;
      if (imported.name !== '*' && member !== undefined) return this.#originOfNamespace(imported, member, file, seen);
      return this.#originIn(imported.from, wanted, file, seen);
    }
    for (const declaration of declarations.get(name) ?? []) {
      const found = this.#originOfValue(declaration, member, file, seen);
      if (found) return found;
    }
    return undefined;
  }

  /** `const Doc = Document`, `const Doc = db.Document`, `const { Document: Doc } = db`. */
  #originOfValue(
    declaration: ts.Declaration,
    member: string | undefined,
    file: ts.SourceFile,
    seen: Set<string>,
  ): PackageName | undefined {
    if (ts.isBindingElement(declaration)) {
      const variable = declaration.parent.parent;
      const name = declaration.propertyName ?? declaration.name;
      if (!ts.isVariableDeclaration(variable) || !variable.initializer || !ts.isIdentifier(name)) return undefined;
      const module = requiredModule(variable.initializer);
      if (module !== undefined) return this.#originIn(module, name.text, file, seen);
      return ts.isIdentifier(variable.initializer)
        ? this.#origin(variable.initializer.text, name.text, file, seen)
        : undefined;
    }
    const value = writtenValue(declaration);
    if (!value) return undefined;
    const module = requiredModule(value);
    if (module !== undefined) return member === undefined ? undefined : this.#originIn(module, member, file, seen);
    if (ts.isIdentifier(value)) return this.#origin(value.text, member, file, seen);
    if (member === undefined && ts.isPropertyAccessExpression(value) && ts.isIdentifier(value.expression))
      return this.#origin(value.expression.text, value.name.text, file, seen);
    if (member !== undefined && ts.isObjectLiteralExpression(value)) {
      for (const property of value.properties) {
        if (property.name?.getText() !== member) continue;
        if (ts.isShorthandPropertyAssignment(property)) return this.#origin(member, undefined, file, seen);
        if (ts.isPropertyAssignment(property) && ts.isIdentifier(property.initializer))
          return this.#origin(property.initializer.text, undefined, file, seen);
      }
    }
    return undefined;
  }

  /** `import { db } from './orm'` and then `db.Document`: an `export * as db`, or an object. */
  #originOfNamespace(
    imported: ImportedName,
    member: string,
    file: ts.SourceFile,
    seen: Set<string>,
  ): PackageName | undefined {
    const target = this.#modules.ownModule(imported.from, file);
    // `import lib from 'lib'` and then `lib.Document`: a module's whole by its default export.
    if (!target) return imported.name === 'default' ? { module: imported.from, name: member } : undefined;
    const exported = this.#modules.namesOf(target).exports.get(imported.name);
    if (exported?.local) return this.#origin(exported.local, member, target, seen);
    if (exported?.from && exported.name === '*') return this.#originIn(exported.from, member, target, seen);
    return undefined;
  }

  #originIn(from: string, name: string, file: ts.SourceFile, seen: Set<string>): PackageName | undefined {
    const target = this.#modules.ownModule(from, file);
    if (!target) return from.startsWith('.') ? undefined : { module: from, name };
    const { exports, starExports } = this.#modules.namesOf(target);
    const exported = exports.get(name);
    if (exported?.local) return this.#origin(exported.local, undefined, target, seen);
    if (exported?.from) return this.#originIn(exported.from, exported.name!, target, seen);
    for (const next of starExports) {
      const step = `${target.fileName}\n${next}\n${name}`;
      if (seen.has(step)) continue;
      seen.add(step);
      const found = this.#originIn(next, name, target, seen);
      // Whether a package has the name is only known by its declarations.
      if (found && (starExports.length === 1 || this.#modules.hasExport(found, target))) return found;
    }
    return undefined;
  }
}
