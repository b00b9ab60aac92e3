/** Types of references: conditions on what a field refers to, the documents it leads to, finders of those that refer back. */
import { type ReferenceModel, referenceFinderName, referenceTypeOf } from '@nuthatch/model';
import type { DocumentSource } from '../document-source.js';
import type { GeneratedModule } from './generated-module.js';
import { propertyName } from './source-text.js';
import { typeNames } from './type-names.js';

/** The other classes that a module's types speak of. */
export interface Relations {
  readonly sources: readonly DocumentSource[];
  /** What a generated module imports for the module of another class: `./club.js`. */
  modulePath(source: DocumentSource): string;
}

/** For classes that are emitted by themselves. */
export const NO_RELATIONS: Relations = { sources: [], modulePath: () => '' };

/** Takes a type from the module of another class. */
export function typeOfOther(
  module: GeneratedModule,
  source: DocumentSource,
  other: DocumentSource,
  kind: 'Key' | 'Types' | 'Where',
  relations: Relations,
): string {
  const name = typeNames(other)[kind];
  if (other.model !== source.model) module.importType(relations.modulePath(other), name);
  return name;
}

/** The class that a field refers to, where its documents may be asked for by what theirs are. */
export function joinedSource(source: DocumentSource, field: string, relations: Relations): DocumentSource | undefined {
  const reference = source.model.references?.find((each) => each.field === field);
  return reference === undefined || reference.pin ? undefined : targetOf(reference, relations);
}

/** Members of `related`: field → document, or documents. */
export function relatedMembers(
  module: GeneratedModule,
  source: DocumentSource,
  relations: Relations,
): readonly string[] {
  return (source.model.references ?? []).flatMap((reference) => {
    const target = targetOf(reference, relations);
    if (target === undefined) return [];
    const document = `${typeOfOther(module, source, target, 'Types', relations)}['document']`;
    const isMany = isList(source, reference);
    return [
      `readonly ${propertyName(reference.field)}: ${isMany ? `readonly ${document}[]` : `${document} | undefined`}`,
    ];
  });
}

/** One method for each field of a class that refers to this one. */
export function referenceFinders(
  module: GeneratedModule,
  source: DocumentSource,
  relations: Relations,
): readonly string[] {
  return relations.sources.flatMap((other) =>
    (other.model.references ?? [])
      .filter(({ to }) => to === source.model.collection)
      .map((reference) => {
        module.runtime('type Query');
        const types = typeOfOther(module, source, other, 'Types', relations);
        const name = referenceFinderName(other.model, reference);
        const doc = `Documents of ${other.model.name} whose ${reference.field} refers to the ${source.model.collection} of this key.`;
        return `/** ${doc} */\n  ${propertyName(name)}(key: ${typeNames(source).Key}): Query<${types}>`;
      }),
  );
}

function targetOf({ to }: ReferenceModel, { sources }: Relations): DocumentSource | undefined {
  return sources.find(({ model }) => model.collection === to);
}

function isList({ model }: DocumentSource, { field }: ReferenceModel): boolean {
  const type = model.fields.find(({ name }) => name === field)!.type;
  const inner = type.kind === 'nullable' ? type.of : type;
  return inner !== referenceTypeOf(inner);
}
