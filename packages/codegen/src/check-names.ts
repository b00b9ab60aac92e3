/** Names that are fine in the user's sources and collide in generated ones. */
import type { ModelProblem } from '@nuthatch/model';
import type { DocumentSource } from './document-source.js';
import { hidesGeneratedName } from './emit/local-names.js';

export type NameProblem = ModelProblem & { readonly source: DocumentSource };

/** Document classes named like what generated code imports or declares. */
export function checkNames(sources: readonly DocumentSource[]): readonly NameProblem[] {
  const problems: NameProblem[] = [];
  const report = (source: DocumentSource, message: string, hint: string): void =>
    void problems.push({ source, code: 'COLLIDING_NAME', message, hint });
  for (const source of sources) {
    const { model } = source;
    if (hidesGeneratedName(model.name)) {
      report(
        source,
        `the class ${model.name} would hide what generated code calls ${model.name}`,
        `rename the class; @Document({ collection: '${model.collection}' }) keeps the collection's name.`,
      );
    }
  }
  return problems;
}
