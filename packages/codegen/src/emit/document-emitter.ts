/** Emits one class's generated module: imports, repository types, definition. A pure function of its source. */
import { type DocumentSource, importedAs } from '../document-source.js';
import { banner } from './banner.js';
import { emitClassChecks } from './class-check-emitter.js';
import { emitDefinition } from './definition-emitter.js';
import { GeneratedModule } from './generated-module.js';
import { NO_RELATIONS, type Relations } from './relation-emitter.js';
import { emitRepositoryTypes } from './repository-emitter.js';
import { importStatements } from './source-text.js';
import { wrapLines } from './wrap-lines.js';

/** Turns an absolute module path into what the generated file imports. */
export type ImportPath = (file: string) => string;

/** @param relations the other classes, which references lead to. */
export function emitDocument(
  source: DocumentSource,
  importPath: ImportPath,
  relations: Relations = NO_RELATIONS,
): string {
  const { model, exportName, isDefined } = source;
  const module = new GeneratedModule();
  // A value that defineDocument() made has no type of its name.
  const classValue = isDefined ? `${model.name}Class` : model.name;
  for (const name of ['model', 'findUnknownFields', 'Values', 'searchIndex', classValue]) module.reserve(name);
  for (const { className, isGeneric } of source.nestedClasses) {
    module.reserve(className);
    if (isGeneric) module.genericClasses.add(className);
  }
  const types = emitRepositoryTypes(module, source, relations);
  const definition = emitDefinition(module, source, classValue);
  module.runtime('type DocumentModel');

  const imports = new Map<string, Set<string>>();
  const add = (from: string, names: Iterable<string>): void => {
    const known = imports.get(from) ?? new Set<string>();
    for (const name of names) known.add(name);
    imports.set(from, known);
  };
  add('@nuthatch/runtime/generated', module.runtimeNames);
  if (model.search !== undefined) add('@nuthatch/search', ['searchIndex']);
  add('class-validator', module.validatorNames);
  add(importPath(source.file), [importedAs(exportName, classValue)]);
  for (const { className, exportName: nestedExport, file } of source.nestedClasses) {
    if (module.nestedClasses.has(className)) add(importPath(file), [importedAs(nestedExport, className)]);
  }
  for (const [from, names] of module.otherTypes) add(from, names);
  const modules = [...imports].map(([from, names]) => ({ from, names }));
  // So an import from generated code offers the class too.
  const exported = isDefined
    ? `export const ${model.name} = ${classValue};\nexport type ${model.name} = InstanceType<typeof ${classValue}>;`
    : `export { ${model.name} };`;
  const checks = isDefined ? '' : `\n\n${emitClassChecks(module, source)}`;
  return banner(wrapLines(`${importStatements(modules)}\n\n${exported}\n\n${types}${checks}\n\n${definition}\n`));
}
