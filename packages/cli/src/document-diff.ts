/** One document before and after, field by field, as lines: `- age: 31`, `+ age: '31'`. */
import { inspect } from 'node:util';

/** The lines; fields that are the same are left out. */
export function documentDiff(
  before: Readonly<Record<string, unknown>> | undefined,
  after: Readonly<Record<string, unknown>> | undefined,
): readonly string[] {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  return names.flatMap((name) => {
    const [was, is] = [show(before?.[name]), show(after?.[name])];
    if (was === is) return [];
    return [...(was === undefined ? [] : [`- ${name}: ${was}`]), ...(is === undefined ? [] : [`+ ${name}: ${is}`])];
  });
}

function show(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  return inspect(value, { depth: 6, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 200, maxArrayLength: 20 });
}

/** A value as JSON can hold it: what it cannot is written as text. */
export function jsonValue(_name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  if (value instanceof Map) return [...value];
  if (value instanceof Set) return [...value];
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  return value;
}
