/** A text for what conditions ask, by which those that ask the same are told. */
import type { IndexValue } from '../../indexes/index-value.js';
import type { CollectionIndex, Condition } from './collection-index.js';

/** Indexes by number: one that was dropped and one that was added have one name, and are two. */
const numbers = new WeakMap<CollectionIndex, number>();
let indexCount = 0;

/** The same for conditions that the same documents meet, all of them together; undefined: not known. O(values). */
export function conditionsText(conditions: readonly Condition[]): string | undefined {
  const texts: string[] = [];
  for (const condition of conditions) {
    const text = conditionText(condition);
    if (text === undefined) return undefined;
    texts.push(text);
  }
  return texts.sort().join('&');
}

function conditionText({ kind, index, keys, values, question, parts = [] }: Condition): string | undefined {
  switch (kind) {
    case 'not':
    case 'and':
    case 'or': {
      const texts = parts.map(conditionText);
      return texts.includes(undefined) ? undefined : `${kind}(${texts.sort().join(',')})`;
    }
    case 'key':
      return `key(${textOfValues([...keys!])})`;
    case 'absent':
    case 'null':
      return `${kind} ${numberOf(index!)}`;
    case 'in':
      return `in ${numberOf(index!)}(${textOfValues(values!)})`;
    default:
      return question === undefined ? undefined : `${numberOf(index!)}(${question})`;
  }
}

/** Values in no order, each with its type and length: no two lists have one text. */
export function textOfValues(values: Iterable<unknown>): string {
  return Array.from(values, textOfValue).sort().join('');
}

/** @param value as an index or a key has it. */
export function textOfValue(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(textOfValue).join('')}]`;
  const text = String(value as IndexValue);
  return `${typeof value}${text.length}:${text}`;
}

function numberOf(index: CollectionIndex): number {
  let number = numbers.get(index);
  if (number === undefined) numbers.set(index, (number = ++indexCount));
  return number;
}
