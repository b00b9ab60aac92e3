/** The bits of fields by name, `JOINED_AT_BIT`, for the sets of fields that generated code hands to the engine and back. */
import { type FieldModel, fieldBit } from '@nuthatch/model';

/** Fields from this position on share one bit: see `fieldBit`. */
export const SHARED_BIT = 30;

const SHARED_BIT_NAME = 'FURTHER_FIELDS_BIT';

/** The constant of each field, by its position. No other name in generated code ends in `_BIT`. */
export function fieldBitNames(fields: readonly Pick<FieldModel, 'name'>[]): readonly string[] {
  const taken = new Set<string>([SHARED_BIT_NAME]);
  return fields.map(({ name }, index) => {
    if (index >= SHARED_BIT) return SHARED_BIT_NAME;
    const base = upperSnake(name) || `FIELD_${index}`;
    let bit = `${base}_BIT`;
    for (let n = 2; taken.has(bit); n++) bit = `${base}_${n}_BIT`;
    taken.add(bit);
    return bit;
  });
}

/** The declarations of the constants; a shared one stands once. */
export function emitFieldBits(names: readonly string[]): string {
  return [...new Set(names)].map((name) => `const ${name} = ${fieldBit(names.indexOf(name))};`).join('\n');
}

function upperSnake(name: string): string {
  const words = name
    .replace(/([\p{Ll}\p{Nd}])(\p{Lu})/gu, '$1_$2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1_$2')
    .replace(/[^\p{ID_Continue}]+/gu, '_')
    .replace(/^_+|_+$/g, '')
    .toUpperCase();
  return /^\p{ID_Start}/u.test(words) ? words : words && `_${words}`;
}
