/** The names of one module or namespace: what it declares, imports and exports. Syntax only. */
import { ts } from '@ts-morph/common';

export interface ImportedName {
  readonly from: string;
  /** The name there; `*` for the whole module. */
  readonly name: string;
}

export interface ExportedName {
  /** Name in this module; absent when it comes from another. */
  readonly local?: string;
  readonly from?: string;
  readonly name?: string;
}

export interface ModuleNames {
  /** Every declaration of a name, in order: interfaces and enums may have several parts, a value and a type one name. */
  readonly declarations: ReadonlyMap<string, readonly ts.Declaration[]>;
  readonly imports: ReadonlyMap<string, ImportedName>;
  readonly exports: ReadonlyMap<string, ExportedName>;
  readonly starExports: readonly string[];
}

/** The nameless default export of a module. */
const DEFAULT = '*default*';

/** Reads the statements of a file or of a namespace's body. */
export function collectNames(statements: readonly ts.Statement[]): ModuleNames {
  const declarations = new Map<string, ts.Declaration[]>();
  const imports = new Map<string, ImportedName>();
  const exports = new Map<string, ExportedName>();
  const starExports: string[] = [];
  const declare = (name: string, declaration: ts.Declaration, statement: ts.Node): void => {
    const known = declarations.get(name);
    if (known) known.push(declaration);
    else declarations.set(name, [declaration]);
    if (hasModifier(statement, ts.SyntaxKind.ExportKeyword))
      exports.set(hasModifier(statement, ts.SyntaxKind.DefaultKeyword) ? 'default' : name, { local: name });
  };
  for (const statement of statements) {
    if (
      ts.isClassDeclaration(statement) ||
      ts.isInterfaceDeclaration(statement) ||
      ts.isTypeAliasDeclaration(statement) ||
      ts.isEnumDeclaration(statement) ||
      ts.isFunctionDeclaration(statement)
    ) {
      if (statement.name) declare(statement.name.text, statement, statement);
      else declare(DEFAULT, statement, statement);
    } else if (ts.isModuleDeclaration(statement)) {
      // `declare module 'x'` and `declare global` are not names of this module.
      if (ts.isIdentifier(statement.name) && !(statement.flags & ts.NodeFlags.GlobalAugmentation))
        declare(statement.name.text, statement, statement);
    } else if (ts.isVariableStatement(statement)) {
      for (const variable of statement.declarationList.declarations) declareVariable(variable, statement, declare);
    } else if (ts.isImportDeclaration(statement)) {
      if (ts.isStringLiteral(statement.moduleSpecifier))
        collectImports(statement, statement.moduleSpecifier.text, imports);
    } else if (ts.isImportEqualsDeclaration(statement)) {
      collectImportEquals(statement, imports, declare);
    } else if (ts.isExportDeclaration(statement)) {
      collectExports(statement, exports, starExports);
    } else if (ts.isExportAssignment(statement)) {
      const isName = ts.isIdentifier(statement.expression);
      if (!isName) declarations.set(DEFAULT, [statement]);
      const local = isName ? statement.expression.text : DEFAULT;
      exports.set(statement.isExportEquals ? 'export=' : 'default', { local });
    }
  }
  return { declarations, imports, exports, starExports };
}

type Declare = (name: string, declaration: ts.Declaration, statement: ts.Node) => void;

function declareVariable(variable: ts.VariableDeclaration, statement: ts.Node, declare: Declare): void {
  if (ts.isIdentifier(variable.name)) declare(variable.name.text, variable, statement);
  else if (ts.isObjectBindingPattern(variable.name))
    for (const element of variable.name.elements)
      if (ts.isIdentifier(element.name)) declare(element.name.text, element, statement);
}

function collectImports(statement: ts.ImportDeclaration, from: string, imports: Map<string, ImportedName>): void {
  const clause = statement.importClause;
  if (clause?.name) imports.set(clause.name.text, { from, name: 'default' });
  if (!clause?.namedBindings) return;
  if (ts.isNamespaceImport(clause.namedBindings)) imports.set(clause.namedBindings.name.text, { from, name: '*' });
  else
    for (const element of clause.namedBindings.elements)
      imports.set(element.name.text, { from, name: (element.propertyName ?? element.name).text });
}

/** `import lib = require('lib')` is the module; `import Part = lib.Part` a name declared here. */
function collectImportEquals(
  statement: ts.ImportEqualsDeclaration,
  imports: Map<string, ImportedName>,
  declare: Declare,
): void {
  const { moduleReference } = statement;
  if (!ts.isExternalModuleReference(moduleReference)) declare(statement.name.text, statement, statement);
  else if (ts.isStringLiteral(moduleReference.expression))
    imports.set(statement.name.text, { from: moduleReference.expression.text, name: '*' });
}

function collectExports(
  statement: ts.ExportDeclaration,
  exports: Map<string, ExportedName>,
  starExports: string[],
): void {
  const from =
    statement.moduleSpecifier && ts.isStringLiteral(statement.moduleSpecifier)
      ? statement.moduleSpecifier.text
      : undefined;
  const { exportClause } = statement;
  if (!exportClause) {
    if (from !== undefined) starExports.push(from);
  } else if (ts.isNamespaceExport(exportClause)) {
    if (from !== undefined) exports.set(exportClause.name.text, { from, name: '*' });
  } else {
    for (const element of exportClause.elements) {
      const local = (element.propertyName ?? element.name).text;
      exports.set(element.name.text, from === undefined ? { local } : { from, name: local });
    }
  }
}

/** Looks where the modifiers are: to ask the compiler which kinds of nodes have any costs a tenth of all reading. */
function hasModifier(node: ts.Node, kind: ts.SyntaxKind): boolean {
  const { modifiers } = node as { readonly modifiers?: readonly ts.ModifierLike[] };
  return modifiers?.some((modifier) => modifier.kind === kind) ?? false;
}
