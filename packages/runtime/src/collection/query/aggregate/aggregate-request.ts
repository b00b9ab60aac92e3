/** What `aggregate` is asked for, read and checked. */
import { DatabaseError } from '@nuthatch/model';
import type { CollectionDefinition } from '../../../definition/collection-definition.js';
import { isReadableField, readableFields } from '../../../definition/readable-fields.js';
import { showValue } from '../../../definition/show-value.js';
import { unreadable } from '../../../definition/unreadable.js';
import { setField } from '../../../document/set-field.js';
import { type Accumulator, Average, End, Sum } from './accumulators.js';
import { type ReadField, readField, requireGrouping, requireNumeric, requireOrdered } from './field-kind.js';

export const MEASURES = ['sum', 'avg', 'min', 'max'] as const;
export type Measure = (typeof MEASURES)[number];
const NAMES: readonly string[] = ['count', ...MEASURES];

/** One value of the answer. */
export interface Asked {
  readonly measure: Measure;
  readonly field: ReadField;
}

export interface AggregateRequest {
  readonly isCounted: boolean;
  readonly asked: readonly Asked[];
  /** Undefined: all documents are one group, and the answer is no list. */
  readonly by: readonly ReadField[] | undefined;
  /** Measures that were given a list of fields: their values are an object. */
  readonly listed: ReadonlySet<Measure>;
}

/** @throws DatabaseError `INVALID_QUERY`. */
export function readAggregate(definition: CollectionDefinition, what: unknown, options: unknown): AggregateRequest {
  try {
    return readRequest(definition, what, options);
  } catch (error) {
    throw unreadable(error, 'INVALID_QUERY', `the argument of \`aggregate\` on ${definition.model.collection}`);
  }
}

function readRequest(definition: CollectionDefinition, what: unknown, options: unknown): AggregateRequest {
  requireNames('`aggregate` takes', what, NAMES);
  const { count } = what;
  const isCounted = Object.hasOwn(what, 'count');
  if (isCounted && count !== true)
    throw refused(`\`count\` of \`aggregate\` must be true or left out, found ${showValue(count)}`);
  const asked: Asked[] = [];
  const listed = new Set<Measure>();
  for (const measure of MEASURES) {
    if (!Object.hasOwn(what, measure)) continue;
    const given = what[measure];
    if (Array.isArray(given)) listed.add(measure);
    for (const field of fieldsOf(definition, measure, given)) {
      if (measure === 'sum' || measure === 'avg') requireNumeric(measure, field);
      else requireOrdered(measure, field);
      asked.push({ measure, field });
    }
  }
  const by = options === undefined ? undefined : readBy(definition, options);
  if (by === undefined && !isCounted && asked.length === 0)
    throw refused(`\`aggregate\` needs one of these at least: ${NAMES.join(', ')}`);
  return { isCounted, asked, by, listed };
}

function readBy(definition: CollectionDefinition, options: unknown): readonly ReadField[] {
  requireNames('the options of `aggregate` are', options, ['by']);
  const fields = fieldsOf(definition, 'by', options['by']);
  for (const field of fields) {
    requireGrouping('by', field);
    if (NAMES.includes(field.name))
      throw refused(`a group by the field ${field.name} has no place for it beside the value of that name`);
  }
  return fields;
}

/** One field or a list of some, each once. */
function fieldsOf(definition: CollectionDefinition, method: string, given: unknown): readonly ReadField[] {
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  const { collection } = definition.model;
  if (list.length === 0) throw refused(`\`${method}\` of \`aggregate\` is an empty list: leave it out`);
  for (const name of list) {
    if (isReadableField(definition, name)) continue;
    const known = readableFields(definition).join(', ');
    throw refused(
      `\`${method}\` of \`aggregate\` takes fields of ${collection}, found ${showValue(name)}; its fields are ${known}`,
    );
  }
  return [...new Set(list as readonly string[])].map((name) => readField(definition, name));
}

function requireNames(
  what: string,
  given: unknown,
  names: readonly string[],
): asserts given is Readonly<Record<string, unknown>> {
  const isObject = typeof given === 'object' && given !== null && !Array.isArray(given);
  const unknown = isObject ? Object.keys(given).find((name) => !names.includes(name)) : undefined;
  if (isObject && unknown === undefined) return;
  throw refused(`${what} an object of ${names.join(', ')}, found ${unknown ?? showValue(given)}`);
}

function refused(what: string): DatabaseError {
  return new DatabaseError('INVALID_QUERY', what);
}

/** Empty accumulators, side by side with `asked`. */
export function accumulatorsOf({ asked }: AggregateRequest): readonly Accumulator[] {
  return asked.map(({ measure, field }) => {
    if (measure === 'sum') return new Sum(field);
    return measure === 'avg' ? new Average(field) : new End(field, measure === 'min' ? 1 : -1);
  });
}

/** The answer of one group, as an object of the caller's own. @param results side by side with `asked`. */
export function answerOf(
  { isCounted, asked, listed }: AggregateRequest,
  count: number,
  results: readonly unknown[],
): Record<string, unknown> {
  const answer: Record<string, unknown> = {};
  if (isCounted) answer['count'] = count;
  for (const [place, { measure, field }] of asked.entries()) {
    if (!listed.has(measure)) answer[measure] = results[place];
    else {
      answer[measure] ??= {};
      setField(answer[measure] as Record<string, unknown>, field.name, results[place]);
    }
  }
  return answer;
}
