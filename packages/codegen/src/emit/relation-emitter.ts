/** Types of references: conditions on what a field refers to, the documents it leads to, finders of those that refer back. */
import { type ReferenceModel, referenceFinderName, referenceTypeOf } from '@nuthatch/model';
import type { DocumentSource } from '../document-source.js';
import type { GeneratedModule } from './generated-module.js';
import { propertyName, quote } from './source-text.js';
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

/**
 * The type of one key in a field that refers to documents: a plain value or the key of their class, not that of another
 * one. Of other fields, and of a part of the own id, what the class says.
 *
 * @param own the type as the class says it.
 */
export function keyTypeIn(
  module: GeneratedModule,
  source: DocumentSource,
  field: string,
  own: string,
  relations: Relations,
): string {
  const target = joinedSource(source, field, relations);
  if (target === undefined || source.model.key.fields.includes(field)) return own;
  if (target.model.key.fields.length > 1) return own;
  module.runtime('type KeyLike');
  return `KeyLike<${quote(target.model.name)}, ${own}>`;
}

/** What a field is asked for that refers to documents and has no index of its own: whole keys, or what they belong to. */
export function referenceQuery(
  module: GeneratedModule,
  source: DocumentSource,
  field: string,
  own: string,
  relations: Relations,
): string | undefined {
  const target = joinedSource(source, field, relations);
  if (target === undefined) return undefined;
  module.runtime('type TagQuery');
  const hasParts = target.model.key.fields.length > 1;
  const key = hasParts
    ? typeOfOther(module, source, target, 'Key', relations)
    : keyTypeIn(module, source, field, own, relations);
  const orNull = source.model.fields.find(({ name }) => name === field)!.type.kind === 'nullable' ? ' | null' : '';
  return `TagQuery<${key}${orNull}> | ${typeOfOther(module, source, target, 'Where', relations)}`;
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
