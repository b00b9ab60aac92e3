/**
 * Emits the positional codec: straight-line code that writes the fields in model order and reads them back frozen.
 *
 * The bytes are those of the runtime's model-driven codec, which a property test holds; the grammar is in the
 * runtime's docs/journal-format.md, section "Values".
 */
import {
  type FieldModel,
  type FieldType,
  type ObjectType,
  type RecordType,
  type TupleType,
  unfold,
} from '@nuthatch/model';
import type { GeneratedModule } from './generated-module.js';
import { helperFunction } from './helper-function.js';
import { bitmapBytes, leastBytes, membershipTest } from './shape.js';
import { indent, list, propertyName, quote } from './source-text.js';

const SCALARS: readonly string[] = ['string', 'number', 'boolean', 'bigint', 'date', 'bytes'];
const SCALAR_CASTS: Readonly<Record<string, string>> = { date: 'Date', bytes: 'Uint8Array' };

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

/** The least bytes that an element of the tuple takes, whichever it is. */
function tupleElementBytes({ elements, rest }: TupleType): number {
  return Math.min(...[...elements, ...(rest ? [rest] : [])].map(leastBytes));
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

/** The names of a record's own fields, as a further argument; nothing where it has none. */
function fieldNames(module: GeneratedModule, { fields }: RecordType, path: readonly string[]): string {
  if (fields.length === 0) return '';
  const text = `new Set<string>([${fields.map(({ name }) => quote(name)).join(', ')}])`;
  const name = module.uniqueName('names', path);
  module.helpers.push(`const ${name} = ${text};`);
  return `, ${name}`;
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

/** A constant with the literals, made once per path. */
function literals(module: GeneratedModule, values: readonly unknown[], path: readonly string[]): string {
  const text = list(
    '[',
    values.map((value) => (typeof value === 'string' ? quote(value) : JSON.stringify(value))),
    ']',
    40,
  );
  const existing = module.helpers.find(
    (helper) => helper.startsWith('const values') && helper.endsWith(`= ${text} as const;`),
  );
  if (existing) return /^const (\S+)/.exec(existing)![1]!;
  const name = module.uniqueName('values', path);
  module.helpers.push(`const ${name} = ${text} as const;`);
  return name;
}

/** One statement stands bare, several in braces. */
function block(statements: string): string {
  return statements.includes('\n') ? `{\n${indent(statements)}\n}` : statements;
}
