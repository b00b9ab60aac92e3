/**
 * Emits the half of the positional codec that writes: straight-line code for the fields in model order.
 *
 * The bytes are those of the runtime's model-driven codec, which a property test holds; the grammar is in the
 * runtime's docs/journal-format.md, section "Values". Read back by what decode-emitter.ts emits.
 */
import { type FieldModel, type FieldType, type TupleType, unfold } from '@nuthatch/model';
import { fieldNames, literals, SCALARS, tupleElementBytes } from './codec-parts.js';
import type { GeneratedModule } from './generated-module.js';
import { helperFunction } from './helper-function.js';
import { bitmapBytes, leastBytes, membershipTest } from './shape.js';
import { block, indent, quote } from './source-text.js';

const SCALAR_CASTS: Readonly<Record<string, string>> = { date: 'Date', bytes: 'Uint8Array', floats: 'Float32Array' };

/** Statements that write an object's fields; `values` is an expression of type `Values`. */
export function emitEncodeFields(
  module: GeneratedModule,
  fields: readonly FieldModel[],
  values: string,
  path: readonly string[],
): string {
  const lines: string[] = [];
  const optional = fields.filter((field) => field.optional);
  for (let byte = 0; byte < bitmapBytes(fields); byte++) {
    const bits = optional
      .slice(byte * 8, byte * 8 + 8)
      .map((field, bit) => `(${values}[${quote(field.name)}] === undefined ? 0 : ${1 << bit})`);
    lines.push(`writer.byte(${bits.length === 1 ? bits[0]!.slice(1, -1) : bits.join(' | ')});`);
  }
  for (const field of fields) {
    const access = `${values}[${quote(field.name)}]`;
    const write = emitWrite(module, field.type, access, [...path, field.name]);
    lines.push(field.optional ? `if (${access} !== undefined) ${block(write)}` : write);
  }
  return lines.join('\n');
}

/** One or more statements that write the value. */
function emitWrite(module: GeneratedModule, type: FieldType, value: string, path: readonly string[]): string {
  if (SCALARS.includes(type.kind)) return `writer.${type.kind}(${value} as ${SCALAR_CASTS[type.kind] ?? type.kind});`;
  switch (type.kind) {
    case 'literal':
      module.runtime('literalIndex');
      return `writer.varint(literalIndex(${literals(module, type.values, path)}, ${value}));`;
    case 'nullable':
      return `if (${value} === null) writer.byte(0);\nelse {\n${indent(`writer.byte(1);\n${emitWrite(module, type.of, value, path)}`)}\n}`;
    case 'json':
      module.runtime('encodeAnyValue');
      return `encodeAnyValue(${value}, writer);`;
    default:
      return `${encoder(module, type, path)}(${value}, writer);`;
  }
}

/** A helper function that writes a value of the type; its name. */
function encoder(module: GeneratedModule, type: FieldType, path: readonly string[]): string {
  if (type.kind === 'recursive')
    return module.recursiveHelper('encode', type, (name) => {
      module.runtime('type ByteWriter');
      const body = emitWrite(module, unfold(type), 'value', [type.name]);
      return `function ${name}(value: unknown, writer: ByteWriter): void {\n${indent(body)}\n}`;
    });
  const name = module.uniqueName('encode', path);
  module.runtime('type ByteWriter');
  const body = encoderBody(module, type, path);
  module.helpers.push(helperFunction(name, { value: 'unknown', writer: 'ByteWriter' }, 'void', body));
  return name;
}

function encoderBody(module: GeneratedModule, type: FieldType, path: readonly string[]): string {
  switch (type.kind) {
    case 'array':
      return [
        'const items = value as readonly unknown[];',
        writeCount('items.length', leastBytes(type.element)),
        // By index: an iterator makes an object for each element.
        `for (let index = 0; index < items.length; index++) ${block(`const item = items[index];\n${emitWrite(module, type.element, 'item', [...path, 'item'])}`)}`,
      ].join('\n');
    case 'set':
      return [
        'const items = value as ReadonlySet<unknown>;',
        writeCount('items.size', leastBytes(type.element)),
        `for (const item of items) ${block(emitWrite(module, type.element, 'item', [...path, 'item']))}`,
      ].join('\n');
    case 'map': {
      const write = `${emitWrite(module, type.key, 'key', [...path, 'key'])}\n${emitWrite(module, type.value, 'item', [...path, 'item'])}`;
      return [
        'const entries = value as ReadonlyMap<unknown, unknown>;',
        writeCount('entries.size', leastBytes(type.key) + leastBytes(type.value)),
        `for (const [key, item] of entries) {\n${indent(write)}\n}`,
      ].join('\n');
    }
    case 'tuple':
      return emitEncodeTuple(module, type, path);
    case 'record': {
      module.runtime('recordEntries');
      const write = `writer.string(key);\n${emitWrite(module, type.value, 'item', [...path, 'item'])}`;
      return [
        'const values = value as Values;',
        emitEncodeFields(module, type.fields, 'values', path),
        `const entries = recordEntries(values${fieldNames(module, type, path)});`,
        'writer.varint(entries.length);',
        `for (const [key, item] of entries) {\n${indent(write)}\n}`,
      ]
        .filter(Boolean)
        .join('\n');
    }
    case 'object':
      return `const values = value as Values;\n${emitEncodeFields(module, type.fields, 'values', path)}`;
    case 'variants': {
      const cases = type.variants.map(
        (variant, index) =>
          `case ${JSON.stringify(variant.value)}:\n${indent(`writer.varint(${index});\n${emitEncodeFields(module, variant.type.fields, 'values', [...path, String(variant.value)])}\nbreak;`)}`,
      );
      module.runtime('refuseVariant');
      const fallback = `default:\n${indent(`refuseVariant(${quote(type.discriminator)}, values[${quote(type.discriminator)}]);`)}`;
      return `const values = value as Values;\nswitch (values[${quote(type.discriminator)}]) {\n${indent([...cases, fallback].join('\n'))}\n}`;
    }
    case 'union': {
      const branches = type.members.map((member, index) => {
        const write = emitWrite(module, member, 'value', [...path, member.kind]);
        return `if (${membershipTest(module, member, 'value')}) {\n${indent(`writer.byte(${index});\n${write}`)}\n}`;
      });
      module.runtime('refuseVariant');
      return `${branches.join(' else ')} else {\n${indent("refuseVariant('type', typeof value);")}\n}`;
    }
    default:
      return emitWrite(module, type, 'value', path);
  }
}

/** Elements without bytes are refused when there are more than a reader takes; of others their bytes are the bound. */
function writeCount(count: string, elementBytes: number): string {
  return elementBytes === 0 ? `writer.count(${count}, 0);` : `writer.varint(${count});`;
}

function emitEncodeTuple(module: GeneratedModule, type: TupleType, path: readonly string[]): string {
  const { elements, least, rest } = type;
  const lines = ['const items = value as readonly unknown[];', writeCount('items.length', tupleElementBytes(type))];
  for (const [index, element] of elements.entries()) {
    const write = emitWrite(module, element, `items[${index}]`, [...path, String(index)]);
    lines.push(index < least ? write : `if (items.length > ${index}) ${block(write)}`);
  }
  if (rest) {
    const write = `const item = items[index];\n${emitWrite(module, rest, 'item', [...path, 'item'])}`;
    lines.push(`for (let index = ${elements.length}; index < items.length; index++) ${block(write)}`);
  }
  return lines.join('\n');
}
