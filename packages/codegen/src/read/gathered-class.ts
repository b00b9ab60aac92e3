import type {
  AggregateModel,
  ComputedFieldModel,
  FieldModel,
  IndexModel,
  KeyGeneration,
  LifetimeModel,
  SearchModel,
  ValidationRule,
  VectorModel,
} from '@nuthatch/model';
import type { ts } from '@ts-morph/common';
import type { SourcePosition } from '../document-source.js';
import type { FoundReference } from './found-reference.js';

/** The declaration of a field in one class. */
export interface DeclaredRules {
  /** The class, or what is made of classes. */
  readonly owner: object;
  readonly rules: readonly ValidationRule[];
}

/** The facts gathered along the chain of bases, base first. */
export interface GatheredClass {
  readonly fields: Map<string, FieldModel>;
  readonly computed: Map<string, ComputedFieldModel>;
  readonly indexes: Map<string, IndexModel>;
  readonly classIndexes: Map<string, IndexModel>;
  readonly vectors: Map<string, VectorModel>;
  readonly keyFields: Set<string>;
  readonly readonlyFields: Set<string>;
  /** The rules of each field, by the class they are declared in, base first. */
  readonly rules: Map<string, DeclaredRules[]>;
  /** Fields whose type was refused. */
  readonly broken: Set<string>;
  readonly positions: Map<string, SourcePosition>;
  /** The class and its bases, as far as they are read. */
  readonly chain: Set<ts.ClassDeclaration>;
  /** What fields of rows are made of, with the decorator that says so; undefined: it was refused. */
  readonly aggregates: Map<string, { readonly model: AggregateModel | undefined; readonly node: ts.Decorator }>;
  /** A member under a symbol, which instances have for the compiler alone. */
  hasMarker?: boolean;
  generate?: KeyGeneration;
  /** `@Released` stands on the class, or on a base of it. */
  released?: true;
  lifetime?: { readonly model: LifetimeModel; readonly owner: ts.Node };
  /** Searched fields. */
  readonly search: Map<string, SearchModel>;
  expires?: { readonly field: string; readonly owner: ts.Node };
  /** Fields that hold keys of documents. */
  readonly references: Map<string, FoundReference>;
}

export function emptyGathered(): GatheredClass {
  return {
    fields: new Map(),
    computed: new Map(),
    indexes: new Map(),
    classIndexes: new Map(),
    vectors: new Map(),
    search: new Map(),
    keyFields: new Set(),
    readonlyFields: new Set(),
    rules: new Map(),
    broken: new Set(),
    positions: new Map(),
    references: new Map(),
    chain: new Set(),
    aggregates: new Map(),
  };
}

/** Notes what a class says of a field, behind what its bases say. */
export function noteRules(name: string, owner: object, rules: readonly ValidationRule[], into: GatheredClass): void {
  const known = into.rules.get(name);
  if (known) known.push({ owner, rules });
  else into.rules.set(name, [{ owner, rules }]);
}

/**
 * The rules that hold for a field, as class-validator merges them: a class's own, and of all its bases those of another
 * sort. `@IsOptional()` is of another sort than `@IsString()`, which is of the same as `@MinLength(3)`.
 */
export function mergedRules(declared: readonly DeclaredRules[], leaf: object): readonly ValidationRule[] {
  const own = declared.filter(({ owner }) => owner === leaf).flatMap(({ rules }) => rules);
  const sorts = new Set(own.map(sortOf));
  const inherited = declared.filter(({ owner }) => owner !== leaf).flatMap(({ rules }) => rules);
  return [...own, ...inherited.filter((rule) => !sorts.has(sortOf(rule)))];
}

/** class-validator's `type` of a rule. */
function sortOf({ name }: ValidationRule): string {
  if (name === 'isOptional' || name === 'validateIf') return 'conditionalValidation';
  return name === 'validateNested' || name === 'validatePromise' ? name : 'customValidation';
}
