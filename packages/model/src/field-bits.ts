/**
 * Sets of a model's fields as bits of one number: how generated code tells the engine which fields an update changed.
 * Emitted into generated code: never change.
 */

/** Every field. */
export const ALL_FIELDS = -1;

/** The bit of the field at a position of the model; the 31st and later ones share one. */
export function fieldBit(position: number): number {
  return 1 << Math.min(position, 30);
}

/** The bits of some of a model's fields; `ALL_FIELDS` when one of the names is not a field. O(names · fields). */
export function fieldBits(fields: readonly { readonly name: string }[], names: readonly string[]): number {
  let bits = 0;
  for (const name of names) {
    const position = fields.findIndex((field) => field.name === name);
    if (position < 0) return ALL_FIELDS;
    bits |= fieldBit(position);
  }
  return bits;
}
