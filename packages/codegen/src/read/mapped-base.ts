/** Bases that are made of other classes: `extends PartialType(Player)` and the others of NestJS's mapped types. */
import type { FieldModel } from '@nuthatch/model';
import { ts } from '@ts-morph/common';
import { readConstant } from './constant-reader.js';
import { MAPPED_TYPE_MODULES } from './foreign-types.js';
import type { ModuleGraph } from './module-graph.js';
import type { Resolved } from './resolved.js';

export interface MappedBase {
  /** The source of the fields: classes, or again what is made of them. */
  readonly bases: readonly (Resolved | MappedBase)[];
  /** Whether rules of class-validator are skipped for absent values. */
  readonly isPartial: boolean;
  /** The effect on their fields. */
  change(fields: readonly FieldModel[]): readonly FieldModel[];
}

/** The meaning of the call; undefined when it is none of these, or its arguments cannot be read. */
export function readMappedBase(call: ts.CallExpression, graph: ModuleGraph): MappedBase | undefined {
  const file = call.getSourceFile();
  const found = ts.isIdentifier(call.expression) ? graph.packageName(call.expression.text, file) : undefined;
  if (!found || !MAPPED_TYPE_MODULES.includes(found.module)) return undefined;
  const [first, second] = call.arguments;
  const base = first && baseOf(first, graph);
  const keys = second && readConstant(second, graph);
  const names = Array.isArray(keys) ? keys.map(String) : undefined;
  switch (found.name) {
    case 'PartialType':
      // With options its rules hold for null too, by a condition that the source does not show.
      if (!base || second) return undefined;
      return one(base, true, (fields) => fields.map((field) => ({ ...field, optional: true })));
    case 'PickType':
      return base && names && one(base, false, (fields) => fields.filter(({ name }) => names.includes(name)));
    case 'OmitType':
      return base && names && one(base, false, (fields) => fields.filter(({ name }) => !names.includes(name)));
    case 'IntersectionType': {
      const bases = call.arguments.map((argument) => baseOf(argument, graph));
      if (bases.length === 0 || bases.includes(undefined)) return undefined;
      return { bases: bases as MappedBase['bases'], isPartial: false, change: (fields) => fields };
    }
    default:
      return undefined;
  }
}

export function isMapped(base: Resolved | MappedBase): base is MappedBase {
  return 'bases' in base;
}

function one(base: Resolved | MappedBase, isPartial: boolean, change: MappedBase['change']): MappedBase {
  return { bases: [base], isPartial, change };
}

function baseOf(node: ts.Expression, graph: ModuleGraph): Resolved | MappedBase | undefined {
  if (ts.isCallExpression(node)) return readMappedBase(node, graph);
  const found = graph.resolveQualified(node, node.getSourceFile(), 'value');
  return found && ts.isClassDeclaration(found.declaration) ? found : undefined;
}
