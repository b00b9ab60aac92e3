/** Bases that are made of other classes: `extends PartialType(Player)` and the others of NestJS's mapped types. */
import type { FieldModel } from '@nuthatch/model';
import { ts } from 'ts-morph';
import { readConstant } from './constant-reader.js';
import { MAPPED_TYPE_MODULES } from './foreign-types.js';
import type { ModuleGraph, Resolved } from './module-graph.js';

export interface MappedBase {
  /** The classes whose fields are taken. */
  readonly bases: readonly Resolved[];
  /** Whether rules of class-validator are skipped for absent values. */
  readonly isPartial: boolean;
  /** What becomes of their fields. */
  change(fields: readonly FieldModel[]): readonly FieldModel[];
}

/** What the call stands for; undefined when it is none of these, or its arguments cannot be read. */
export function readMappedBase(call: ts.CallExpression, graph: ModuleGraph): MappedBase | undefined {
  const file = call.getSourceFile();
  const found = ts.isIdentifier(call.expression) ? graph.packageName(call.expression.text, file) : undefined;
  if (!found || !MAPPED_TYPE_MODULES.includes(found.module)) return undefined;
  const classes = call.arguments.map((argument) => classOf(argument, graph));
  const [first] = classes;
  const keys = call.arguments[1] && readConstant(call.arguments[1], graph);
  const names = Array.isArray(keys) ? keys.map(String) : undefined;
  switch (found.name) {
    case 'PartialType':
      return first && one(first, true, (fields) => fields.map((field) => ({ ...field, optional: true })));
    case 'PickType':
      return first && names && one(first, false, (fields) => fields.filter(({ name }) => names.includes(name)));
    case 'OmitType':
      return first && names && one(first, false, (fields) => fields.filter(({ name }) => !names.includes(name)));
    case 'IntersectionType':
      if (classes.length === 0 || classes.includes(undefined)) return undefined;
      return { bases: classes as Resolved[], isPartial: false, change: (fields) => fields };
    default:
      return undefined;
  }
}

function one(base: Resolved, isPartial: boolean, change: MappedBase['change']): MappedBase {
  return { bases: [base], isPartial, change };
}

function classOf(node: ts.Expression, graph: ModuleGraph): Resolved | undefined {
  const found = graph.resolveQualified(node, node.getSourceFile(), 'value');
  return found && ts.isClassDeclaration(found.declaration) ? found : undefined;
}
