/** The names of the types that the module of a class exports: `PlayerInput`, and another where a class has that name. */
import type { DocumentSource } from '../document-source.js';

const SUFFIXES = ['Key', 'Input', 'Patch', 'Where', 'Types', 'Finders', 'Repository', 'Transaction'] as const;

export type TypeNames = Readonly<Record<(typeof SUFFIXES)[number], string>>;

/** `{ Recipe, RecipeInput }` are two documents: what an insert of a Recipe takes is then a `RecipeInputType`. */
export function typeNames(source: DocumentSource): TypeNames {
  let names = NAMES.get(source);
  if (!names) NAMES.set(source, (names = namesOf(source)));
  return names;
}

/** Asked for by each part of a module. */
const NAMES = new WeakMap<DocumentSource, TypeNames>();

function namesOf({ model, classNames }: DocumentSource): TypeNames {
  const name = (suffix: string): string => {
    let text = `${model.name}${suffix}`;
    while (classNames?.has(text)) text += 'Type';
    return text;
  };
  return Object.fromEntries(SUFFIXES.map((suffix) => [suffix, name(suffix)])) as TypeNames;
}

/** The names in generated code for the parts of a document class. */
export function isTypeNameOf(className: string, name: string): boolean {
  const rest = name.startsWith(className) ? name.slice(className.length).replace(/(Type)+$/, '') : undefined;
  return rest !== undefined && ['', 'Document', ...SUFFIXES].includes(rest);
}
