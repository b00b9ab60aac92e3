/** Decorators in the source → what they declare. Names are followed to the package they come from, aliases included. */
import { type IndexModel, isKeyGeneration, type KeyGeneration } from '@nuthatch/model';
import { ts } from '@ts-morph/common';
import type { Diagnostics } from '../diagnostic.js';
import { readConstant, UNKNOWN, unwrapped } from './constant-reader.js';
import { checkDocumentOptions, type ReadDocumentOptions } from './document-options.js';
import type { ModuleGraph } from './module-graph.js';
import type { PackageName } from './package-name.js';
import { positionOf } from './source-position.js';

/** A decorator that comes from a package. */
export interface FoundDecorator {
  /** `nuthatch` for our own, `class-validator`, `local` for the user's own code, or another package. */
  readonly origin: 'nuthatch' | 'class-validator' | 'local' | 'other';
  /** Name in its package: `Index`, also when it is imported under another. */
  readonly name: string;
  readonly args: readonly ts.Expression[];
  /** Written with brackets. */
  readonly isCalled: boolean;
  readonly node: ts.Decorator;
}

/** Decorators of a class or member, in order. */
export function findDecorators(node: ts.HasDecorators, graph: ModuleGraph): readonly FoundDecorator[] {
  return (ts.getDecorators(node) ?? []).map((decorator) => {
    const expression = unwrapped(decorator.expression);
    const call = ts.isCallExpression(expression) ? expression : undefined;
    const target = call ? unwrapped(call.expression) : expression;
    const found = originOf(target, graph);
    const origin =
      found?.module === '@nuthatch/decorators'
        ? 'nuthatch'
        : found?.module === 'class-validator'
          ? 'class-validator'
          : found
            ? 'other'
            : 'local';
    return {
      origin,
      name: found?.name ?? target.getText(),
      args: call?.arguments ?? [],
      isCalled: call !== undefined,
      node: decorator,
    };
  });
}

/** The package and name of a value that is written as `Name` or `space.Name`. */
export function originOf(target: ts.Expression, graph: ModuleGraph): PackageName | undefined {
  const file = target.getSourceFile();
  if (ts.isIdentifier(target)) return graph.packageName(target.text, file);
  if (!ts.isPropertyAccessExpression(target)) return undefined;
  const space = unwrapped(target.expression);
  return ts.isIdentifier(space) ? graph.packageName(target.name.text, file, space.text) : undefined;
}

/** `@Id` without brackets does nothing at run time but throw. */
export function requireCall({ isCalled, name, node }: FoundDecorator, diagnostics: Diagnostics): void {
  if (isCalled) return;
  diagnostics.add('BAD_DECORATOR', positionOf(node), `@${name} is written without brackets`, `write @${name}().`);
}

/** `@Document({ collection, storage, minReader, sync })`. */
export function readDocumentOptions(
  decorator: FoundDecorator,
  graph: ModuleGraph,
  diagnostics: Diagnostics,
): ReadDocumentOptions {
  const options = constantOptions(decorator, decorator.args[0], graph, diagnostics);
  return checkDocumentOptions(options, (what) => refuse(decorator, diagnostics, what));
}

/** `@Id({ generate })`. */
export function readIdOptions(
  decorator: FoundDecorator,
  graph: ModuleGraph,
  diagnostics: Diagnostics,
): KeyGeneration | undefined {
  const { generate } = constantOptions(decorator, decorator.args[0], graph, diagnostics);
  if (isKeyGeneration(generate)) return generate;
  if (generate !== undefined) refuse(decorator, diagnostics, "`generate` is not 'uuidv7', 'ulid' or 'sequence'");
  return undefined;
}

const KINDS = { Index: 'unique', Tag: 'tag', Range: 'range' } as const;

/** `@Index() @Tag() @Range()` on a field. */
export function readFieldIndex(
  decorator: FoundDecorator,
  field: string,
  graph: ModuleGraph,
  diagnostics: Diagnostics,
): IndexModel {
  const kind = KINDS[decorator.name as keyof typeof KINDS];
  return { name: field, kind, fields: [field], ...readIndexOptions(decorator, decorator.args[0], graph, diagnostics) };
}

/** `@Index(['org', 'slug'])`, `@Range(['club', 'age'])` on the class. */
export function readClassIndex(
  decorator: FoundDecorator,
  graph: ModuleGraph,
  diagnostics: Diagnostics,
): IndexModel | undefined {
  const fields = decorator.args[0] && readConstant(decorator.args[0], graph);
  if (!Array.isArray(fields) || fields.length < 2 || !fields.every((field) => typeof field === 'string')) {
    return refuse(decorator, diagnostics, `@${decorator.name} on a class needs a list of two or more field names`);
  }
  const kind = KINDS[decorator.name as keyof typeof KINDS];
  return {
    name: fields.join('_'),
    kind,
    fields,
    ...readIndexOptions(decorator, decorator.args[1], graph, diagnostics),
  };
}

/** `{ where, caseInsensitive }`; the condition is kept as text. */
export function readIndexOptions(
  decorator: FoundDecorator,
  node: ts.Expression | undefined,
  graph: ModuleGraph,
  diagnostics: Diagnostics,
): Pick<IndexModel, 'where' | 'caseInsensitive'> {
  if (!node) return {};
  if (!ts.isObjectLiteralExpression(node)) {
    refuse(decorator, diagnostics, 'the options are not written as an object');
    return {};
  }
  let where: string | undefined;
  let isCaseInsensitive = false;
  for (const property of node.properties) {
    const name = property.name && ts.isIdentifier(property.name) ? property.name.text : undefined;
    const value = ts.isPropertyAssignment(property) ? property.initializer : property;
    if (name === 'where') where = collapse(value.getText());
    else if (name === 'caseInsensitive' && ts.isPropertyAssignment(property))
      isCaseInsensitive = readFlag(property.initializer, decorator, graph, diagnostics);
    else refuse(decorator, diagnostics, `there is no option ${property.name?.getText() ?? property.getText()}`);
  }
  return { ...(where !== undefined && { where }), ...(isCaseInsensitive && { caseInsensitive: true as const }) };
}

function readFlag(
  node: ts.Expression,
  decorator: FoundDecorator,
  graph: ModuleGraph,
  diagnostics: Diagnostics,
): boolean {
  const value = readConstant(node, graph);
  if (typeof value !== 'boolean') refuse(decorator, diagnostics, `${node.getText()} is not true or false`);
  return value === true;
}

/** Whitespace collapsed, so that formatting a condition changes no model. */
export function collapse(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function constantOptions(
  decorator: FoundDecorator,
  node: ts.Expression | undefined,
  graph: ModuleGraph,
  diagnostics: Diagnostics,
): Readonly<Record<string, unknown>> {
  if (!node) return {};
  const value = readConstant(node, graph);
  if (value === UNKNOWN || typeof value !== 'object' || value === null || Array.isArray(value)) {
    refuse(decorator, diagnostics, 'the options are not plain data');
    return {};
  }
  return value as Readonly<Record<string, unknown>>;
}

function refuse(decorator: FoundDecorator, diagnostics: Diagnostics, message: string): undefined {
  diagnostics.add(
    'BAD_DECORATOR',
    positionOf(decorator.node),
    message,
    `write @${decorator.name} as its documentation shows, with plain values.`,
  );
  return undefined;
}
