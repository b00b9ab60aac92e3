/**
 * Our decorators where reading would pass them by without a word: inside a function that stands as a decorator, and on
 * the fields of a class that is no document and no document's base.
 */
import { ts } from 'ts-morph';
import { findDecorators } from './decorator-reader.js';
import { type ModuleGraph, positionOf } from './module-graph.js';
import type { ReadContext } from './read-context.js';

/** `const Entity = () => Document()`: nothing runs here, so that what the function does is not known. */
export function refuseWrappedDecorators(node: ts.HasDecorators, { graph, diagnostics }: ReadContext): void {
  for (const { origin, node: decorator } of findDecorators(node, graph)) {
    if (origin !== 'local') continue;
    const call = ts.isCallExpression(decorator.expression) ? decorator.expression.expression : decorator.expression;
    const declared = graph.resolveQualified(call, node.getSourceFile(), 'value')?.declaration;
    const body = declared && bodyOf(declared);
    const inside = body && nameInside(body, graph);
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

function bodyOf(declaration: ts.Declaration): ts.Node | undefined {
  if (ts.isFunctionDeclaration(declaration)) return declaration.body;
  if (!ts.isVariableDeclaration(declaration)) return undefined;
  const value = declaration.initializer;
  // What a constant renames is known by its origin.
  return value && !ts.isIdentifier(value) && !ts.isPropertyAccessExpression(value) ? value : undefined;
}

function nameInside(node: ts.Node, graph: ModuleGraph): string | undefined {
  if (ts.isIdentifier(node)) {
    const { parent } = node;
    const namespace =
      ts.isPropertyAccessExpression(parent) && parent.name === node && ts.isIdentifier(parent.expression)
        ? parent.expression.text
        : undefined;
    const found = graph.packageName(node.text, node.getSourceFile(), namespace);
    return found?.module === '@nuthatch/decorators' && found.name !== '*' ? found.name : undefined;
  }
  return ts.forEachChild(node, (child) => nameInside(child, graph));
}
