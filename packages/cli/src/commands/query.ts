/**
 * `nuthatch query`: the documents of one collection that meet conditions, as a table or as lines of JSON. Takes no lock:
 * the directory may be in use.
 */
import { resolve } from 'node:path';
import type { DocumentModel } from '@nuthatch/model';
import type { ConditionPlan, Query } from '@nuthatch/runtime';
import { EXIT, UsageError } from '../exit-code.js';
import { CONFIG_FLAG, PROGRESS_FLAG } from '../flags.js';
import type { Output } from '../output.js';
import { ProgressLine, shareText } from '../progress-line.js';
import { jsonFields } from '../query/json-fields.js';
import { type AskedCollection, askCollection } from '../query/query-source.js';
import { asksForOthers, readLiteral, typedConditions, typedKey } from '../query/read-literal.js';
import {
  areValuesAsked,
  flatRow,
  type JsonRow,
  type ValueOptions,
  valueHeader,
  valueRows,
} from '../query/value-rows.js';
import { tableLines } from '../text-table.js';
import type { VerbRegistry } from '../verb.js';
import { counted, type DirectoryArguments, directoryVerb, storageOptions } from './directory-arguments.js';

interface QueryArguments extends DirectoryArguments, ValueOptions {
  readonly [name: string]: unknown;
  readonly key?: string;
  readonly order?: string;
  readonly limit?: string;
  readonly fields?: readonly string[];
  readonly count?: boolean;
  readonly explain?: boolean;
  readonly config?: string;
  readonly generated?: string;
}

export function addQuery(registry: VerbRegistry): void {
  const description = 'documents of a collection that meet conditions, also beside a running process';
  directoryVerb(registry, 'query <directory> <collection> [conditions]', description)
    .option('--key <key>', 'the document with this key, in the place of conditions')
    .option(
      '--order <fields>',
      'sort by fields with a range index or the key: `age:desc,name`; `desc` is the greatest first',
    )
    .option('--limit <count>', 'at most so many documents')
    .option('--fields <name...>', 'only these fields, in this order')
    .option('--count', 'print only how many documents there are')
    .option('--distinct <field>', 'print the values of this field, each once')
    .option('--by <field...>', 'print one line for each group: the values of these fields, and how many documents')
    .option('--sum <field...>', 'sums of these fields, of each group or of all documents')
    .option('--avg <field...>', 'averages of these fields')
    .option('--min <field...>', 'least values of these fields')
    .option('--max <field...>', 'greatest values of these fields')
    .option('--explain', 'print how the query is answered: index, order, documents looked at')
    .option('--generated <module>', 'ask with the code of the project, this module (default: only where it is needed)')
    .option(...CONFIG_FLAG)
    .option(...PROGRESS_FLAG)
    .action(registry.runVerb(runQuery));
}

async function runQuery(
  directory: string,
  name: string,
  conditions: string | undefined,
  options: QueryArguments,
  output: Output,
  root: string,
): Promise<number> {
  const where = conditions === undefined ? {} : readLiteral('conditions', conditions);
  const question = questionOf(options, where, conditions !== undefined);
  const progress = new ProgressLine(output, options.progress === true);
  const place = {
    directory: resolve(root, directory),
    ...storageOptions(options, root),
    onProgress: ({ readBytes, totalBytes }: { readBytes: number; totalBytes: number }) =>
      progress.show(() => shareText('reading', readBytes, totalBytes)),
  };
  const { answer, collection } = await askCollection(
    place,
    name,
    options,
    output,
    root,
    question,
    asksForOthers(where),
  ).finally(() => progress.end());
  if ('documents' in answer) return printDocuments(collection, answer.documents, options, output);
  if (options.explain) {
    const plan = answer.explain();
    if (options.json) output.out(JSON.stringify(plan, undefined, 2));
    else for (const line of planLines(plan)) output.out(line);
    return EXIT.done;
  }
  if (areValuesAsked(options)) return printValues(collection, answer, options, output);
  if (options.count) {
    const count = answer.count();
    output.out(options.json ? JSON.stringify({ count }) : String(count));
    return EXIT.done;
  }
  return printDocuments(collection, answer, options, output);
}

type Answer = Query<never> | { readonly documents: readonly object[] };

