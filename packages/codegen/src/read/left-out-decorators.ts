/**
 * Finds decorators of ours that reading would silently ignore: decorators inside a function or object that stands as a
 * decorator, on the fields of a class that is not a document and no document's base, applied without standing on anything,
 * and definitions that are no constant of a module.
 */
import { ts } from '@ts-morph/common';
import { findDecorators, originOf } from './decorator-reader.js';
import type { ModuleGraph } from './module-graph.js';
import type { ReadContext } from './read-context.js';
import { positionOf } from './source-position.js';

const OURS = '@nuthatch/decorators';
/** The targets of declarations that many decorators name. */
const LEADS_TO = new WeakMap<ts.Node, string | false>();

/** `const Entity = () => Document()`: nothing runs here, so that what the function does is not known. */
export function refuseWrappedDecorators(node: ts.HasDecorators, { graph, diagnostics }: ReadContext): void {
  for (const { origin, node: decorator } of findDecorators(node, graph)) {
    if (origin !== 'local') continue;
    const call = ts.isCallExpression(decorator.expression) ? decorator.expression.expression : decorator.expression;
    const inside = nameBehind(call, graph);
    if (inside === undefined) continue;
    const message = `@${call.getText()} applies @${inside} inside a function, which is not read`;
    const hint = `write @${inside}() where @${call.getText()} stands; a constant may rename it.`;
    diagnostics.add('BAD_DECORATOR', positionOf(decorator), message, hint);
  }
}

/** @param bases classes that were read as documents or as bases of documents. */
export function refuseForgottenClass(
  declaration: ts.ClassDeclaration,
  bases: ReadonlySet<ts.ClassDeclaration>,
  { graph, diagnostics }: ReadContext,
): void {
  const isAbstract = ts.getModifiers(declaration)?.some(({ kind }) => kind === ts.SyntaxKind.AbstractKeyword);
  if (isAbstract || bases.has(declaration)) return;
  for (const member of declaration.members) {
    if (!ts.canHaveDecorators(member)) continue;
    const ours = findDecorators(member, graph).find(({ origin }) => origin === 'nuthatch');
    if (!ours) continue;
    const name = declaration.name?.text ?? 'the class';
    const message = `@${ours.name} stands in ${name}, which has no @Document and is not the base of a class with one`;
    diagnostics.add(
      'BAD_DECORATOR',
      positionOf(ours.node),
      message,
      `decorate ${name} with @Document(), or make it abstract.`,
    );
    return;
  }
}

/**
 * `Document()(Player)` and `make(defineDocument(…))`, wherever they stand; document classes inside something else.
 *
 * @param read the calls of defineDocument that were read.
 */
export function refuseUnreadCalls(node: ts.Node, read: ReadonlySet<ts.Node>, context: ReadContext): void {
  ts.forEachChild(node, (child) => {
    if (ts.isTypeNode(child) || ts.isDecorator(child)) return;
    if (ts.isClassLike(child)) refuseInnerDocument(child, context);
    if (ts.isCallExpression(child) && !read.has(child)) refuseUnreadCall(child, context);
    refuseUnreadCalls(child, read, context);
  });
}

function refuseUnreadCall(call: ts.CallExpression, { graph, diagnostics }: ReadContext): void {
  const { expression } = call;
  const found = originOf(expression, graph);
  if (found?.module === OURS && found.name === 'defineDocument') {
    const message = 'defineDocument stands where it is not read';
    const hint = "write `export const Player = defineDocument('Player', { … })` at the top of the file.";
    diagnostics.add('BAD_DECORATOR', positionOf(call), message, hint);
  }
  if (!ts.isCallExpression(expression)) return;
  const applied = originOf(expression.expression, graph);
  if (applied?.module !== OURS || applied.name === 'defineDocument') return;
  const message = `${applied.name}() is called as a function, which is not read`;
  diagnostics.add('BAD_DECORATOR', positionOf(call), message, `write @${applied.name}() where it belongs.`);
}

/** A document class inside a function, namespace or expression cannot be imported. */
function refuseInnerDocument(declaration: ts.ClassLikeDeclaration, { graph, diagnostics }: ReadContext): void {
  const document = findDecorators(declaration, graph).find(
    ({ origin, name }) => origin === 'nuthatch' && name === 'Document',
  );
  if (!document) return;
  const message = 'the document class is declared inside something else';
  const hint = 'write `export class` at the top of the file: generated code imports it.';
  diagnostics.add('NOT_EXPORTED', positionOf(document.node), message, hint);
}

/** The decorator of ours that a value of the user's own leads to: what functions call, objects and classes hold. */
function nameBehind(value: ts.Expression, graph: ModuleGraph): string | undefined {
  const file = value.getSourceFile();
  let root = value;
  while (!ts.isIdentifier(root)) {
    if (ts.isPropertyAccessExpression(root) || ts.isElementAccessExpression(root)) root = root.expression;
    else if (ts.isParenthesizedExpression(root) || ts.isNonNullExpression(root) || ts.isAsExpression(root))
      root = root.expression;
    else if (ts.isCallExpression(root)) root = root.expression;
    else return nameInside(root, graph);
  }
  const declared =
    graph.resolveQualified(value, file, 'value')?.declaration ??
    graph.resolveQualified(root, file, 'value')?.declaration;
  return declared && nameBehindDeclaration(declared, graph);
}

function nameBehindDeclaration(declaration: ts.Declaration, graph: ModuleGraph): string | undefined {
  const known = LEADS_TO.get(declaration);
  if (known !== undefined) return known || undefined;
  // A name that is looked up again during its own look-up leads nowhere else.
  LEADS_TO.set(declaration, false);
  let found: string | undefined;
  for (const body of bodiesOf(declaration)) found ??= nameInside(body, graph);
  LEADS_TO.set(declaration, found ?? false);
  return found;
}

function bodiesOf(declaration: ts.Declaration): readonly ts.Node[] {
  if (ts.isFunctionDeclaration(declaration)) return declaration.body ? [declaration.body] : [];
  if (ts.isExportAssignment(declaration)) return [declaration.expression];
  if (ts.isClassDeclaration(declaration))
    return declaration.members.filter((member) => ts.canHaveModifiers(member) && isStatic(member));
  return ts.isVariableDeclaration(declaration) && declaration.initializer ? [declaration.initializer] : [];
}

function isStatic(member: ts.HasModifiers): boolean {
  return ts.getModifiers(member)?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword) ?? false;
}

function nameInside(node: ts.Node, graph: ModuleGraph): string | undefined {
  if (ts.isTypeNode(node)) return undefined;
  if (!ts.isIdentifier(node)) return ts.forEachChild(node, (child) => nameInside(child, graph));
  const { parent } = node;
  const isMember = ts.isPropertyAccessExpression(parent) && parent.name === node;
  const found = isMember ? originOf(parent, graph) : originOf(node, graph);
  if (found?.module === OURS && found.name !== '*') return found.name;
  const isName = isMember || (parent as { readonly name?: ts.Node }).name === node;
  if (isName || found) return undefined;
  const declared = graph.resolve(node.text, node.getSourceFile(), 'value', node);
  return declared && graph.packageOf(declared.file) === undefined
    ? nameBehindDeclaration(declared.declaration, graph)
    : undefined;
}
