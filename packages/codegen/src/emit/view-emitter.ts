/** Emits the module of one view: the types of its rows and questions, and what the engine knows of it. */
import { type DocumentModel, viewDeclarationFingerprint } from '@nuthatch/model';
import { importedAs } from '../document-source.js';
import type { ViewSource } from '../view-source.js';
import { banner } from './banner.js';
import { emitClassChecks } from './class-check-emitter.js';
import { emitConstructor } from './definition-emitter.js';
import type { ImportPath } from './document-emitter.js';
import { GeneratedModule } from './generated-module.js';
import { emitData, emitModel } from './model-literal.js';
import { NO_RELATIONS } from './relation-emitter.js';
import { documentConstructorName, emitFinders, emitKey, emitTypes, emitWhere } from './repository-emitter.js';
import { importStatements, list, quote, uncapitalise } from './source-text.js';
import { typeNames } from './type-names.js';
import { wrapLines } from './wrap-lines.js';

/** `CountryStats` → `countryStatsView`. */
export function viewName(className: string): string {
  return `${uncapitalise(className)}View`;
}

export function emitView(source: ViewSource, importPath: ImportPath): string {
  const { model, exportName, nestedClasses } = source;
  const module = new GeneratedModule();
  const names = typeNames(source);
  for (const name of ['model', model.name, ...nestedClasses.map(({ className }) => className)]) module.reserve(name);
  module.runtime('type DocumentModel', 'type ViewDefinition', 'type ViewRepository');
  const hasFinders = model.indexes.length > 0;
  const types = [
    emitKey(module, source),
    emitWhere(module, source, NO_RELATIONS),
    emitTypes(module, source, [], true),
    ...(hasFinders ? [emitFinders(module, source, [])] : []),
    `/** Its rows follow the documents: they are read and watched, and nobody writes them. */\nexport type ${names.Repository} = ViewRepository<${names.Types}>${hasFinders ? ` & ${names.Finders}` : ''};`,
    emitClassChecks(module, source),
  ].join('\n\n');
  const definition = emitDefinition(source);
  const imports = [
    { from: '@nuthatch/runtime/generated', names: [...module.runtimeNames] },
    { from: importPath(source.file), names: [importedAs(exportName, model.name)] },
    ...nestedClasses
      .filter(({ className }) => module.nestedClasses.has(className))
      .map(({ className, exportName: nested, file }) => ({
        from: importPath(file),
        names: [importedAs(nested, className)],
      })),
  ];
  return banner(wrapLines(`${importStatements(imports)}\n\nexport { ${model.name} };\n\n${types}\n\n${definition}\n`));
}

function emitDefinition({ model, view }: ViewSource): string {
  const { groupBy, isConditional, fields } = view;
  const fingerprint = viewDeclarationFingerprint({
    ...(groupBy && { groupBy }),
    isConditional,
    aggregates: fields,
    indexes: model.indexes,
  });
  const rows = fields.map((field) => `      ${emitData(field)},\n`).join('');
  const parts = [
    `of: ${quote(view.of)}`,
    ...(groupBy ? [`groupBy: [${groupBy.map(quote).join(', ')}]`] : []),
    `isConditional: ${isConditional}`,
    `fields: [\n${rows}    ]`,
  ];
  return `/** The rows as a collection. */
const model = ${emitModel(model)} as unknown as DocumentModel;

${emitConstructor(model, model.name)}

/** What the engine knows of the view. */
export const ${viewName(model.name)}: ViewDefinition = {
  model,
  view: {
${parts.map((part) => `    ${part},\n`).join('')}  },
  declarationFingerprint: ${quote(fingerprint)},
  documentClass: ${model.name} as never,
  row: (values) => ${emitRow(model)},
};`;
}

function emitRow(model: DocumentModel): string {
  const values = model.fields.map((_, index) => `values[${index}]`);
  return `Object.freeze(${list(`new ${documentConstructorName(model.name)}(`, values, ')', 24)})`;
}
