/** How a written type is read: the place where its names are looked up, and the arguments of its type parameters. */
import type { FieldType } from '@nuthatch/model';
import { ts } from '@ts-morph/common';
import type { ModuleGraph } from './module-graph.js';
import type { TypeRefusals } from './type-refusals.js';

/** A type as a field has it: `undefined` in a union makes the field optional. */
export interface ReadType {
  readonly type: FieldType;
  readonly optional: boolean;
}

/** One member of a union; a type that is not a union has one. */
export type Member = FieldType | 'null' | 'undefined';

/** A file's names, and what type parameters stand for. */
export interface TypeScope {
  readonly file: ts.SourceFile;
  readonly parameters: ReadonlyMap<string, ScopedType>;
}

export interface ScopedType {
  readonly node: ts.TypeNode;
  readonly scope: TypeScope;
}

/** The reading of types, as its parts ask for it: each has a file of its own. */
export interface TypeReading {
  readonly graph: ModuleGraph;
  readonly refusals: TypeRefusals;
  /** The members of a type, aliases and enums resolved; `undefined` after a diagnostic. */
  members(type: ScopedType, depth: number): readonly Member[] | undefined;
  /** The type of a name, with its arguments. `name` is a type's name or the expression of a heritage clause. */
  reference(
    name: ts.EntityName | ts.Expression,
    args: readonly ts.TypeNode[],
    scope: TypeScope,
    node: ts.Node,
    depth: number,
  ): readonly Member[] | undefined;
  read(node: ts.TypeNode, scope: TypeScope): ReadType | undefined;
  /** The type of an element, which cannot be absent. */
  element(node: ts.TypeNode, scope: TypeScope): FieldType | undefined;
  /** Members as one type. */
  combine(members: readonly Member[], node: ts.Node): ReadType | undefined;
}

/** The arguments of a declaration's type parameters, defaults included. */
export function bind(
  parameters: readonly ts.TypeParameterDeclaration[] | undefined,
  args: readonly ts.TypeNode[],
  scope: TypeScope,
  file: ts.SourceFile,
): ReadonlyMap<string, ScopedType> {
  const bound = new Map<string, ScopedType>();
  parameters?.forEach((parameter, index) => {
    const given = args[index];
    const node = given ?? parameter.default;
    // A default may name the parameters before it.
    if (node) bound.set(parameter.name.text, { node, scope: given ? scope : { file, parameters: new Map(bound) } });
  });
  return bound;
}

const EXPANDED = new WeakMap<ScopedType, string>();
/** Longer ones are taken for all different: types that grow without end are refused soon. */
const MAX_CHARACTERS = 10_000;
let longCount = 0;

/** A type argument as its text, with what the parameters in it stand for in their place. O(text), once for a parameter. */
export function expandedText(node: ts.TypeNode, scope: TypeScope): string {
  const file = node.getSourceFile();
  const parts: string[] = [];
  let at = node.getStart(file);
  const visit = (part: ts.Node): void => {
    const isName = ts.isTypeReferenceNode(part) && ts.isIdentifier(part.typeName);
    const bound = isName ? scope.parameters.get(part.typeName.text) : undefined;
    if (!bound) {
      ts.forEachChild(part, visit);
      return;
    }
    parts.push(file.text.slice(at, part.getStart(file)), boundText(bound));
    at = part.end;
  };
  visit(node);
  parts.push(file.text.slice(at, node.end));
  const text = parts.join('');
  return text.length > MAX_CHARACTERS ? `long ${longCount++}` : text;
}

function boundText(bound: ScopedType): string {
  let text = EXPANDED.get(bound);
  if (text === undefined) {
    text = expandedText(bound.node, bound.scope);
    EXPANDED.set(bound, text);
  }
  return text;
}

/** The type of one literal, as a node like those of a source: for a name that stands for one value. */
export function literalNode(value: string | number | boolean): ts.TypeNode {
  return parseType(JSON.stringify(value));
}

/** A type given as text. */
function parseType(text: string): ts.TypeNode {
  const parsed = ts.createSourceFile('type.ts', `type Parsed = ${text};`, ts.ScriptTarget.ESNext, true);
  return (parsed.statements[0] as ts.TypeAliasDeclaration).type;
}

/** The members that a type stands for: the opposite of combining them. */
export function membersOf(type: Member): readonly Member[] {
  if (typeof type === 'string') return [type];
  if (type.kind === 'nullable') return [...membersOf(type.of), 'null'];
  return type.kind === 'union' ? type.members : [type];
}

/** The text of a plain property name; undefined for private and computed ones. */
export function propertyNameText(name: ts.PropertyName): string | undefined {
  if (ts.isIdentifier(name) || ts.isStringLiteralLike(name) || ts.isNumericLiteral(name)) return name.text;
  return ts.isComputedPropertyName(name) && ts.isStringLiteralLike(name.expression) ? name.expression.text : undefined;
}
