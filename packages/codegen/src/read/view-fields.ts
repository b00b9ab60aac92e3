/** Whether each field of a view's rows can be made of the documents, and is of the type that comes out. */
import {
  type AggregateModel,
  compact,
  type FieldModel,
  type FieldType,
  type TopModel,
  type ViewFieldModel,
} from '@nuthatch/model';
import type { ts } from '@ts-morph/common';
import type { DocumentSource } from '../document-source.js';
import type { GatheredClass } from './gathered-class.js';
import type { ReadContext } from './read-context.js';
import { shownType } from './shown-type.js';
import { positionOf } from './source-position.js';

type Given = Pick<FieldModel, 'name' | 'type' | 'optional'>;

/** @returns undefined after a diagnostic. */
export function checkViewFields(
  declaration: ts.ClassDeclaration,
  fields: readonly Given[],
  gathered: GatheredClass,
  of: DocumentSource,
  groupBy: readonly string[] | undefined,
  context: ReadContext,
): readonly ViewFieldModel[] | undefined {
  const { model } = of;
  const documents = new Map<string, Given>([...model.computed, ...model.fields].map((field) => [field.name, field]));
  let isSound = true;
  const refuse = (name: string | undefined, message: string, hint: string): undefined => {
    isSound = false;
    const position =
      (name !== undefined && gathered.positions.get(name)) || positionOf(declaration.name ?? declaration);
    context.diagnostics.add('BAD_VIEW', position, message, hint);
    return undefined;
  };
  const keyFields = groupBy ?? model.key.fields;
  for (const key of groupBy ?? []) {
    const field = documents.get(key);
    const part = field && elementOf(field.type, groupBy!.length === 1);
    if (field === undefined)
      refuse(
        undefined,
        `${model.name} has no field ${key} to group by`,
        'name a stored field, or a getter with an index.',
      );
    else if (!isKeyType(part!))
      refuse(
        undefined,
        `documents cannot be grouped by ${key}, which is ${shownType(field.type)}`,
        'group by texts, numbers, bigints, booleans, dates or enums; alone also by an array or set of these. A getter with an index can make such a value.',
      );
  }
  for (const key of keyFields)
    if (documents.has(key) && !fields.some(({ name }) => name === key) && !gathered.broken.has(key))
      refuse(
        undefined,
        `the view has no field ${key}, which is ${groupBy ? 'what it is grouped by' : 'the key of its documents'}`,
        `declare it: \`${key}!: ${model.name}['${key}'];\`.`,
      );
  const made = fields.map((field): ViewFieldModel | undefined => {
    const aggregate = gathered.aggregates.get(field.name)?.model;
    if (aggregate === undefined && gathered.aggregates.has(field.name)) {
      isSound = false;
      return undefined;
    }
    if (aggregate === undefined) return taken(field, documents, groupBy, model.name, refuse);
    if (groupBy === undefined)
      return refuse(
        field.name,
        `${field.name} is made of a group of documents, and the view has a row for each document`,
        "say what makes a group: @View(() => …, { groupBy: 'field' }).",
      );
    if (keyFields.includes(field.name))
      return refuse(field.name, `${field.name} is what the view is grouped by`, 'leave its decorator out.');
    return aggregated(field, aggregate, documents, model.name, refuse);
  });
  return isSound ? (made as readonly ViewFieldModel[]) : undefined;
}

type Refuse = (name: string, message: string, hint: string) => undefined;

/** A field that a row takes over from its document or group. */
function taken(
  { name, type, optional }: Given,
  documents: ReadonlyMap<string, Given>,
  groupBy: readonly string[] | undefined,
  className: string,
  refuse: Refuse,
): ViewFieldModel | undefined {
  const from = documents.get(name);
  if (groupBy !== undefined && !groupBy.includes(name))
    return refuse(
      name,
      `nothing says what ${name} of a group is made of`,
      'decorate it with @Count, @Sum, @Avg, @Min, @Max or @Top, or group by it.',
    );
  if (from === undefined)
    return refuse(name, `${className} has no field ${name}`, 'rows have fields of the documents, of the same name.');
  const isKey = groupBy !== undefined;
  const expected = isKey ? elementOf(from.type, groupBy.length === 1) : from.type;
  if (!isSame(type, expected))
    return refuse(
      name,
      `${name} is ${shownType(type)} here, and ${shownType(expected)} in ${className}`,
      `write \`${name}: ${className}['${name}']\`, or the same type.`,
    );
  if (isKey && optional)
    return refuse(
      name,
      `${name} may be absent, and no row has an absent key`,
      'write it without `?`, as a plain type.',
    );
  if (!isKey && from.optional && !optional)
    return refuse(name, `${name} may be absent in ${className}`, `write \`${name}?:\`.`);
  return { name, kind: 'field', of: name };
}

