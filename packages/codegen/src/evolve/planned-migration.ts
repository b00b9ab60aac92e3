/** The input and the result of planning. */

import type { DocumentModel } from '@nuthatch/model';
import type { EarlierModels } from '../emit/models-emitter.js';
import type { ClassRename } from './find-renames.js';
import type { BranchStep } from './migration-branches.js';
import type { MigrationRecord } from './migration-record.js';
import type { MovedEnum } from './moved-enums.js';
import type { KeptTypes } from './noted-models.js';

/** A migration that is to be written; what its code is made from. */
export interface PlannedMigration {
  readonly record: MigrationRecord;
  readonly stub?: {
    readonly before: DocumentModel;
    readonly after: DocumentModel;
    readonly renamedFrom: ReadonlyMap<string, string>;
    /** Enums whose members got other numbers. */
    readonly moved?: readonly MovedEnum[];
    /** Number of the older version of the class. */
    readonly version: number;
  };
  /** The input for the stub of a whole-database migration; its models are the record's. */
  readonly database?: {
    readonly changes: readonly string[];
    readonly renamedFrom: ReadonlyMap<string, ReadonlyMap<string, string>>;
  };
  /** The other branch's part in it, where two branches changed one collection. */
  readonly merged?: { readonly before: DocumentModel; readonly after: DocumentModel; readonly other: BranchStep };
}

export interface EvolutionState {
  /** Migrations that are there. */
  readonly records: readonly MigrationRecord[];
  /** The models as they were generated last. */
  readonly oldModels: readonly DocumentModel[];
  /** The migrations those were generated with; others mean that branches were merged or folders removed since. */
  readonly oldHeads: readonly string[];
  readonly classRenames?: readonly ClassRename[];
  /** Models that collections had since their last migrations. */
  readonly earlier?: EarlierModels;
  /** Fields that collections had and documents still have. */
  readonly kept?: KeptTypes | undefined;
  /** Enums whose members got other numbers, by collection. */
  readonly moved?: Readonly<Record<string, readonly MovedEnum[]>>;
}
