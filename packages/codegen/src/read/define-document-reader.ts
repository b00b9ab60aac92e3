/** `export const Player = defineDocument('Player', { … }, { … })` in the source → its model. */
import { collectionNameOf, type DocumentModel, type IndexModel } from '@nuthatch/model';
import { ts } from '@ts-morph/common';
import type { DocumentSource, SourcePosition } from '../document-source.js';
import { readConstant, unwrapped } from './constant-reader.js';
import { originOf } from './decorator-reader.js';
import { checkDocumentOptions, type ReadDocumentOptions } from './document-options.js';
import { readFields, readIndexOptions, toFieldModel } from './field-chain-reader.js';
import { type ReadContext, refuse } from './read-context.js';
import { positionOf } from './source-position.js';
import { propertyNameText } from './type-scope.js';

interface DefinitionOptions extends ReadDocumentOptions {
  readonly indexes: readonly IndexModel[];
}

/** The call of `defineDocument` a variable is made by, if it is. */
export function findDefinition(
  variable: ts.VariableDeclaration,
  { graph }: ReadContext,
): ts.CallExpression | undefined {
  const call = variable.initializer && unwrapped(variable.initializer);
  if (!call || !ts.isCallExpression(call)) return undefined;
  const name = originOf(call.expression, graph);
  return name?.module === '@nuthatch/decorators' && name.name === 'defineDocument' ? call : undefined;
}

/** Reads the definition; `undefined` after diagnostics. */
export function readDefinition(
  variable: ts.VariableDeclaration,
  call: ts.CallExpression,
  context: ReadContext,
): DocumentSource | undefined {
  const { graph } = context;
  const file = variable.getSourceFile();
  const [nameNode, fieldsNode, optionsNode] = call.arguments;
  const local = ts.isIdentifier(variable.name) ? variable.name.text : '';
  const exportName = graph.exportedName(local, file);
  if (!exportName)
    return refuse(
      context,
      variable.name,
      'NOT_EXPORTED',
      `the document class ${local} is not exported`,
      'write `export const`.',
    );
  const name = nameNode && readConstant(nameNode, graph);
  if (typeof name !== 'string' || name !== local) {
    return refuse(
      context,
      nameNode ?? call,
      'BAD_DECORATOR',
      'the name given to defineDocument is not the name of the constant',
      `write defineDocument(${JSON.stringify(local)}, …).`,
    );
  }
  if (!fieldsNode || !ts.isObjectLiteralExpression(fieldsNode))
    return refuse(context, call, 'BAD_DECORATOR', 'the fields are not written as an object', 'write them in place.');
  const positions = new Map<string, SourcePosition>();
  const fields = readFields(fieldsNode, context, positions);
  const options = readOptions(optionsNode, context);
  if (!fields || !options) return undefined;
  const generate = fields.map((field) => field.generate).find(Boolean);
  const [expires, secondExpires] = fields.filter((field) => field.isExpiry);
  if (secondExpires)
    return refuse(
      context,
      fieldsNode,
      'BAD_DECORATOR',
      `${name} expires at ${expires!.name} and at ${secondExpires.name}`,
      'keep one of the two: a document has one expiry.',
    );
  const vectors = fields.flatMap((field) =>
    field.vector === undefined ? [] : [{ field: field.name, ...field.vector }],
  );
  const [lifetime, secondLifetime] = fields.flatMap((field) =>
    field.lifetime === undefined ? [] : [{ field: field.name, ...field.lifetime }],
  );
  if (secondLifetime)
    return refuse(
      context,
      fieldsNode,
      'BAD_DECORATOR',
      `${name} has the lifetimes ${lifetime!.field} and ${secondLifetime.field}`,
      'keep one of the two: a document has one lifetime.',
    );
  const search = fields.flatMap((field) =>
    field.search === undefined ? [] : [{ field: field.name, ...field.search }],
  );
  const model: DocumentModel = {
    name,
    collection: options.collection ?? options.collections?.[0] ?? collectionNameOf(name),
    storage: options.storage ?? 'disk',
    key: { fields: fields.filter((field) => field.isId).map((field) => field.name), ...(generate && { generate }) },
    fields: fields.map(toFieldModel),
    computed: [],
    indexes: [...fields.flatMap((field) => field.indexes), ...options.indexes],
    ...(expires && { expires: expires.name }),
    ...(options.minReader && { minReader: options.minReader }),
    ...(options.sync && { sync: options.sync }),
    ...(options.released && { released: options.released }),
    ...(lifetime && { lifetime }),
    ...(vectors.length > 0 && { vectors }),
    ...(search.length > 0 && { search }),
  };
  return {
    model,
    ...(options.collections && { collections: options.collections }),
    file: file.fileName,
    exportName,
    isDefined: true,
    readonlyFields: new Set(),
    nestedClasses: [],
    position: positionOf(variable.name),
    fieldPositions: positions,
    declaration: variable,
    foundReferences: fields.flatMap(({ reference }) => (reference === undefined ? [] : [reference])),
  };
}

/** The third argument; `undefined` after diagnostics. */
function readOptions(node: ts.Expression | undefined, context: ReadContext): DefinitionOptions | undefined {
  if (!node) return { indexes: [] };
  if (!ts.isObjectLiteralExpression(node))
    return refuse(context, node, 'BAD_DECORATOR', 'the options are not written as an object', 'write them in place.');
  const values: Record<string, unknown> = {};
  let indexes: readonly IndexModel[] | undefined = [];
  for (const property of node.properties) {
    const name = property.name && propertyNameText(property.name);
    const value = ts.isPropertyAssignment(property)
      ? property.initializer
      : ts.isShorthandPropertyAssignment(property)
        ? property.name
        : undefined;
    if (name === undefined || !value)
      return refuse(
        context,
        property,
        'BAD_DECORATOR',
        'an option is not written as `name: value`',
        'write it in place.',
      );
    if (name === 'indexes') indexes = readIndexes(value, context);
    else values[name] = readConstant(value, context.graph);
  }
  let isSound = true;
  const options = checkDocumentOptions(values, (what) => {
    isSound = false;
    refuse(context, node, 'BAD_DECORATOR', what, 'write the options in place, as plain values.');
  });
  return isSound && indexes ? { ...options, indexes } : undefined;
}

/** `[{ unique: ['a', 'b'] }, { range: ['a', 'b'], … }]`; `undefined` after diagnostics. */
function readIndexes(node: ts.Expression, context: ReadContext): readonly IndexModel[] | undefined {
  const refuseAt = (at: ts.Node): undefined =>
    refuse(
      context,
      at,
      'BAD_DECORATOR',
      'an index is not written as its kind with the names of its fields',
      "write for example indexes: [{ unique: ['org', 'slug'] }].",
    );
  if (!ts.isArrayLiteralExpression(node)) return refuseAt(node);
  const indexes: IndexModel[] = [];
  for (const element of node.elements) {
    if (!ts.isObjectLiteralExpression(element)) return refuseAt(element);
    const options = readIndexOptions(element, context);
    if (!options) return undefined;
    const parts = element.properties.filter((part) => /^(unique|range)$/.test(part.name?.getText() ?? ''));
    if (parts.length === 0) return refuseAt(element);
    for (const part of parts) {
      if (!ts.isPropertyAssignment(part)) return refuseAt(part);
      const fields = readConstant(part.initializer, context.graph);
      if (!Array.isArray(fields) || !fields.every((field) => typeof field === 'string')) return refuseAt(part);
      const kind = part.name.getText() as 'unique' | 'range';
      indexes.push({ name: fields.join('_'), kind, fields, ...options });
    }
  }
  return indexes;
}
