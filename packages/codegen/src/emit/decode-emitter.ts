/** Emits the half of the positional codec that reads: values come back frozen. What it reads: encode-emitter.ts. */
import { type FieldModel, type FieldType, type ObjectType, type TupleType, unfold } from '@nuthatch/model';
import { literals, SCALARS, tupleElementBytes } from './codec-parts.js';
import type { GeneratedModule } from './generated-module.js';
import { helperFunction } from './helper-function.js';
import { bitmapBytes, leastBytes } from './shape.js';
import { indent, list, propertyName } from './source-text.js';

/** The expressions of an object's fields in model order, and the statements that read the bitmap before them. */
export function emitDecodeFields(
  module: GeneratedModule,
  fields: readonly FieldModel[],
  path: readonly string[],
): { readonly before: string; readonly parts: readonly string[] } {
  const optional = fields.filter((field) => field.optional);
  const before = Array.from({ length: bitmapBytes(fields) }, (_, byte) => `const present${byte} = reader.byte();`).join(
    '\n',
  );
  const parts = fields.map((field) => {
    const read = emitRead(module, field.type, [...path, field.name]);
    if (!field.optional) return read;
    const bit = optional.indexOf(field);
    return `(present${bit >> 3} & ${1 << (bit & 7)}) === 0 ? undefined : ${read}`;
  });
  return { before, parts };
}

/** An expression that reads the value. */
function emitRead(module: GeneratedModule, type: FieldType, path: readonly string[]): string {
  if (type.kind === 'string') return `reader.${module.textReaders.get(path[0]!) ?? 'string'}()`;
  if (type.kind === 'bytes' && type.className !== undefined) {
    module.runtime('bufferOver');
    return 'bufferOver(reader.bytes())';
  }
  if (SCALARS.includes(type.kind)) return `reader.${type.kind}()`;
  switch (type.kind) {
    case 'literal':
      module.runtime('literalAt');
      return `literalAt(${literals(module, type.values, path)}, reader.varint())`;
    case 'nullable':
      return `reader.boolean() ? ${emitRead(module, type.of, path)} : null`;
    case 'json':
      module.runtime('decodeAnyValue');
      return 'decodeAnyValue(reader)';
    default:
      return `${decoder(module, type, path)}(reader)`;
  }
}

function decoder(module: GeneratedModule, type: FieldType, path: readonly string[]): string {
  if (type.kind === 'recursive')
    return module.recursiveHelper('decode', type, (name) => {
      module.runtime('type ByteReader');
      const read = emitRead(module, unfold(type), [type.name]);
      return `function ${name}(reader: ByteReader): unknown {\n${indent(`return reader.within(() => ${read});`)}\n}`;
    });
  const name = module.uniqueName('decode', path);
  module.runtime('type ByteReader');
  const body = decoderBody(module, type, path);
  module.helpers.push(helperFunction(name, { reader: 'ByteReader' }, 'unknown', body));
  return name;
}

function decoderBody(module: GeneratedModule, type: FieldType, path: readonly string[]): string {
  switch (type.kind) {
    case 'array':
    case 'set': {
      const isSet = type.kind === 'set';
      if (isSet) module.runtime('frozenSet');
      return [
        `const count = reader.count(${leastBytes(type.element)});`,
        'const items = new Array<unknown>(count);',
        `for (let index = 0; index < count; index++) items[index] = ${emitRead(module, type.element, [...path, 'item'])};`,
        isSet ? 'return frozenSet(items);' : 'return Object.freeze(items);',
      ].join('\n');
    }
    case 'map':
      module.runtime('frozenMap');
      return [
        `const count = reader.count(${leastBytes(type.key) + leastBytes(type.value)});`,
        'const entries = new Array<[unknown, unknown]>(count);',
        `for (let index = 0; index < count; index++) {`,
        indent(`const key = ${emitRead(module, type.key, [...path, 'key'])};`),
        indent(`entries[index] = [key, ${emitRead(module, type.value, [...path, 'item'])}];`),
        '}',
        'return frozenMap(entries);',
      ].join('\n');
    case 'tuple':
      return emitDecodeTuple(module, type, path);
    case 'record': {
      module.runtime('makeRecord');
      const { before, parts } = emitDecodeFields(module, type.fields, path);
      const fields = type.fields.map((field, index) => `${propertyName(field.name)}: ${parts[index]}`);
      return [
        before,
        `const fields = ${list('{', fields, '}', 24)};`,
        `const count = reader.count(${leastBytes(type.value) + 1});`,
        'const entries = new Array<[string, unknown]>(count);',
        'for (let index = 0; index < count; index++) {',
        indent('const key = reader.string();'),
        indent(`entries[index] = [key, ${emitRead(module, type.value, [...path, 'item'])}];`),
        '}',
        'return makeRecord(fields, entries);',
      ]
        .filter(Boolean)
        .join('\n');
    }
    case 'object': {
      const { before, parts } = emitDecodeFields(module, type.fields, path);
      return `${before && `${before}\n`}return Object.freeze(${construct(module, type, parts)});`;
    }
    case 'variants': {
      const cases = type.variants.map((variant, index) => {
        const { before, parts } = emitDecodeFields(module, variant.type.fields, [...path, String(variant.value)]);
        const body = `${before && `${before}\n`}return Object.freeze(${construct(module, variant.type, parts)});`;
        return `case ${index}: {\n${indent(body)}\n}`;
      });
      module.runtime('refuseStored');
      return `const variant = reader.varint();\nswitch (variant) {\n${indent([...cases, `default:\n${indent("return refuseStored('variant', variant);")}`].join('\n'))}\n}`;
    }
    case 'union': {
      const cases = type.members.map(
        (member, index) => `case ${index}:\n${indent(`return ${emitRead(module, member, [...path, member.kind])};`)}`,
      );
      module.runtime('refuseStored');
      return `const member = reader.byte();\nswitch (member) {\n${indent([...cases, `default:\n${indent("return refuseStored('union member', member);")}`].join('\n'))}\n}`;
    }
    default:
      return `return ${emitRead(module, type, path)};`;
  }
}

function emitDecodeTuple(module: GeneratedModule, type: TupleType, path: readonly string[]): string {
  const { elements, rest } = type;
  const lines = [`const count = reader.count(${tupleElementBytes(type)});`, 'const items: unknown[] = [];'];
  if (!rest) {
    module.runtime('refuseStored');
    lines.push(`if (count > ${elements.length}) refuseStored('element of a tuple', count);`);
  }
  for (const [index, element] of elements.entries())
    lines.push(`if (count > ${index}) items.push(${emitRead(module, element, [...path, String(index)])});`);
  if (rest)
    lines.push(
      `for (let index = ${elements.length}; index < count; index++) items.push(${emitRead(module, rest, [...path, 'item'])});`,
    );
  lines.push('return Object.freeze(items);');
  return lines.join('\n');
}

/** An expression that makes the object from its parts in order: of its class, or a plain one. */
export function construct(module: GeneratedModule, type: ObjectType, parts: readonly string[]): string {
  const assigned = type.fields.map((field, index) => `${propertyName(field.name)}: ${parts[index]}`);
  const literal = list('{', assigned, '}', 24);
  if (!type.className) return literal;
  module.nestedClasses.add(type.className);
  return `Object.assign(Object.create(${type.className}.prototype) as object, ${literal})`;
}
