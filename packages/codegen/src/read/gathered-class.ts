import type { ComputedFieldModel, FieldModel, IndexModel, KeyGeneration } from '@nuthatch/model';
import type { ts } from 'ts-morph';
import type { SourcePosition } from '../document-source.js';

/** What is gathered along the chain of bases, base first. */
export interface GatheredClass {
  readonly fields: Map<string, FieldModel>;
  readonly computed: Map<string, ComputedFieldModel>;
  readonly indexes: Map<string, IndexModel>;
  readonly classIndexes: Map<string, IndexModel>;
  readonly keyFields: Set<string>;
  readonly positions: Map<string, SourcePosition>;
  /** The class and its bases, as far as they are read. */
  readonly chain: Set<ts.ClassDeclaration>;
  generate?: KeyGeneration;
  expires?: { readonly field: string; readonly owner: ts.Node };
}

export function emptyGathered(): GatheredClass {
  return {
    fields: new Map(),
    computed: new Map(),
    indexes: new Map(),
    classIndexes: new Map(),
    keyFields: new Set(),
    positions: new Map(),
    chain: new Set(),
  };
}
