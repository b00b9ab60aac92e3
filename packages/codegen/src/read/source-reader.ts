/** Source files → every document class in them, in order of file and position. */
import { ts } from '@ts-morph/common';
import { Diagnostics } from '../diagnostic.js';
import type { DocumentSource } from '../document-source.js';
import type { ViewSource } from '../view-source.js';
import { readClass } from './class-reader.js';
import { type FoundDecorator, findDecorators } from './decorator-reader.js';
import { findDefinition, readDefinition } from './define-document-reader.js';
import { InferredTypes } from './inferred-types.js';
import { refuseForgottenClass, refuseUnreadCalls, refuseWrappedDecorators } from './left-out-decorators.js';
import { linkReferences } from './linked-references.js';
import { refuseAugmentations } from './merged-interfaces.js';
import { ModuleGraph } from './module-graph.js';
import type { ReadContext } from './read-context.js';
import { readView } from './view-reader.js';

export interface ReadSources {
  readonly sources: readonly DocumentSource[];
  readonly views: readonly ViewSource[];
  readonly diagnostics: Diagnostics;
  /** Every file that was parsed, absolute, with its text. */
  readonly texts: ReadonlyMap<string, string>;
  /** Files that the type checker looked at, where a type was not written. */
  readonly checkedFiles: readonly string[];
  /** Where a new file would change what a name means. */
  readonly absentPaths: readonly string[];
}

/**
 * Reads the files; nothing in them is run.
 *
 * @param files absolute paths, sorted.
 */
export function readSources(files: readonly string[], tsconfig: string | undefined): ReadSources {
  const graph = new ModuleGraph(undefined, tsconfig);
  const diagnostics = new Diagnostics();
  const inferred = new InferredTypes(() => files.filter((file) => hasUntypedMembers(graph.parse(file))), tsconfig);
  const context: ReadContext = { graph, diagnostics, inferred, readClasses: new Set() };
  const others: ts.ClassDeclaration[] = [];
  const viewClasses: (readonly [ts.ClassDeclaration, FoundDecorator])[] = [];
  const sources = files.flatMap((file) => readFile(graph.parse(file), others, viewClasses, context));
  // Once the classes of their documents are.
  const views = viewClasses
    .map(([declaration, decorator]) => readView(declaration, decorator, sources, context))
    .filter((view) => view !== undefined);
  // Once all bases are known.
  for (const declaration of others) refuseForgottenClass(declaration, context.readClasses, context);
  for (const path of graph.modules.texts.keys()) {
    const file = graph.parse(path);
    if (graph.packageOf(file) === undefined) refuseAugmentations(file, context);
  }
  return {
    sources: linkReferences(sources, context),
    views,
    diagnostics,
    texts: graph.modules.texts,
    checkedFiles: inferred.files,
    absentPaths: [...graph.modules.absentPaths],
  };
}

/** The checker has to see those alone: all others cost it time. */
function hasUntypedMembers(file: ts.SourceFile): boolean {
  return file.statements.some(
    (statement) =>
      ts.isClassDeclaration(statement) &&
      statement.members.some(
        (member) =>
          (ts.isPropertyDeclaration(member) && member.type === undefined) ||
          (ts.isGetAccessorDeclaration(member) && member.type === undefined),
      ),
  );
}

/** @param others gets the classes that are neither documents nor views. @param views gets the views. */
function readFile(
  file: ts.SourceFile,
  others: ts.ClassDeclaration[],
  views: (readonly [ts.ClassDeclaration, FoundDecorator])[],
  context: ReadContext,
): readonly DocumentSource[] {
  if (reportSyntaxErrors(file, context)) return [];
  const sources: (DocumentSource | undefined)[] = [];
  const read = new Set<ts.Node>();
  for (const statement of file.statements) {
    if (ts.isClassDeclaration(statement)) {
      const decorators = findDecorators(statement, context.graph).filter(({ origin }) => origin === 'nuthatch');
      const document = decorators.find(({ name }) => name === 'Document');
      const view = decorators.find(({ name }) => name === 'View');
      if (view) views.push([statement, view]);
      if (document) sources.push(readClass(statement, document, context));
      else if (view) continue;
      else {
        refuseWrappedDecorators(statement, context);
        others.push(statement);
      }
    } else if (ts.isVariableStatement(statement)) {
      for (const variable of statement.declarationList.declarations) {
        const call = findDefinition(variable, context);
        if (call) {
          read.add(call);
          sources.push(readDefinition(variable, call, context));
        }
      }
    }
    refuseUnreadCalls(statement, read, context);
  }
  return sources.filter((source) => source !== undefined);
}

function reportSyntaxErrors(file: ts.SourceFile, { diagnostics }: ReadContext): boolean {
  // Not in the public type, but what every printer of the compiler's own diagnostics reads.
  const errors =
    (file as unknown as { readonly parseDiagnostics?: readonly ts.DiagnosticWithLocation[] }).parseDiagnostics ?? [];
  for (const error of errors) {
    const { line, character } = file.getLineAndCharacterOfPosition(error.start);
    const message = ts.flattenDiagnosticMessageText(error.messageText, ' ');
    diagnostics.add(
      'SYNTAX',
      { file: file.fileName, line: line + 1, column: character + 1 },
      message,
      'correct the syntax.',
    );
  }
  return errors.length > 0;
}
