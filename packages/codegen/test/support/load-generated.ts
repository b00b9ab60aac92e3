/** Emits the module of a model, compiles and runs it, and hands back its definition: what a user's build would run. */

import type { DocumentModel } from '@nuthatch/model';
import type { CollectionDefinition } from '@nuthatch/runtime';
import * as runtime from '@nuthatch/runtime/generated';
import * as classValidator from 'class-validator';
import { ts } from 'ts-morph';
import type { DocumentSource } from '../../src/document-source.js';
import { emitDocument } from '../../src/emit/document-emitter.js';

type AnyClass = abstract new (...args: never[]) => object;

/** A source as the reader would give it, of a class in `/schemas/classes.ts`. */
export function sourceOf(model: DocumentModel, nestedClasses: readonly string[] = []): DocumentSource {
  const position = { file: '/schemas/classes.ts', line: 1, column: 1 };
  return {
    model,
    file: position.file,
    exportName: model.name,
    isDefined: false,
    nestedClasses: nestedClasses.map((className) => ({ className, exportName: className, file: position.file })),
    readonlyFields: new Set(),
    position,
    fieldPositions: new Map(),
  };
}

/** The text of the model's generated module. */
export function textOf(model: DocumentModel, nestedClasses: readonly string[] = []): string {
  return emitDocument(sourceOf(model, nestedClasses), () => './classes.js');
}

/** The definition that the generated module exports, running over the given classes. */
export function loadGenerated(
  model: DocumentModel,
  documentClass: AnyClass,
  nested: Readonly<Record<string, AnyClass>> = {},
): CollectionDefinition {
  const text = textOf(model, Object.keys(nested));
  const { outputText, diagnostics } = ts.transpileModule(text, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
    reportDiagnostics: true,
  });
  const messages = (diagnostics ?? []).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
  expect(messages).toEqual([]);
  const modules: Readonly<Record<string, unknown>> = {
    '@nuthatch/runtime/generated': runtime,
    'class-validator': classValidator,
    './classes.js': { [model.name]: documentClass, ...nested },
  };
  const exports: Record<string, unknown> = {};
  new Function('exports', 'require', outputText)(exports, (name: string) => modules[name]);
  const definition = Object.entries(exports).find(([name]) => name.endsWith('Definition'))?.[1];
  return definition as CollectionDefinition;
}
