/** What a violation says that it expected: `a string or null`, `an array of 2 elements`. */
import { describeType, type FieldType, type TupleType } from '@nuthatch/model';

const ARTICLES: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  boolean: 'true or false',
  bigint: 'a bigint',
  date: 'a valid Date',
  bytes: 'a Uint8Array',
  floats: 'a Float32Array',
  array: 'an array',
  set: 'a Set',
  map: 'a Map',
  object: 'an object',
  record: 'an object',
  tuple: 'an array',
  variants: 'an object',
};

export function expected(type: FieldType): string {
  if (type.kind === 'recursive') return expected(type.of);
  if (type.kind === 'string' && type.pattern !== undefined) return describeType(type);
  if (type.kind === 'object' && type.isBlob) return 'a BlobRef, as `db.blobs.put` gives it';
  if (type.kind === 'reference') return type.name;
  if (type.kind === 'nullable') return `${expected(type.of)} or null`;
  if (type.kind === 'union') return type.members.map(expected).join(' or ');
  return ARTICLES[type.kind] ?? describeType(type);
}

export function expectedTuple({ elements, least, rest }: TupleType): string {
  const count = rest ? `${least} or more` : least === elements.length ? `${least}` : `${least} to ${elements.length}`;
  return `an array of ${count} element${count === '1' ? '' : 's'}`;
}

/** Further conditions of a wrong count of elements. */
export function tupleLengths({ elements, least, rest }: TupleType, length: string): string {
  const [fewest, most] = [least, rest ? undefined : elements.length];
  if (fewest === most) return ` || ${length} !== ${fewest}`;
  return `${fewest > 0 ? ` || ${length} < ${fewest}` : ''}${most === undefined ? '' : ` || ${length} > ${most}`}`;
}
