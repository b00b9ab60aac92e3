/** What a name was found to stand for, and which of its declarations count. */
import { ts } from '@ts-morph/common';

/** A declaration and the file whose names its parts are resolved by. */
export interface Resolved {
  readonly declaration: ts.Declaration;
  readonly file: ts.SourceFile;
  /** All declarations of the name where it is declared, this one included: the parts of an interface or enum. */
  readonly parts: readonly ts.Declaration[];
}

/** The wanted meaning of a name that has both: `const Role = {…}` and `type Role = …`. */
export type Meaning = 'type' | 'value';

/** The declaration that is meant of all that a name has, with those that are parts of it. */
export function meant(all: readonly ts.Declaration[], file: ts.SourceFile, meaning: Meaning): Resolved {
  // A class that an interface of its name adds to is a class, wherever it stands.
  const declaration =
    all.find(ts.isClassDeclaration) ?? all.find((candidate) => hasMeaning(candidate, meaning)) ?? all[0]!;
  return { declaration, file, parts: all.filter((other) => isPartOf(declaration, other)) };
}

/** Names of the namespaces that a node stands in, outermost first. */
export function namespacesAround(at: ts.Node | undefined): readonly string[] {
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
