/** What both halves of the emitted codec ask: which types the reader and writer know themselves, constants made once per place. */
import type { RecordType, TupleType } from '@nuthatch/model';
import type { GeneratedModule } from './generated-module.js';
import { leastBytes } from './shape.js';
import { list, quote } from './source-text.js';

export const SCALARS: readonly string[] = ['string', 'number', 'boolean', 'bigint', 'date', 'bytes', 'floats'];

/** The least bytes that an element of the tuple takes, whichever it is. */
export function tupleElementBytes({ elements, rest }: TupleType): number {
  return Math.min(...[...elements, ...(rest ? [rest] : [])].map(leastBytes));
}

/** The names of a record's own fields, as a further argument; nothing where it has none. */
export function fieldNames(module: GeneratedModule, { fields }: RecordType, path: readonly string[]): string {
  if (fields.length === 0) return '';
  const text = `new Set<string>([${fields.map(({ name }) => quote(name)).join(', ')}])`;
  const name = module.uniqueName('names', path);
  module.helpers.push(`const ${name} = ${text};`);
  return `, ${name}`;
}

/** A constant with the literals, made once per path. */
export function literals(module: GeneratedModule, values: readonly unknown[], path: readonly string[]): string {
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
