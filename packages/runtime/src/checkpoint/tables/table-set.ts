/** The tables of one collection: arrays by number, in the order in which they are written. */
export type TableArray = Uint8Array | Uint32Array | Float64Array;

export interface TableForm {
  readonly type: 'u8' | 'u32' | 'f64';
  readonly length: number;
}

export class TableSet {
  readonly arrays: TableArray[] = [];

  /** @returns the number of the table. */
  add(array: TableArray): number {
    return this.arrays.push(array) - 1;
  }

  forms(): readonly TableForm[] {
    return this.arrays.map((array) => ({ type: typeOf(array), length: array.length }));
  }
}

function typeOf(array: TableArray): TableForm['type'] {
  if (array instanceof Float64Array) return 'f64';
  return array instanceof Uint32Array ? 'u32' : 'u8';
}
