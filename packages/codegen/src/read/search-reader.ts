/** `@Search({ fields, weight, language })` and `.search(…)` in the source → searched fields. */
import type { SearchModel } from '@nuthatch/model';
import type { ts } from '@ts-morph/common';
import type { Diagnostics } from '../diagnostic.js';
import { readConstant } from './constant-reader.js';
import { type FoundDecorator, requireCall } from './decorator-reader.js';
import type { GatheredClass } from './gathered-class.js';
import type { ModuleGraph } from './module-graph.js';
import type { ReadContext } from './read-context.js';
import { positionOf } from './source-position.js';

const HINT =
  "write for example @Search({ weight: 2, language: 'en' }), with plain values; of several fields on the class @Search({ fields: ['title', 'text'] }).";

type Settings = Omit<SearchModel, 'field'>;

/** `@Search()` on a field; undefined after diagnostics. */
export function readFieldSearch(
  decorator: FoundDecorator,
  field: string,
  graph: ModuleGraph,
  diagnostics: Diagnostics,
): SearchModel | undefined {
  const read = readSearchOptions(decorator.args[0], graph);
  if (typeof read === 'string') return refuse(decorator, diagnostics, read);
  if (read.fields !== undefined) return refuse(decorator, diagnostics, 'has `fields`, and stands on a field');
  return { field, ...read.settings };
}

/** `@Search({ fields })` on the class. */
export function gatherClassSearch(
  decorator: FoundDecorator,
  into: GatheredClass,
  own: ReadonlyMap<string, SearchModel>,
  { graph, diagnostics }: ReadContext,
): void {
  requireCall(decorator, diagnostics);
  const read = readSearchOptions(decorator.args[0], graph);
  if (typeof read === 'string') refuse(decorator, diagnostics, read);
  else if (read.fields === undefined) refuse(decorator, diagnostics, 'stands on the class, and names no `fields`');
  else
    for (const field of read.fields) {
      const searched = { field, ...read.settings };
      // What stands on a field of this class counts before; what a base says of it is older.
      into.search.set(field, own.get(field) ?? searched);
    }
}

/** The searched fields in the order of the class's fields; those that are none come last, for the check. */
export function searchOf({ search, fields }: GatheredClass): { readonly search?: readonly SearchModel[] } {
  if (search.size === 0) return {};
  const names = [...fields.keys()];
  const place = ({ field }: SearchModel): number => (names.includes(field) ? names.indexOf(field) : names.length);
  return { search: [...search.values()].sort((a, b) => place(a) - place(b)) };
}

/** The options, or what is wrong with them. */
export function readSearchOptions(
  node: ts.Expression | undefined,
  graph: ModuleGraph,
): { readonly fields?: readonly string[]; readonly settings: Settings } | string {
  if (node === undefined) return { settings: {} };
  const options = readConstant(node, graph);
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    return 'has no options that are plain data';
  const { fields, weight, language, ...others } = options as Readonly<Record<string, unknown>>;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return `has no option ${unknown}`;
  if (weight !== undefined && typeof weight !== 'number') return 'has a `weight` that is not a number';
  if (language !== undefined && typeof language !== 'string') return 'has a `language` that is not a text';
  const isList = Array.isArray(fields) && fields.length > 0 && fields.every((field) => typeof field === 'string');
  if (fields !== undefined && !isList) return 'has `fields` that are not a list of field names';
  return {
    ...(fields !== undefined && { fields: fields as readonly string[] }),
    settings: {
      ...(weight !== undefined && weight !== 1 && { weight }),
      ...(language !== undefined && { language }),
    },
  };
}

function refuse(decorator: FoundDecorator, diagnostics: Diagnostics, what: string): undefined {
  diagnostics.add('BAD_DECORATOR', positionOf(decorator.node), `@Search ${what}`, HINT);
  return undefined;
}