/** The question, to be put to the collection once it was read. @throws UsageError for a wrong line. */
function questionOf(
  options: QueryArguments,
  where: unknown,
  hasConditions: boolean,
): (collection: AskedCollection) => Answer {
  const { key, order, limit } = options;
  if (key !== undefined && (hasConditions || order !== undefined || options.explain || options.count))
    throw new UsageError('key', '--key cannot be used with conditions, --order, --count or --explain');
  areValuesAsked(options);
  if (options.count && options.explain) throw new UsageError('count', '--count cannot be used with --explain');
  if (limit !== undefined && !/^\d{1,15}$/.test(limit))
    throw new UsageError('limit', `--limit must be a whole number of 0 or more, found ${limit}`);
  const orders = order === undefined ? [] : order.split(',').map((part) => orderOf(part, order));
  return ({ definition: { model }, reads, models }) => {
    requireFields(model, options.fields);
    if (key !== undefined) {
      const document = reads.get(typedKey(model, key));
      return { documents: document === undefined ? [] : [document] };
    }
    let query = reads.find(typedConditions(model, where, models));
    for (const { field, direction } of orders) query = query.orderBy(field, direction);
    if (limit !== undefined) query = query.limit(Number(limit));
    return query as unknown as Query<never>;
  };
}

/** @throws UsageError for what is not a field with a direction. */
function orderOf(part: string, order: string): { readonly field: string; readonly direction: 'asc' | 'desc' } {
  const [field = '', direction = 'asc', ...more] = part.trim().split(':');
  if (field === '' || more.length > 0 || (direction !== 'asc' && direction !== 'desc'))
    throw new UsageError('order', `--order must be fields, each as field, field:asc or field:desc, found ${order}`);
  return { field, direction };
}

/** @throws UsageError for a field that the model does not have: its column would be empty, and look as if that were right. */
function requireFields({ fields, collection }: DocumentModel, wanted: readonly string[] | undefined): void {
  const names = fields.map(({ name }) => name);
  const unknown = (wanted ?? []).filter((name) => !names.includes(name));
  if (unknown.length === 0) return;
  throw new UsageError(
    'fields',
    `${collection} has no field ${unknown.join(', ')}; its fields are ${names.join(', ')}`,
  );
}

async function printValues(
  { definition }: AskedCollection,
  query: Query<never>,
  options: QueryArguments,
  output: Output,
): Promise<number> {
  const rows = valueRows(definition.model, query, options);
  if (options.json)
    for (const row of rows) {
      output.out(JSON.stringify(row));
      await output.drained?.();
    }
  else {
    const header = valueHeader(options);
    async function* flat(): AsyncGenerator<JsonRow, void> {
      for (const row of rows) yield flatRow(row);
    }
    for await (const line of tableLines(header, cellsOf(header, flat()), output.columns)) {
      output.out(line);
      await output.drained?.();
    }
  }
  return EXIT.done;
}

async function printDocuments(
  collection: AskedCollection,
  documents: Iterable<object> | AsyncIterable<object>,
  options: QueryArguments,
  output: Output,
): Promise<number> {
  const fieldsOf = jsonFields(collection, options.fields);
  let count = 0;
  async function* rows(): AsyncGenerator<Readonly<Record<string, unknown>>, void> {
    for await (const document of documents) {
      count++;
      yield fieldsOf(document);
    }
  }
  if (options.json)
    for await (const row of rows()) {
      output.out(JSON.stringify(row));
      await output.drained?.();
    }
  else {
    const header = options.fields ?? collection.definition.model.fields.map(({ name }) => name);
    for await (const line of tableLines(header, cellsOf(header, rows()), output.columns)) {
      output.out(line);
      await output.drained?.();
    }
    // For the person at the terminal; a pipe gets the rows alone.
    if (output.columns !== undefined) output.err(`${counted(count, 'document')}, seq ${collection.seq}`);
  }
  return EXIT.done;
}

async function* cellsOf(
  header: readonly string[],
  rows: AsyncIterable<Readonly<Record<string, unknown>>>,
): AsyncGenerator<readonly string[], void> {
  for await (const row of rows)
    yield header.map((name) => {
      const value = Object.hasOwn(row, name) ? row[name] : undefined;
      if (value === undefined) return '';
      return typeof value === 'string' ? value : JSON.stringify(value);
    });
}

function planLines({
  index,
  conditions,
  order,
  seen,
  matched,
}: ReturnType<Query<never>['explain']>): readonly string[] {
  return [
    `read: ${index}`,
    ...conditions.flatMap((condition) => conditionLines(condition, '')),
    `order: ${order}`,
    `${counted(seen, 'document')} looked at, ${matched} found`,
  ];
}

function conditionLines({ asked, index, estimated, parts = [] }: ConditionPlan, indent: string): readonly string[] {
  const on = index === undefined ? asked : asked === 'index' ? `on ${index}` : `${asked} on ${index}`;
  return [
    `${indent}condition ${on}: about ${counted(estimated, 'document')}`,
    ...parts.flatMap((part) => conditionLines(part, `${indent}  `)),
  ];
}
