/** Emits one class's generated module: imports, repository types, definition. A pure function of its source. */
import type { DocumentSource } from '../document-source.js';
import { banner } from './banner.js';
import { emitDefinition } from './definition-emitter.js';
import { GeneratedModule } from './generated-module.js';
import { emitRepositoryTypes } from './repository-emitter.js';
import { importStatements } from './source-text.js';

/** Turns an absolute module path into what the generated file imports. */
export type ImportPath = (file: string) => string;

export function emitDocument(source: DocumentSource, importPath: ImportPath): string {
  const { model, exportName, isDefined } = source;
  const module = new GeneratedModule();
  const isRenamed = isDefined || exportName !== model.name;
  const classValue = isRenamed ? `${model.name}Class` : model.name;
  for (const name of ['model', 'findUnknownFields', 'Values', classValue]) module.reserve(name);
  const types = emitRepositoryTypes(module, source);
  const definition = emitDefinition(module, source, classValue);
  module.runtime('type DocumentModel');

  const imports = new Map<string, Set<string>>();
  const add = (from: string, names: Iterable<string>): void => {
    const known = imports.get(from) ?? new Set<string>();
    for (const name of names) known.add(name);
    imports.set(from, known);
  };
  add('@nuthatch/runtime', module.runtimeNames);
  add('class-validator', module.validatorNames);
  add(importPath(source.file), [isRenamed ? `${exportName} as ${classValue}` : exportName]);
  for (const { className, file } of source.nestedClasses) {
    if (module.nestedClasses.has(className)) add(importPath(file), [className]);
  }
  const modules = [...imports].map(([from, names]) => ({ from, names }));
  const alias = isRenamed ? `export type ${model.name} = InstanceType<typeof ${classValue}>;\n\n` : '';
  return banner(`${importStatements(modules)}\n\n${alias}${types}\n\n${definition}\n`);
}
