/** Emits a class's constructor and definition: what the engine runs on every read and write. */
import {
  type DocumentModel,
  declarationFingerprint,
  declarationOf,
  type FieldModel,
  modelFingerprint,
} from '@nuthatch/model';
import { type DocumentSource, modelsOf } from '../document-source.js';
import { emitDecodeFields } from './decode-emitter.js';
import { emitEncodeFields } from './encode-emitter.js';
import { emitFieldBits, fieldBitNames, SHARED_BIT } from './field-bit-names.js';
import type { GeneratedModule } from './generated-module.js';
import { localNames } from './local-names.js';
import { emitModel, literalExpression } from './model-literal.js';
import { definitionName, documentConstructorName } from './repository-emitter.js';
import { emitSealed } from './seal-emitter.js';
import { indent, list, quote, uncapitalise } from './source-text.js';
import { typeNames } from './type-names.js';
import { emitChecks } from './validator-emitter.js';

/**
 * The constructor, and the definition; helpers go to the module.
 *
 * Types are kept cheap here: what is instantiated for each class is paid in every user's compile (a test counts it).
 * So the definition is of `object`, and the model, which the generator checked, is not checked once more.
 */
export function emitDefinition(module: GeneratedModule, source: DocumentSource, classValue: string): string {
  const { model, readonlyFields } = source;
  // A class of the user's, or one inside it, may have the name of the runtime's own.
  const isTaken = [model.name, ...source.nestedClasses.map(({ className }) => className)].includes('DocumentSchema');
  const schemaType = isTaken ? 'DocumentSchema as SchemaOfInput' : 'DocumentSchema';
  module.runtime('type CollectionDefinition', `type ${schemaType}`, 'schemaOf', 'unknownFieldFinder');
  const bits = fieldBitNames(model.fields);
  const methods = [
    'unknownFields: findUnknownFields,',
    emitBuild(model, classValue),
    emitGiven(model, bits),
    emitMerge(model, bits),
    emitDiffering(model, bits),
    emitValidate(module, model, bits),
    emitSeal(module, model, bits),
    emitCodec(module, model),
  ];
  if (model.search !== undefined) methods.push(`search: () => searchIndex(${quote(model.collection)}, model.search!),`);
  const names = [...readonlyFields].map(quote).join(', ');
  const fixed = names === '' ? '' : `  readonlyFields: [${names}],\n`;
  const helpers = module.helpers.length === 0 ? '' : `${module.helpers.join('\n\n')}\n\n`;
  return `/** A document's fields, of any type until they are validated. */
type Values = { readonly [field: string]: unknown };

/** The model as it stands in models.json. */
const model = ${emitModel(model)} as unknown as DocumentModel;

const findUnknownFields = unknownFieldFinder(model);
${bits.length === 0 ? '' : `\n/** Sets of fields are numbers: a bit for each field. */\n${emitFieldBits(bits)}\n`}
${emitConstructor(model, classValue)}

${helpers}/** What the engine knows of ${model.name}. */
export const ${definitionName(model.name)}: CollectionDefinition = {
  model,
  fingerprint: ${quote(modelFingerprint(model))},
  declarationFingerprint: ${quote(declarationFingerprint(declarationOf(model)))},
  documentClass: ${classValue} as never,
  sealsAnyValue: true,
${fixed}${indent(methods.join('\n'))}
};

/** What an insert takes, for libraries that validate by Standard Schema, and as JSON Schema. */
export const ${uncapitalise(model.name)}Schema: ${schemaType.split(' ').at(-1)}<${typeNames(source).Input}> = schemaOf(${definitionName(model.name)}) as never;${modelsOf(source).slice(1).map(emitSibling).join('')}`;
}

/** The definition of a further collection of the class. */
function emitSibling(model: DocumentModel): string {
  const { name, collection, search } = model;
  const searched = search === undefined ? '' : `  search: () => searchIndex(${quote(collection)}, model.search!),\n`;
  return `

/** The same for the collection ${collection}. */
export const ${definitionName(name, collection)}: CollectionDefinition = {
  ...${definitionName(name)},
  model: { ...model, collection: ${quote(collection)} },
  fingerprint: ${quote(modelFingerprint(model))},
  declarationFingerprint: ${quote(declarationFingerprint(declarationOf(model)))},
${searched}};`;
}

export function emitConstructor(model: DocumentModel, classValue: string): string {
  const name = documentConstructorName(model.name);
  const parameters = localNames(model.fields);
  const assigned = model.fields.map((field, index) => `this[${quote(field.name)}] = ${parameters[index]};`);
  const typed = parameters.map((parameter) => `${parameter}: unknown`);
  return `/** Assigns every field in one order, so that all documents share one hidden class; the prototype is the class's own. */
const ${name} = ${list('function (', ['this: Record<string, unknown>', ...typed], ')', name.length + 8)} {
${indent(assigned.join('\n'))}
} as unknown as new (...fields: readonly unknown[]) => ${model.name};
Object.defineProperty(${name}, 'prototype', { value: ${classValue}.prototype });${emitFirstInstance(model, name)}`;
}

/**
 * A field that first held a fraction keeps its numbers in boxes of its own, which each copy of a document makes again. One
 * that first held something else keeps references, which copies share: an update took a quarter less time, and half
 * as long in the collector, at 100,000 documents.
 */
function emitFirstInstance(model: DocumentModel, name: string): string {
  const isBoxed = ({ type }: FieldModel): boolean =>
    type.kind === 'number' || type.kind === 'date' || (type.kind === 'nullable' && type.of.kind === 'number');
  if (!model.fields.some(isBoxed)) return '';
  return `
/** The first of its hidden class holds no number, so that copies of a document share their numbers. */
Object.freeze(new ${name}());`;
}

