/** `@Count() @Sum('goals') @Avg @Min @Max @Top(3, 'goals', { order })`: what a field of a view's rows is made of. */
import type { AggregateModel } from '@nuthatch/model';
import type { Diagnostics } from '../diagnostic.js';
import { readConstant } from './constant-reader.js';
import type { FoundDecorator } from './decorator-reader.js';
import type { ModuleGraph } from './module-graph.js';
import { positionOf } from './source-position.js';

const ONE_FIELD = { Sum: 'sum', Avg: 'avg', Min: 'min', Max: 'max' } as const;
/** As the decorator has it. */
const MAX_TOP = 1_000;

export function isAggregate(decorator: string): boolean {
  return decorator === 'Count' || decorator === 'Top' || decorator in ONE_FIELD;
}

/** @returns undefined after a diagnostic. */
export function readAggregate(
  { name, args, node }: FoundDecorator,
  graph: ModuleGraph,
  diagnostics: Diagnostics,
): AggregateModel | undefined {
  const values = args.map((argument) => readConstant(argument, graph));
  const refuse = (message: string, hint: string): undefined => {
    diagnostics.add('BAD_VIEW', positionOf(node), message, hint);
    return undefined;
  };
  if (name === 'Count')
    return args.length === 0 ? { kind: 'count' } : refuse('@Count takes nothing', 'write @Count().');
  if (name !== 'Top') {
    const [of] = values;
    if (typeof of === 'string' && args.length === 1) return { kind: ONE_FIELD[name as keyof typeof ONE_FIELD], of };
    const written = `@${name}(${args.map((argument) => argument.getText()).join(', ')})`;
    return refuse(
      `${written} names no field of the documents`,
      `write @${name}('field'); rules of class-validator have the same name and come from there.`,
    );
  }
  const [count, of, options = {}] = values;
  const { order = 'desc', ...others } = Object(options) as Readonly<Record<string, unknown>>;
  const isCount = Number.isInteger(count) && (count as number) >= 1 && (count as number) <= MAX_TOP;
  if (isCount && typeof of === 'string' && (order === 'asc' || order === 'desc') && Object.keys(others).length === 0)
    return { kind: 'top', of, count: count as number, order };
  return refuse(
    `@Top needs a whole number of 1 to ${MAX_TOP} and a field, as plain values`,
    "write @Top(3, 'field'), or @Top(3, 'field', { order: 'asc' }).",
  );
}
