/** Values and groups of the documents that a question finds, as rows: `--distinct`, `--by`, `--sum` and the like. */
import type { DocumentModel, FieldType } from '@nuthatch/model';
import type { Query } from '@nuthatch/runtime';
import { UsageError } from '../exit-code.js';
import { tools } from '../packages.js';

export interface ValueOptions {
  readonly distinct?: string;
  readonly by?: readonly string[];
  readonly sum?: readonly string[];
  readonly avg?: readonly string[];
  readonly min?: readonly string[];
  readonly max?: readonly string[];
}

export type JsonRow = Readonly<Record<string, unknown>>;

const MEASURES = ['sum', 'avg', 'min', 'max'] as const;
const NUMBER: FieldType = { kind: 'number' };

/** Whether values are asked for, and not documents. @throws UsageError for options that do not go together. */
export function areValuesAsked(options: ValueOptions & { readonly [name: string]: unknown }): boolean {
  const asked = ['distinct', 'by', ...MEASURES].filter((name) => options[name] !== undefined);
  if (asked.length === 0) return false;
  const others = ['key', 'fields', 'explain', ...(options.distinct === undefined ? [] : ['count'])];
  const wrong =
    others.find((name) => options[name] !== undefined && options[name] !== false) ??
    (options.distinct === undefined ? undefined : asked.find((name) => name !== 'distinct'));
  if (wrong === undefined) return true;
  throw new UsageError(wrong, `--${wrong} cannot be used with --${asked.find((name) => name !== wrong)}`);
}

/** @throws DatabaseError `INVALID_QUERY` for a field that is not there, or of values that the question does not fit. */
export function valueRows(
  model: DocumentModel,
  query: Query<never>,
  { distinct, by, ...options }: ValueOptions & { readonly count?: boolean },
): readonly JsonRow[] {
  if (distinct !== undefined) {
    const values = query.distinct(distinct as never) as readonly unknown[];
    return values.map((value) => ({ [distinct]: toJson(elementOf(model, distinct), value) }));
  }
  const measures = Object.fromEntries(
    MEASURES.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
  );
  const isCounted = options.count === true || by !== undefined || Object.keys(measures).length === 0;
  const what = { ...(isCounted && { count: true }), ...measures } as never;
  const groups = by === undefined ? [query.aggregate(what)] : query.aggregate(what, { by } as never);
  return (groups as readonly JsonRow[]).map((group) => {
    const row: Record<string, unknown> = {};
    for (const name of by ?? []) if (group[name] !== undefined) row[name] = toJson(elementOf(model, name), group[name]);
    if (isCounted) row['count'] = group['count'];
    for (const measure of Object.keys(measures)) {
      const values = group[measure] as JsonRow;
      row[measure] = Object.fromEntries(
        Object.entries(values)
          .filter(([, value]) => value !== undefined)
          .map(([name, value]) => [name, toJson(measureType(model, measure, name), value)]),
      );
    }
    return row;
  });
}

/** The columns of a table: each measure of each field has its own. */
export function flatRow(row: JsonRow): JsonRow {
  const flat: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(row))
    if (!MEASURES.some((measure) => measure === name) || typeof value !== 'object' || value === null)
      flat[name] = value;
    else for (const [field, part] of Object.entries(value)) flat[`${name} ${field}`] = part;
  return flat;
}

/** The names of those columns, whatever the rows hold. */
export function valueHeader({
  distinct,
  by,
  ...options
}: ValueOptions & { readonly count?: boolean }): readonly string[] {
  if (distinct !== undefined) return [distinct];
  const measured = MEASURES.flatMap((measure) => (options[measure] ?? []).map((field) => `${measure} ${field}`));
  const isCounted = options.count === true || by !== undefined || measured.length === 0;
  return [...(by ?? []), ...(isCounted ? ['count'] : []), ...measured];
}

function toJson(type: FieldType | undefined, value: unknown): unknown {
  return value === null || type === undefined ? value : tools().jsonValues(type).toJson(value);
}

function measureType(model: DocumentModel, measure: string, field: string): FieldType | undefined {
  return measure === 'avg' ? NUMBER : elementOf(model, field);
}

/** The type of one value of the field: of a list one element. */
function elementOf({ fields, computed }: DocumentModel, name: string): FieldType | undefined {
  let type = [...fields, ...computed].find((field) => field.name === name)?.type;
  while (type?.kind === 'nullable' || type?.kind === 'array' || type?.kind === 'set')
    type = type.kind === 'nullable' ? type.of : type.element;
  return type;
}
