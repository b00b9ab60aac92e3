/** The documents of a directory, model by model, and the pending migrations: `nuthatch migrate status`. */
import type { DocumentModel } from '@nuthatch/model';
import { checkInput, type ShapeOf, STORAGE_SHAPE } from '../definition/checked-input.js';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import { STORAGE_COLLECTION } from '../definition/storage-mark.js';
import { withDirectoryErrors } from '../file-system/directory-error.js';
import type { FileSystem } from '../file-system/file-system.js';
import { NodeFileSystem } from '../file-system/node-file-system.js';
import { type PageCodecOptions, PageCodecs } from '../journal/page-codecs.js';
import type { Migration } from './migration.js';
import { MigrationChain } from './migration-chain.js';
import { todayOf } from './migration-plan.js';
import { readLive } from './read-live.js';
import { pendingCounts } from './run-steps.js';
import { StoredStates } from './working-documents.js';

export interface MigrationStatusInput extends PageCodecOptions {
  readonly directory: string;
  readonly definitions: readonly CollectionDefinition[];
  readonly migrations: readonly Migration[];
  readonly fileSystem?: FileSystem;
}

/** Documents of one model. */
export interface StoredModelStatus {
  readonly collection: string;
  /** Class name of that time. */
  readonly name: string;
  readonly fingerprint: string;
  readonly documentCount: number;
  /**
   * `today`: written by today’s model. `older`: by another one. `keyValue`: a store of keys and values, which needs no class.
   * `unknown`: no class defines the collection.
   */
  readonly state: 'today' | 'older' | 'keyValue' | 'unknown';
}

export interface MigrationStepStatus {
  readonly id: string;
  /** `pending`: documents wait for it, or it sees the whole database and has not run. */
  readonly state: 'applied' | 'pending';
  /** Documents that are to go through it. */
  readonly documentCount: number;
  /** True: opening refuses the directory until `migrate up` has run it. */
  readonly isBlocking: boolean;
}

export interface MigrationStatus {
  readonly lastSeq: number;
  readonly models: readonly StoredModelStatus[];
  readonly migrations: readonly MigrationStepStatus[];
}

/**
 * Reads the directory, which another process may have open, and changes nothing. I/O: every byte that an open would read.
 *
 * @throws DatabaseError `DIRECTORY_UNUSABLE` when there is no database, `JOURNAL_DAMAGED`.
 */
export async function migrationStatus(input: MigrationStatusInput): Promise<MigrationStatus> {
  const shape: ShapeOf<MigrationStatusInput> = {
    directory: 'path',
    definitions: 'list',
    migrations: 'list',
    ...STORAGE_SHAPE,
  };
  checkInput('migrationStatus', input, shape);
  const { directory, definitions, migrations, fileSystem = new NodeFileSystem() } = input;
  const { found, report } = await withDirectoryErrors(directory, () =>
    readLive(fileSystem, directory, new PageCodecs(input)),
  );
  const { manifest, lastSeq } = report;
  const today = todayOf(definitions);
  const chain = new MigrationChain(migrations);
  const pending = pendingCounts({
    chain,
    stored: new StoredStates().count(found.documents()),
    today,
    applied: new Set(manifest.migrations ?? []),
  });
  const counts = new Map<CollectionDefinition, number>();
  for (const { definition } of found.documents())
    if (definition.model.collection !== STORAGE_COLLECTION) counts.set(definition, (counts.get(definition) ?? 0) + 1);
  const models = [...counts].map(([{ model, fingerprint }, documentCount]): StoredModelStatus => {
    const { collection, name } = model;
    return { collection, name, fingerprint, documentCount, state: stateOf(model, fingerprint, today.get(collection)) };
  });
  const steps = migrations.map((migration): MigrationStepStatus => {
    const documentCount = pending.get(migration) ?? 0;
    const isPending = pending.has(migration);
    const isBlocking = isPending && migration.database !== undefined;
    return { id: migration.id, state: isPending ? 'pending' : 'applied', documentCount, isBlocking };
  });
  return { lastSeq, models, migrations: steps };
}

function stateOf(
  { fields }: DocumentModel,
  fingerprint: string,
  own: { readonly fingerprint: string } | undefined,
): StoredModelStatus['state'] {
  if (own !== undefined) return own.fingerprint === fingerprint ? 'today' : 'older';
  return fields.some(({ type }) => type.kind === 'any') ? 'keyValue' : 'unknown';
}