function aggregated(
  { name, type, optional }: Given,
  aggregate: AggregateModel,
  documents: ReadonlyMap<string, Given>,
  className: string,
  refuse: Refuse,
): ViewFieldModel | undefined {
  const plain = shownType(type);
  if (aggregate.kind === 'count')
    return type.kind === 'number'
      ? { name, kind: 'count' }
      : refuse(name, `${name} is a count, and ${plain} here`, `write \`${name}!: number\`.`);
  if (aggregate.kind === 'field') return undefined;
  const from = documents.get(aggregate.of);
  if (from === undefined)
    return refuse(
      name,
      `${className} has no field ${aggregate.of}`,
      'name a stored field, or a getter with an index, of the documents.',
    );
  const inner = from.type.kind === 'nullable' ? from.type.of : from.type;
  const mayLack = from.optional || from.type.kind === 'nullable';
  const of = shownType(inner);
  switch (aggregate.kind) {
    case 'sum':
    case 'avg': {
      if (inner.kind !== 'number' && inner.kind !== 'bigint')
        return refuse(name, `${aggregate.of} is ${of} and cannot be added up`, 'name a field of numbers or bigints.');
      const wanted = aggregate.kind === 'avg' ? 'number' : inner.kind;
      if (type.kind !== wanted)
        return refuse(name, `${name} is ${plain}, and comes out as a ${wanted}`, `write \`${name}!: ${wanted}\`.`);
      break;
    }
    case 'min':
    case 'max':
      if (!isKeyType(inner))
        return refuse(name, `${aggregate.of} is ${of}, which has no order`, 'name a field of texts, numbers or dates.');
      if (!isSame(type, inner))
        return refuse(
          name,
          `${name} is ${plain}, and comes out as ${of}`,
          'write the type of the field of the documents.',
        );
      break;
    default:
      return topOf({ name, type }, aggregate, inner, documents, className, refuse);
  }
  if (aggregate.kind !== 'sum' && mayLack && !optional)
    return refuse(
      name,
      `no document of a group need have ${aggregate.of}, so that ${name} may be absent`,
      `write \`${name}?:\`.`,
    );
  return { name, kind: aggregate.kind, of: aggregate.of };
}

function topOf(
  { name, type }: Pick<Given, 'name' | 'type'>,
  aggregate: TopModel,
  inner: FieldType,
  documents: ReadonlyMap<string, Given>,
  className: string,
  refuse: Refuse,
): ViewFieldModel | undefined {
  if (!isKeyType(inner))
    return refuse(
      name,
      `${aggregate.of} is ${shownType(inner)}, which has no order`,
      'order by a field of texts, numbers or dates.',
    );
  const element = type.kind === 'array' ? type.element : undefined;
  if (element?.kind !== 'object' || element.className !== undefined || element.fields.length === 0)
    return refuse(
      name,
      `${name} lists documents and is ${shownType(type)}`,
      `write \`${name}!: Pick<${className}, 'a' | 'b'>[]\` with the fields to show of each.`,
    );
  for (const shown of element.fields) {
    const from = documents.get(shown.name);
    const isFit = from !== undefined && isSame(shown.type, from.type) && (shown.optional || !from.optional);
    if (!isFit)
      return refuse(
        name,
        `${shown.name} in ${name} is not a field of ${className} of the same type`,
        `write \`Pick<${className}, …>\`, which has the right types.`,
      );
  }
  return { name, ...aggregate, fields: element.fields.map((field) => field.name) };
}

function elementOf(type: FieldType, isAlone: boolean): FieldType {
  if (isAlone && (type.kind === 'array' || type.kind === 'set')) return type.element;
  return type.kind === 'nullable' ? type.of : type;
}

/** Types whose values have one order, and can be keys. */
function isKeyType(type: FieldType): boolean {
  return ['string', 'number', 'bigint', 'boolean', 'date', 'literal'].includes(type.kind);
}

function isSame(a: FieldType, b: FieldType): boolean {
  return compact(a) === compact(b);
}
