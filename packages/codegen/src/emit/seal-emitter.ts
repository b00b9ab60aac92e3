/**
 * Emits the code that replaces what a caller may still hold by frozen copies of our own, field by field.
 *
 * It runs before the document is validated, so that what is checked is what is stored: a value of another type than its
 * field's is left as it is, for the validator to name.
 */
import {
  type FieldModel,
  type FieldType,
  type RecordType,
  type RecursiveType,
  type TupleType,
  unfold,
} from '@nuthatch/model';
import { construct } from './decode-emitter.js';
import type { GeneratedModule } from './generated-module.js';
import { isImmutable, membershipTest } from './shape.js';
import { indent, quote } from './source-text.js';

/** An expression for the sealed value. `value` is an expression that may be evaluated more than once. */
export function emitSealed(module: GeneratedModule, type: FieldType, value: string, path: readonly string[]): string {
  if (isImmutable(type)) return value;
  switch (type.kind) {
    case 'date':
      module.runtime('frozenDate');
      return `frozenDate(${value} as Date)`;
    case 'bytes': {
      const own = type.className === undefined ? 'ownBytes' : 'ownBuffer';
      module.runtime(own);
      return `${own}(${value} as Uint8Array)`;
    }
    case 'floats':
      module.runtime('ownFloats');
      return `ownFloats(${value} as Float32Array)`;
    case 'array':
      if (isImmutable(type.element)) {
        module.runtime('frozenArray');
        return `frozenArray(${value} as unknown[])`;
      }
      module.runtime('sealedArray');
      return `sealedArray(${value}, ${sealerOf(module, type.element, 'item', path)})`;
    case 'set':
      module.runtime('sealedSet');
      if (isImmutable(type.element)) return `sealedSet(${value})`;
      return `sealedSet(${value}, ${sealerOf(module, type.element, 'item', path)})`;
    case 'map': {
      module.runtime('sealedMap');
      if (isImmutable(type.key) && isImmutable(type.value)) return `sealedMap(${value})`;
      const key = isImmutable(type.key) ? 'undefined' : sealerOf(module, type.key, 'key', path);
      const item = isImmutable(type.value) ? '' : `, ${sealerOf(module, type.value, 'item', path)}`;
      return `sealedMap(${value}, ${key}${item})`;
    }
    case 'nullable':
      return `(${value} === null ? null : ${emitSealed(module, type.of, value, path)})`;
    case 'union':
      return type.members
        .filter((member) => !isImmutable(member))
        .reduceRight(
          (rest, member) =>
            `(${membershipTest(module, member, value)} ? ${emitSealed(module, member, value, [...path, member.kind])} : ${rest})`,
          value,
        );
    case 'tuple':
      return `${tupleSealer(module, type, path)}(${value})`;
    case 'record':
      return `${recordSealer(module, type, path)}(${value})`;
    case 'json':
      module.runtime('frozenJson');
      return `frozenJson(${value})`;
    case 'recursive':
      return `${recursiveSealer(module, type)}(${value})`;
    case 'object':
    case 'variants':
      return `${sealer(module, type, path)}(${value})`;
    default:
      return value;
  }
}

function tupleSealer(module: GeneratedModule, type: TupleType, path: readonly string[]): string {
  const name = module.uniqueName('seal', path);
  const { elements, rest } = type;
  const cases = elements.map(
    (element, index) =>
      `case ${index}:\n${indent(`return ${emitSealed(module, element, 'item', [...path, String(index)])};`)}`,
  );
  const other = `default:\n${indent(`return ${rest ? emitSealed(module, rest, 'item', [...path, 'item']) : 'item'};`)}`;
  const body = [
    'if (!Array.isArray(items)) return items;',
    'return Object.freeze(',
    indent('Array.from(items, (item: unknown, index) => {'),
    indent('switch (index) {', 2),
    indent([...cases, other].join('\n'), 3),
    indent('}', 2),
    indent('}),'),
    ');',
  ].join('\n');
  module.helpers.push(`function ${name}(items: unknown): unknown {\n${indent(body)}\n}`);
  return name;
}

function recursiveSealer(module: GeneratedModule, type: RecursiveType): string {
  return module.recursiveHelper('seal', type, (name) => {
    module.runtime('sealWithin');
    const level = module.uniqueName('level', [type.name]);
    const sealed = emitSealed(module, unfold(type), 'item', [type.name]);
    const body = `return sealWithin(${level}, value, (item) => ${sealed});`;
    return `const ${level} = { depth: 0, around: new Set<unknown>() };\n\nfunction ${name}(value: unknown): unknown {\n${indent(body)}\n}`;
  });
}

function recordSealer(module: GeneratedModule, type: RecordType, path: readonly string[]): string {
  module.runtime('isPlainRecord', 'makeRecord', 'recordEntries');
  const name = module.uniqueName('seal', path);
  const parts = sealedParts(module, type.fields, path);
  const fields = type.fields.map((field, index) => `${quote(field.name)}: ${parts[index]}`);
  const names = type.fields.length === 0 ? '' : `, new Set(Object.keys(fields))`;
  const sealed = emitSealed(module, type.value, 'item', [...path, 'item']);
  const entries = `recordEntries(values${names})`;
  const body = [
    'if (!isPlainRecord(values)) return values;',
    `const fields = { ${fields.join(', ')} };`,
    sealed === 'item'
      ? `return makeRecord(fields, ${entries});`
      : `return makeRecord(fields, ${entries}.map(([key, item]) => [key, ${sealed}] as const));`,
  ].join('\n');
  module.helpers.push(`function ${name}(values: unknown): unknown {\n${indent(body)}\n}`);
  return name;
}

/** The sealed values of an object's fields, in order. */
function sealedParts(
  module: GeneratedModule,
  fields: readonly FieldModel[],
  path: readonly string[],
): readonly string[] {
  return fields.map((field) => {
    const access = `values[${quote(field.name)}]`;
    const sealed = emitSealed(module, field.type, access, [...path, field.name]);
    return field.optional && sealed !== access ? `${access} === undefined ? undefined : ${sealed}` : sealed;
  });
}

/** A function that seals one element. */
function sealerOf(module: GeneratedModule, type: FieldType, name: string, path: readonly string[]): string {
  const sealed = emitSealed(module, type, name, [...path, name]);
  const called = /^(\w+)\((\w+)\)$/.exec(sealed);
  return called?.[2] === name ? called[1]! : `(${name}: unknown) => ${sealed}`;
}

function sealer(
  module: GeneratedModule,
  type: Extract<FieldType, { readonly kind: 'object' | 'variants' }>,
  path: readonly string[],
): string {
  const name = module.uniqueName('seal', path);
  module.runtime('isRecord');
  const body = `if (!isRecord(values)) return values;\n${sealerBody(module, type, path)}`;
  module.helpers.push(`function ${name}(values: unknown): unknown {\n${indent(body)}\n}`);
  return name;
}

function sealerBody(
  module: GeneratedModule,
  type: Extract<FieldType, { readonly kind: 'object' | 'variants' }>,
  path: readonly string[],
): string {
  if (type.kind === 'variants') {
    const cases = type.variants.map(
      (variant) =>
        `case ${JSON.stringify(variant.value)}:\n${indent(sealerBody(module, variant.type, [...path, String(variant.value)]))}`,
    );
    return `switch (values[${quote(type.discriminator)}]) {\n${indent([...cases, 'default:\n  return values;'].join('\n'))}\n}`;
  }
  const parts = sealedParts(module, type.fields, path);
  return `return Object.freeze(${construct(module, type, parts)});`;
}
