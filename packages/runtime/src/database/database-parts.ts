/** What a database is made of: its opening makes these, and the database owns them from then on. */
import type { Collection } from '../collection/collection.js';
import type { Environment } from '../collection/writing/environment.js';
import type { ExpiryQueue } from '../collection/writing/expiry-queue.js';
import type { MemoryLimit } from '../commit/memory-limit.js';
import type { StorageMark } from '../definition/storage-mark.js';
import type { ViewDefinition } from '../definition/view-definition.js';
import type { DatabaseSource } from '../diagnostics/database-source.js';
import type { ChangeFeed } from '../feed/change-feed.js';
import type { Journal } from '../journal/journal.js';
import type { RecoveryReport } from '../recovery/recovery-target.js';
import type { UnknownCollections } from '../recovery/unknown-collections.js';
import type { DecodedCache } from '../undecoded/decoded-cache.js';
import type { BlobParts } from './blob-users.js';
import type { DatabaseEvents } from './database-events.js';
import type { ResolvedOptions } from './database-options.js';
import type { DatabaseFiles } from './maintenance.js';
import type { NodeJournal } from './shared-journal.js';
import type { DatabaseIdentity } from './sync-port.js';

/** The parts that the opening made; the database owns them from now on. */
export interface DatabaseParts {
  readonly options: ResolvedOptions;
  readonly identity: DatabaseIdentity;
  readonly source: DatabaseSource;
  readonly collections: ReadonlyMap<string, Collection>;
  /** The rows of views. */
  readonly views: ReadonlyMap<string, Collection>;
  readonly viewDefinitions: readonly ViewDefinition[];
  /** The records of sync; it has no repository. */
  readonly records: Collection;
  /** Every release; it has no repository. */
  readonly releases: Collection;
  readonly journal: Journal;
  readonly expiry: ExpiryQueue<Collection>;
  readonly feed: ChangeFeed;
  readonly recovery: RecoveryReport | undefined;
  readonly files: DatabaseFiles | undefined;
  readonly marks: ReadonlyMap<string, StorageMark>;
  readonly events: DatabaseEvents;
  readonly environment: Environment;
  readonly blobs: BlobParts;
  /** `journal`, where several nodes share it. */
  readonly node?: NodeJournal;
  /** Documents from other nodes that no class here defines. */
  readonly unknown?: UnknownCollections;
  readonly cache: DecodedCache | undefined;
  readonly memory: MemoryLimit | undefined;
}
