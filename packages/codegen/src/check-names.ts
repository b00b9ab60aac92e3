/** Names that are fine in the user's sources and collide in generated ones. */
import type { ModelProblem } from '@nuthatch/model';
import type { DocumentSource } from './document-source.js';
import { hidesGeneratedName } from './emit/local-names.js';
import { exportedTypeNames } from './emit/repository-emitter.js';

export type NameProblem = ModelProblem & { readonly source: DocumentSource };

/** Classes named like what generated code imports or declares, and classes whose generated types share a name. */
export function checkNames(sources: readonly DocumentSource[]): readonly NameProblem[] {
  const problems: NameProblem[] = [];
  const report = (source: DocumentSource, message: string, hint: string): void =>
    void problems.push({ source, code: 'COLLIDING_NAME', message, hint });
  const owners = new Map<string, DocumentSource>();
  for (const source of sources) {
    const { model, nestedClasses } = source;
    if (hidesGeneratedName(model.name)) {
      report(
        source,
        `the class ${model.name} would hide what generated code calls ${model.name}`,
        `rename the class; @Document({ collection: '${model.collection}' }) keeps the collection's name.`,
      );
    }
    const own = new Set([...exportedTypeNames(source), `${model.name}Document`]);
    for (const { className } of nestedClasses) {
      if (!hidesGeneratedName(className) && !own.has(className)) continue;
      report(
        source,
        `the class ${className} of a nested value would hide what generated code calls ${className}`,
        'rename the class.',
      );
    }
    for (const name of exportedTypeNames(source)) {
      const other = owners.get(name);
      // Two of one name are said to be that by the check of the models.
      if (other && other.model.name !== model.name)
        report(
          source,
          `the classes ${other.model.name} and ${model.name} both generate ${name}`,
          'rename one of the classes.',
        );
      owners.set(name, source);
    }
  }
  return problems;
}
