/** A class that `@View` stands on → the collection of its rows and what each of their fields is made of. */
import { collectionNameOf, type DocumentModel, type ViewModel } from '@nuthatch/model';
import { ts } from '@ts-morph/common';
import type { DocumentSource } from '../document-source.js';
import { hidesGeneratedName } from '../emit/local-names.js';
import { isTypeNameOf } from '../emit/type-names.js';
import type { ViewSource } from '../view-source.js';
import { gather } from './class-reader.js';
import { readConstant, UNKNOWN, unwrapped } from './constant-reader.js';
import { type FoundDecorator, findDecorators } from './decorator-reader.js';
import { emptyGathered, type GatheredClass } from './gathered-class.js';
import { type ReadContext, refuse } from './read-context.js';
import { positionOf } from './source-position.js';
import { TypeReader } from './type-reader.js';
import { checkViewCondition } from './view-condition.js';
import { checkViewFields } from './view-fields.js';

/** Reads a view; `undefined` after diagnostics. @param documents every document class that was read. */
export function readView(
  declaration: ts.ClassDeclaration,
  decorator: FoundDecorator,
  documents: readonly DocumentSource[],
  context: ReadContext,
): ViewSource | undefined {
  const { graph, diagnostics } = context;
  const file = declaration.getSourceFile();
  const className = declaration.name?.text;
  const exportName = className && graph.exportedName(className, file);
  if (!className || !exportName)
    return refuse(
      context,
      declaration.name ?? decorator.node,
      'NOT_EXPORTED',
      className === undefined ? 'the class of the view has no name' : `the view ${className} is not exported`,
      'write `export class` with a name: generated code imports it.',
    );
  const countBefore = diagnostics.list.length;
  const of = readDocuments(decorator, documents, context);
  const types = new TypeReader(
    graph,
    diagnostics,
    (member) => context.inferred.typeOf(member),
    (name) => hidesGeneratedName(name) || isTypeNameOf(className, name),
  );
  const gathered = emptyGathered();
  gather(declaration, { file, parameters: new Map() }, gathered, types, context);
  refuseStrangers(declaration, gathered, context);
  if (of === undefined) return undefined;
  const options = readOptions(decorator, of, context);
  const fields = [...gathered.fields.values()].map(({ name, type, optional }) => ({ name, type, optional, rules: [] }));
  const made = checkViewFields(declaration, fields, gathered, of, options.groupBy, context);
  if (made === undefined || diagnostics.list.length > countBefore) return undefined;
  const keyFields = options.groupBy ?? of.model.key.fields;
  const view: ViewModel = {
    of: of.model.collection,
    ...(options.groupBy && { groupBy: options.groupBy }),
    isConditional: options.isConditional,
    fields: made,
  };
  const model: DocumentModel = {
    name: className,
    collection: options.collection ?? collectionNameOf(className),
    storage: 'memory',
    key: { fields: keyFields },
    fields,
    computed: [],
    indexes: [...gathered.indexes.values(), ...gathered.classIndexes.values()],
  };
  return {
    model,
    view,
    file: file.fileName,
    exportName,
    isDefined: false,
    nestedClasses: types.nestedClasses,
    readonlyFields: new Set(),
    position: positionOf(declaration.name ?? declaration),
    fieldPositions: gathered.positions,
  };
}

/** The class in `@View(() => Player)`. */
function readDocuments(
  { args, node }: FoundDecorator,
  documents: readonly DocumentSource[],
  context: ReadContext,
): DocumentSource | undefined {
  const given = args[0] && unwrapped(args[0]);
  const body = given && ts.isArrowFunction(given) && given.parameters.length === 0 ? given.body : undefined;
  const name = body && !ts.isBlock(body) ? unwrapped(body) : undefined;
  if (!name || !(ts.isIdentifier(name) || ts.isPropertyAccessExpression(name)))
    return refuse(
      context,
      args[0] ?? node,
      'BAD_VIEW',
      'the class of the documents is not written as a function that names it',
      'write @View(() => Player, { … }).',
    );
  const resolved = context.graph.resolveQualified(name, name.getSourceFile(), 'value');
  const found = documents.find(
    ({ file, model }) => resolved?.file.fileName === file && nameOf(resolved.declaration) === model.name,
  );
  if (found) return found;
  const decorated = (decorator: string): boolean =>
    resolved !== undefined &&
    ts.isClassDeclaration(resolved.declaration) &&
    findDecorators(resolved.declaration, context.graph).some(
      (each) => each.origin === 'nuthatch' && each.name === decorator,
    );
  const shown = name.getText();
  const [what, hint] = decorated('View')
    ? [`${shown} is a view itself`, 'make the view of the documents: rows of a view are not documents.']
    : decorated('Document')
      ? [
          `the class ${shown} is not read: it has problems of its own, or is not among the schemas`,
          'correct those first, or let `schemas` in the configuration name its file.',
        ]
      : [
          `${shown} is not a document class that is read here`,
          'name a class with @Document(), or a constant of defineDocument, among the schemas.',
        ];
  return refuse(context, name, 'BAD_VIEW', what, hint);
}