function emitBuild(model: DocumentModel, classValue: string): string {
  const parts = model.fields.map((field) => {
    const access = `values[${quote(field.name)}]`;
    const makeDefault = defaultExpression(field, classValue);
    return makeDefault === undefined ? access : `${access} === undefined ? ${makeDefault} : ${access}`;
  });
  return `build(input) {
  const values = input as Values;
  return ${deepen(list(`new ${documentConstructorName(model.name)}(`, parts, ')', 12))};
},`;
}

function defaultExpression(field: FieldModel, classValue: string): string | undefined {
  const given = field.default;
  if (given === undefined) return undefined;
  switch (given.kind) {
    case 'now':
      return 'new Date()';
    case 'empty':
      return { array: '[]', map: 'new Map()', set: 'new Set()', bytes: 'new Uint8Array()', object: '{}' }[given.of];
    case 'literal':
      return literalExpression(JSON.parse(given.json) as unknown);
    case 'initializer':
      return `(new (${classValue} as unknown as new () => Values)())[${quote(field.name)}]`;
  }
}

/**
 * The code asks once which fields the patch has: merge and comparison then look at the same fields, whatever its
 * getters do.
 */
function emitGiven(model: DocumentModel, bits: readonly string[]): string {
  const lines = model.fields.map(({ name }, index) => `if (${quote(name)} in changes) fields |= ${bits[index]};`);
  return `given(patch) {
  const changes = patch as Values;
  let fields = 0;
${indent(lines.join('\n'))}
  return fields;
},`;
}

function emitMerge(model: DocumentModel, bits: readonly string[]): string {
  const parts = model.fields.map((field, index) => {
    const name = quote(field.name);
    if (model.key.fields.includes(field.name)) return `values[${name}]`;
    const isGiven = `(given & ${bits[index]}) !== 0${index < SHARED_BIT ? '' : ` && ${name} in changes`}`;
    return `${isGiven} ? changes[${name}] : values[${name}]`;
  });
  const isAllKey = model.fields.every((field) => model.key.fields.includes(field.name));
  return `merge(document${isAllKey ? '' : ', patch, given = 0'}) {
  const values = document as unknown as Values;
${isAllKey ? '' : '  const changes = patch as Values;\n'}  return ${deepen(list(`new ${documentConstructorName(model.name)}(`, parts, ')', 12))};
},`;
}

/**
 * An update leaves the key as it is, so key fields never differ. To compare the others, too, would be to fetch what is
 * cold: strings and boxed numbers of a document that nobody else asked for.
 */
function emitDiffering(model: DocumentModel, bits: readonly string[]): string {
  const lines = model.fields.flatMap((field, index) => {
    const name = quote(field.name);
    return model.key.fields.includes(field.name)
      ? []
      : `if ((given & ${bits[index]}) !== 0 && was[${name}] !== is[${name}]) fields |= ${bits[index]};`;
  });
  if (lines.length === 0) return 'differing: () => 0,';
  return `differing(before, after, given = -1) {
  const was = before as unknown as Values;
  const is = after as unknown as Values;
  let fields = 0;
${indent(lines.join('\n'))}
  return fields;
},`;
}

function emitValidate(module: GeneratedModule, model: DocumentModel, bits: readonly string[]): string {
  module.runtime('type Violations');
  const checks = emitChecks(module, model.name, model.fields, [], undefined, (field, index) =>
    model.key.fields.includes(field.name) ? 'fields === -1' : `fields & ${bits[index]}`,
  );
  return `validate(document, fields = -1) {
  const values = document as unknown as Values;
  let violations: Violations;
${indent(checks)}
  return violations;
},`;
}

function emitSeal(module: GeneratedModule, model: DocumentModel, bits: readonly string[]): string {
  const lines = model.fields.flatMap((field, index) => {
    const access = `values[${quote(field.name)}]`;
    const sealed = emitSealed(module, field.type, access, [field.name]);
    if (sealed === access) return [];
    const isChanged = model.key.fields.includes(field.name) ? 'fields === -1' : `(fields & ${bits[index]}) !== 0`;
    return `if (${isChanged}${field.optional ? ` && ${access} !== undefined` : ''}) ${access} = ${sealed};`;
  });
  const values =
    lines.length === 0
      ? ''
      : `  const values = document as unknown as Record<string, unknown>;\n${indent(lines.join('\n'))}\n`;
  return `seal(document${lines.length === 0 ? '' : ', fields = -1'}) {\n${values}  return Object.freeze(document);\n},`;
}

function emitCodec(module: GeneratedModule, model: DocumentModel): string {
  const encode = emitEncodeFields(module, model.fields, 'values', []);
  noteTextReaders(module, model);
  const { before, parts } = emitDecodeFields(module, model.fields, []);
  return `codec: {
  encode(document, writer) {
    const values = document as unknown as Values;
${indent(encode, 2)}
  },
  decode(reader) {
${before && `${indent(before, 2)}\n`}    return Object.freeze(${deepen(deepen(list(`new ${documentConstructorName(model.name)}(`, parts, ')', 20)))});
  },
},`;
}

/** The id was read a moment before as the key; a tag's text is that of other documents, too. */
function noteTextReaders({ textReaders }: GeneratedModule, { key, indexes }: DocumentModel): void {
  for (const { kind, fields } of indexes) if (kind === 'tag') textReaders.set(fields[0]!, 'sharedText');
  if (key.fields.length === 1) textReaders.set(key.fields[0]!, 'keyText');
}

/** Lines after the first moved right by two spaces: the text goes on inside an indented line. */
function deepen(text: string): string {
  return text.replace(/\n/g, '\n  ');
}
