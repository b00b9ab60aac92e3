/** Rules of `@Ref`: what a field must be to hold keys, and what its target must be. Answers what is wrong, never throws. */
import { describeType } from './describe-type.js';
import type { DocumentModel, FieldModel, FieldType, ReferenceModel } from './document-model.js';
import type { ModelProblem } from './model-problem.js';
import { referenceFinderName, referenceTypeOf } from './references.js';

/** What the class says by itself. */
export function checkReferences(model: DocumentModel): ModelProblem[] {
  return (model.references ?? []).flatMap((reference) => {
    const { field: name, onDelete } = reference;
    const field = model.fields.find((each) => each.name === name);
    if (field === undefined)
      return [
        {
          code: 'UNKNOWN_FIELD' as const,
          field: name,
          message: `the reference ${name} is not a stored field`,
          hint: 'put @Ref on a field.',
        },
      ];
    if (onDelete !== 'setAbsent') return [];
    if (model.key.fields.includes(name))
      return [bad(name, `${name} is part of the id, so no key can be taken out of it`, "say 'cascade' or 'restrict'.")];
    if (isList(field.type) || field.optional || field.type.kind === 'nullable') return [];
    const message = `${name} must be there, so a deleted document cannot leave it absent`;
    return [bad(name, message, "make it optional, or say 'cascade' or 'restrict'.")];
  });
}

/** What the class says of others. */
export function checkReferenceTargets(model: DocumentModel, models: readonly DocumentModel[]): ModelProblem[] {
  const problems: ModelProblem[] = [];
  for (const reference of model.references ?? []) {
    const field = model.fields.find(({ name }) => name === reference.field);
    const target = models.find(({ collection }) => collection === reference.to);
    if (field === undefined) continue;
    if (target === undefined) {
      const message = `${field.name} refers to the collection ${reference.to}, which no class has`;
      problems.push(bad(field.name, message, 'name a class of the schemas: @Ref(() => Club).'));
      continue;
    }
    problems.push(...checkTarget(model, field, reference, target));
    problems.push(...checkFinder(model, reference, models));
  }
  return problems;
}

function checkTarget(
  model: DocumentModel,
  field: FieldModel,
  reference: ReferenceModel,
  target: DocumentModel,
): ModelProblem[] {
  const { name } = field;
  const found = referenceTypeOf(field.type);
  if (model.storage !== 'memory' && target.storage === 'memory') {
    const message = `${name} refers to ${target.name}, whose documents end with the process, and ${model.name} is kept on disk`;
    return [bad(name, message, `keep ${model.name} in memory, or ${target.name} on disk.`)];
  }
  if (reference.pin) {
    if (!target.released)
      return [bad(name, `${name} is pinned to a release of ${target.name}, which is not @Released()`, 'release it.')];
    const key = found.kind === 'object' ? found.fields.find((part) => part.name === 'key') : undefined;
    const release = found.kind === 'object' ? found.fields.find((part) => part.name === 'release') : undefined;
    if (key && release?.type.kind === 'number' && !release.optional && !key.optional && isKeyOf(key.type, target))
      return [];
    const message = `${name} is pinned, and is ${describeType(found)}`;
    return [bad(name, message, `give it the type ReleasedKey<'${target.name}'>: { key, release }.`)];
  }
  if (isKeyOf(found, target)) return [];
  const message = `${name} is ${describeType(found)}, and the id of ${target.name} is ${describeKey(target)}`;
  return [bad(name, message, 'give it the type of the id, or an array or set of it.')];
}

/** Every value of the type is of a kind that the id can have. */
function isKeyOf(type: FieldType, { key, fields }: DocumentModel): boolean {
  const typeOf = (name: string): FieldType | undefined => fields.find((field) => field.name === name)?.type;
  const [first] = key.fields as readonly [string];
  if (key.fields.length === 1) return isWithin(type, typeOf(first));
  if (type.kind !== 'object' || type.fields.length !== key.fields.length) return false;
  return key.fields.every((name) => {
    const part = type.fields.find((field) => field.name === name);
    return part !== undefined && !part.optional && isWithin(part.type, typeOf(name));
  });
}

function isWithin(type: FieldType, key: FieldType | undefined): boolean {
  if (key === undefined) return false;
  const kinds = kindsOf(key);
  const own = kindsOf(type);
  return own.length > 0 && own.every((kind) => kinds.includes(kind));
}

function kindsOf(type: FieldType): readonly string[] {
  if (type.kind === 'literal') return type.values.map((value) => typeof value);
  if (type.kind === 'union') return type.members.flatMap(kindsOf);
  return ['string', 'number', 'bigint', 'date', 'boolean'].includes(type.kind) ? [type.kind] : [];
}

function describeKey({ key, fields }: DocumentModel): string {
  const parts = key.fields.map((name) => {
    const type = fields.find((field) => field.name === name)?.type;
    return { name, text: type ? describeType(type) : 'unknown' };
  });
  return parts.length === 1 ? parts[0]!.text : `{ ${parts.map(({ name, text }) => `${name}: ${text}`).join('; ')} }`;
}

/** Two classes, or two fields of them, would give the target a method of one name. */
function checkFinder(
  model: DocumentModel,
  reference: ReferenceModel,
  models: readonly DocumentModel[],
): ModelProblem[] {
  const finder = referenceFinderName(model, reference);
  const other = models.find((candidate) =>
    (candidate.references ?? []).some(
      (each) => each !== reference && each.to === reference.to && referenceFinderName(candidate, each) === finder,
    ),
  );
  if (other === undefined) return [];
  const message = `${model.name}.${reference.field} and a field of ${other.name} would both give ${reference.to} the method ${finder}`;
  return [
    { code: 'COLLIDING_NAME', field: reference.field, message, hint: 'rename the field, or one of the classes.' },
  ];
}

function isList(type: FieldType): boolean {
  return type.kind === 'array' || type.kind === 'set' || (type.kind === 'nullable' && isList(type.of));
}

function bad(field: string, message: string, hint: string): ModelProblem {
  return { code: 'BAD_REFERENCE', field, message, hint };
}
