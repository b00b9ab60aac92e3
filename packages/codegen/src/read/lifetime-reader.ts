/** `@Lifetime({ transitions, initial })` and `.lifetime(…)` in the source → states and transitions. */
import type { FieldModel, LifetimeModel } from '@nuthatch/model';
import type { ts } from '@ts-morph/common';
import type { Diagnostics } from '../diagnostic.js';
import { readConstant } from './constant-reader.js';
import type { FoundDecorator } from './decorator-reader.js';
import type { ModuleGraph } from './module-graph.js';
import { positionOf } from './source-position.js';

const HINT = "write for example @Lifetime({ transitions: { draft: ['active'], active: [] } }), with plain values.";

/** Undefined after diagnostics. Whether the states are those of the field's type is the model's check. */
export function readLifetime(
  decorator: FoundDecorator,
  field: string,
  graph: ModuleGraph,
  diagnostics: Diagnostics,
): LifetimeModel | undefined {
  const read = readLifetimeOptions(decorator.args[0], graph);
  if (typeof read !== 'string') return { field, ...read };
  diagnostics.add('BAD_DECORATOR', positionOf(decorator.node), `@Lifetime ${read}`, HINT);
  return undefined;
}

/** The options, or what is wrong with them. */
export function readLifetimeOptions(
  node: ts.Expression | undefined,
  graph: ModuleGraph,
): Omit<LifetimeModel, 'field'> | string {
  const options = node && readConstant(node, graph);
  if (!isPlainObject(options)) return 'has no options that are plain data';
  const { transitions, initial, ...others } = options;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return `has no option ${unknown}`;
  if (!isPlainObject(transitions)) return 'has no `transitions` that are plain data';
  const entries = Object.entries(transitions);
  const broken = entries.find(([, targets]) => !isTextList(targets));
  if (broken) return `gives no list of the states that may follow ${broken[0]}`;
  const [first] = entries;
  const begins = initial ?? first?.[0];
  if (typeof begins !== 'string') return 'names no state to begin with';
  return { initial: begins, transitions: Object.fromEntries(entries) as LifetimeModel['transitions'] };
}

/** An insert that leaves the state out begins with the first one. */
export function withInitial(field: FieldModel, lifetime: LifetimeModel | undefined): FieldModel {
  if (lifetime?.field !== field.name || field.default !== undefined) return field;
  return { ...field, default: { kind: 'literal', json: JSON.stringify(lifetime.initial) } };
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}
