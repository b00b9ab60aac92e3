/** What the readers of an open database are made of. */
import type { Collection } from '../../collection/collection.js';
import type { CollectionDefinition } from '../../definition/collection-definition.js';
import type { ViewDefinition } from '../../definition/view-definition.js';
import type { DatabaseSource } from '../../diagnostics/database-source.js';
import type { ChangeFeed } from '../../feed/change-feed.js';
import type { Journal } from '../../journal/journal.js';
import type { Clock } from '../../time/clock.js';
import { type DatabaseFiles, openView } from '../maintenance.js';
import type { NodeJournal } from '../shared-journal.js';
import { identitiesOf } from './identities.js';
import { ReaderHost } from './reader-host.js';
import { requireSharedMemory } from './shared-words.js';

export interface HostingParts {
  readonly collections: ReadonlyMap<string, Collection>;
  readonly viewDefinitions: readonly ViewDefinition[];
  readonly releases: Collection;
  readonly feed: ChangeFeed;
  readonly journal: Journal;
  readonly node?: NodeJournal | undefined;
  readonly files: DatabaseFiles | undefined;
  readonly source: DatabaseSource;
  readonly environment: { readonly clock: Clock };
}

/** @throws DatabaseError `SHARED_MEMORY_MISSING`. */
export function hostOf(parts: HostingParts): ReaderHost {
  requireSharedMemory();
  const { collections, viewDefinitions, releases, feed, journal, node, files, source, environment } = parts;
  const definitions: readonly CollectionDefinition[] = [...collections.values()].map(({ definition }) => definition);
  return new ReaderHost({
    collections: [...collections.values(), releases],
    identities: identitiesOf(definitions, viewDefinitions),
    keyValues: definitions.filter(({ isKeyValue }) => isKeyValue === true).map(({ model }) => model.collection),
    feed,
    uuid: source.uuid,
    name: source.name,
    openView: (shown) => openView(shown, undefined, [], false),
    atSettled: async (work) => (node === undefined ? work() : node.atSettled(work)),
    lastSeq: () => journal.lastSeq,
    isBusy: () => files?.journal.isBusy === true,
    now: () => environment.clock.now(),
  });
}
