/** A definition interpreted from a model: slow and simple, for collections of any shape in tests. */
import {
  type DocumentModel,
  declarationFingerprint,
  declarationOf,
  type FieldModel,
  type FieldType,
  modelFingerprint,
  type Violation,
} from '@nuthatch/model';
import { createModelCodec } from '../../src/codec/model-codec.js';
import type { CollectionDefinition, DocumentClass } from '../../src/definition/collection-definition.js';
import { frozenArray } from '../../src/document/frozen-array.js';
import { frozenDate, frozenMap, frozenSet } from '../../src/document/frozen-values.js';

type Fields = Record<string, unknown>;

export function definitionOf(model: DocumentModel, documentClass: DocumentClass = class {}): CollectionDefinition {
  const names = model.fields.map(({ name }) => name);
  const defaultOf = (name: string): unknown => {
    const made = model.fields.find((field) => field.name === name)?.default;
    return made?.kind === 'literal' ? JSON.parse(made.json) : undefined;
  };
  const assign = (values: (name: string) => unknown): object => {
    const document = Object.create(documentClass.prototype as object) as Fields;
    for (const name of names) document[name] = values(name);
    return document;
  };
  return {
    model,
    fingerprint: modelFingerprint(model),
    declarationFingerprint: declarationFingerprint(declarationOf(model)),
    documentClass,
    codec: createModelCodec(model, {
      prototype: documentClass.prototype as object,
    }) as unknown as CollectionDefinition['codec'],
    unknownFields: (input) => {
      const unknown = Object.getOwnPropertyNames(input).filter((name) => !names.includes(name));
      return unknown.length > 0 ? unknown : undefined;
    },
    build: (input) => assign((name) => (Object.hasOwn(input, name) ? (input as Fields)[name] : defaultOf(name))),
    merge: (document, patch) =>
      assign((name) => (Object.hasOwn(patch, name) ? patch : (document as Fields))[name as keyof object]),
    validate: (document) => {
      const violations = model.fields
        .filter((field) => !isValid(field, (document as Fields)[field.name]))
        .map(violationOf);
      return violations.length > 0 ? violations : undefined;
    },
    seal: (document) => {
      for (const name of names) (document as Fields)[name] = sealed((document as Fields)[name]);
      return Object.freeze(document);
    },
  };
}

function violationOf({ name, type }: FieldModel): Violation {
  return { path: name, rule: 'type', message: `${name} must be a ${type.kind}` };
}

function isValid({ type, optional }: FieldModel, value: unknown): boolean {
  return (optional && value === undefined) || isOfType(type, value);
}

function isOfType(type: FieldType, value: unknown): boolean {
  switch (type.kind) {
    case 'array':
      return Array.isArray(value) && value.every((element) => isOfType(type.element, element));
    case 'set':
      return value instanceof Set;
    case 'map':
      return value instanceof Map;
    case 'date':
      return value instanceof Date;
    case 'bytes':
      return value instanceof Uint8Array;
    case 'floats':
      return value instanceof Float32Array;
    case 'json':
      return value !== undefined;
    case 'nullable':
      return value === null || isOfType(type.of, value);
    case 'literal':
      return type.values.includes(value as string);
    case 'union':
      return type.members.some((member) => isOfType(member, value));
    case 'variants':
    case 'tuple':
    case 'record':
    case 'recursive':
      return typeof value === 'object';
    default:
      return typeof value === type.kind;
  }
}

function sealed(value: unknown): unknown {
  if (Array.isArray(value)) return frozenArray(value);
  if (value instanceof Date) return frozenDate(value);
  if (value instanceof Set) return frozenSet(value);
  return value instanceof Map ? frozenMap(value) : value;
}
