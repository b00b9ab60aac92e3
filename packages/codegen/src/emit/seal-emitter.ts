/** Emits the code that replaces what a caller may still hold by frozen copies, field by field. */
import type { FieldType } from '@nuthatch/model';
import { construct } from './codec-emitter.js';
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
    case 'bytes':
      module.runtime('ownBytes');
      return `ownBytes(${value} as Uint8Array)`;
    case 'array':
      if (isImmutable(type.element)) {
        module.runtime('frozenArray');
        return `frozenArray(${value} as unknown[])`;
      }
      return `Object.freeze((${value} as unknown[]).map((item) => ${emitSealed(module, type.element, 'item', [...path, 'item'])}))`;
    case 'set':
      module.runtime('frozenSet');
      if (isImmutable(type.element)) return `frozenSet(${value} as Set<unknown>)`;
      return `frozenSet(Array.from(${value} as Set<unknown>, (item) => ${emitSealed(module, type.element, 'item', [...path, 'item'])}))`;
    case 'map':
      module.runtime('frozenMap');
      if (isImmutable(type.key) && isImmutable(type.value)) return `frozenMap(${value} as Map<unknown, unknown>)`;
      return (
        `frozenMap(Array.from(${value} as Map<unknown, unknown>, ([key, item]) => ` +
        `[${emitSealed(module, type.key, 'key', [...path, 'key'])}, ${emitSealed(module, type.value, 'item', [...path, 'item'])}] as const))`
      );
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
    case 'object':
    case 'variants':
      return `${sealer(module, type, path)}(${value} as Values)`;
    default:
      return value;
  }
}

function sealer(
  module: GeneratedModule,
  type: Extract<FieldType, { readonly kind: 'object' | 'variants' }>,
  path: readonly string[],
): string {
  const name = module.uniqueName('seal', path);
  module.helpers.push(`function ${name}(values: Values): unknown {\n${indent(sealerBody(module, type, path))}\n}`);
  return name;
}

function sealerBody(
  module: GeneratedModule,
  type: Extract<FieldType, { readonly kind: 'object' | 'variants' }>,
  path: readonly string[],
): string {
  if (type.kind === 'variants') {
    const last = type.variants.length - 1;
    const cases = type.variants.map((variant, index) => {
      // Values are valid here: whatever is no other variant is the last.
      const label = index === last ? 'default:' : `case ${JSON.stringify(variant.value)}:`;
      return `${label}\n${indent(sealerBody(module, variant.type, [...path, String(variant.value)]))}`;
    });
    return `switch (values[${quote(type.discriminator)}]) {\n${indent(cases.join('\n'))}\n}`;
  }
  const parts = type.fields.map((field) => {
    const access = `values[${quote(field.name)}]`;
    const sealed = emitSealed(module, field.type, access, [...path, field.name]);
    return field.optional && sealed !== access ? `${access} === undefined ? undefined : ${sealed}` : sealed;
  });
  return `return Object.freeze(${construct(module, type, parts)});`;
}
