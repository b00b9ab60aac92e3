/** A document class as the generator knows it: its model, and where its code is to be imported from. */

import type { DocumentModel } from '@nuthatch/model';
import type { ts } from '@ts-morph/common';
import type { EnumMembers } from './evolve/noted-models.js';
import type { FoundReference } from './read/found-reference.js';

export interface DocumentSource {
  /** Of the first of its collections, where there are several. */
  readonly model: DocumentModel;
  /** All of them, where `@Document` names several. */
  readonly collections?: readonly string[];
  /** Absolute path of the module that exports the class. */
  readonly file: string;
  /** Name under which it is exported: its own, another, or `default`. */
  readonly exportName: string;
  /** Made by `defineDocument()`: a value, with no type of its name. */
  readonly isDefined: boolean;
  /** Nested classes by name: where each is exported. */
  readonly nestedClasses: readonly ClassReference[];
  /** Fields beyond the key's that the class calls `readonly`: set by an insert, changed by no update. */
  readonly readonlyFields: ReadonlySet<string>;
  /** The names of all document classes: generated types give way to them. */
  readonly classNames?: ReadonlySet<string>;
  /** Enums of numbers in its types, by name. */
  readonly enums?: Readonly<Record<string, EnumMembers>>;
  /** What declares the class: references of others are found by it. */
  readonly declaration?: ts.Node;
  /** Fields of `@Ref`; they stand in the model once all classes are read. */
  readonly foundReferences?: readonly FoundReference[];
  /** Position of the class, for diagnostics. */
  readonly position: SourcePosition;
  /** Positions of fields and getters by name. */
  readonly fieldPositions: ReadonlyMap<string, SourcePosition>;
}

/** The models of a class: one for each of its collections. */
export function modelsOf({ model, collections = [] }: DocumentSource): readonly DocumentModel[] {
  return [model, ...collections.slice(1).map((collection) => ({ ...model, collection }))];
}

export interface ClassReference {
  readonly className: string;
  /** Name under which it is exported: its own, another, or `default`. */
  readonly exportName: string;
  readonly file: string;
  /** It has type parameters. */
  readonly isGeneric?: boolean;
}

/** The text of an import statement that brings in an export under a name: `Player`, `default as Player`. */
export function importedAs(exportName: string, name: string): string {
  return exportName === name ? name : `${exportName} as ${name}`;
}

/** One-based line and column. */
export interface SourcePosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}