function nameOf(declaration: ts.Declaration): string | undefined {
  const { name } = declaration as { readonly name?: ts.Node };
  return name && ts.isIdentifier(name) ? name.text : undefined;
}

interface ReadOptions {
  readonly groupBy: readonly string[] | undefined;
  readonly collection: string | undefined;
  readonly isConditional: boolean;
}

function readOptions({ args, node }: FoundDecorator, of: DocumentSource, context: ReadContext): ReadOptions {
  const read: { -readonly [Name in keyof ReadOptions]: ReadOptions[Name] } = {
    groupBy: undefined,
    collection: undefined,
    isConditional: false,
  };
  const wrong = (at: ts.Node, message: string, hint: string): undefined =>
    refuse(context, at, 'BAD_VIEW', message, hint);
  const options = args[1] && unwrapped(args[1]);
  if (!options) return read;
  if (!ts.isObjectLiteralExpression(options)) {
    wrong(args[1] ?? node, 'the options of the view are not written as an object', 'write them where @View stands.');
    return read;
  }
  for (const property of options.properties) {
    const name = property.name && ts.isIdentifier(property.name) ? property.name.text : undefined;
    const value = ts.isPropertyAssignment(property)
      ? property.initializer
      : ts.isShorthandPropertyAssignment(property)
        ? property.name
        : undefined;
    if (name === 'where') {
      read.isConditional = true;
      if (value) checkViewCondition(value, of, context);
    } else if (name === 'groupBy' && value) read.groupBy = readGroupBy(value, of, context);
    else if (name === 'collection' && value) {
      const collection = readConstant(value, context.graph);
      if (typeof collection === 'string') read.collection = collection;
      else wrong(value, '`collection` is not a plain text', "write the name: collection: 'countries'.");
    } else
      wrong(
        property,
        `a view has no option ${property.name?.getText() ?? property.getText()}`,
        'there are where, groupBy and collection.',
      );
  }
  return read;
}

function readGroupBy(value: ts.Expression, of: DocumentSource, context: ReadContext): readonly string[] | undefined {
  const given = readConstant(value, context.graph);
  const fields = typeof given === 'string' ? [given] : given;
  if (
    given === UNKNOWN ||
    !Array.isArray(fields) ||
    fields.length === 0 ||
    !fields.every((field) => typeof field === 'string') ||
    new Set(fields).size < fields.length
  )
    return refuse(
      context,
      value,
      'BAD_VIEW',
      '`groupBy` is not a field, or a list of different fields, as plain values',
      `write one or more fields of ${of.model.name}.`,
    );
  return fields as readonly string[];
}

/** What a row cannot have: nobody gives it an id, validates it or lets it expire. */
function refuseStrangers(declaration: ts.ClassDeclaration, gathered: GatheredClass, context: ReadContext): void {
  for (const member of declaration.members) {
    if (!ts.canHaveDecorators(member)) continue;
    for (const { origin, name, node } of findDecorators(member, context.graph)) {
      const isGetter = ts.isGetAccessorDeclaration(member);
      if (origin === 'class-validator')
        refuse(
          context,
          node,
          'BAD_VIEW',
          `@${name} is a rule of class-validator, and rows of a view are not given by anybody`,
          ['Min', 'Max'].includes(name)
            ? `import ${name} from @nuthatch/decorators for the ${name === 'Min' ? 'least' : 'greatest'} value; rules belong to the documents.`
            : 'put the rule on the field of the documents.',
        );
      else if (origin === 'nuthatch' && (isGetter || !FIT_FOR_ROWS.includes(name)))
        refuse(
          context,
          node,
          'BAD_VIEW',
          isGetter ? `@${name} stands on a getter of a view` : `@${name} stands on a field of a view`,
          name === 'Id'
            ? 'leave it out: the key of a row is what it is grouped by, or the key of its document.'
            : name === 'Index'
              ? 'use @Range() or @Tag(): rows are found by their key, and nothing else need be unique.'
              : 'fields of rows can have @Range and @Tag, and say what they are made of.',
        );
    }
  }
  for (const { name, kind } of gathered.classIndexes.values())
    if (kind === 'unique')
      refuse(
        context,
        declaration.name ?? declaration,
        'BAD_VIEW',
        `the index ${name} of a view is unique`,
        'use @Range([…]): rows are found by their key, and nothing else need be unique.',
      );
  if (gathered.released)
    refuse(
      context,
      declaration.name ?? declaration,
      'BAD_VIEW',
      'rows of a view cannot be released',
      'put @Released() on the documents.',
    );
}

const FIT_FOR_ROWS: readonly string[] = ['Range', 'Tag', 'Count', 'Sum', 'Avg', 'Min', 'Max', 'Top'];
