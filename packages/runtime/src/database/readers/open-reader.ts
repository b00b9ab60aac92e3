/** Opens a reader: the documents and indexes of a database in another thread, where they lie in shared memory. */
import type { MessagePort } from 'node:worker_threads';
import { DatabaseError } from '@nuthatch/model';
import type { Collection } from '../../collection/collection.js';
import { REAL_ENVIRONMENT } from '../../collection/writing/environment.js';
import type { CollectionDefinition } from '../../definition/collection-definition.js';
import { noteDefinition } from '../../definition/definitions-of-classes.js';
import { keyValueDefinitions } from '../../definition/key-value-definition.js';
import { showValue } from '../../definition/show-value.js';
import { optionsObject } from '../../definition/unknown-option.js';
import type { ViewDefinition } from '../../definition/view-definition.js';
import type { StoredTransaction } from '../../journal/journal.js';
import { StoredDocuments } from '../../recovery/stored-documents.js';
import { SLICE_MS } from '../../scheduling/slice-clock.js';
import { runStepsInSlices } from '../../scheduling/steps.js';
import { assembleDatabase, type PreparedParts, prepareParts, tieCollections } from '../assemble-database.js';
import { Database } from '../database.js';
import { resolveOptions } from '../database-options.js';
import { checkDefinitions, requireDefinitions } from '../definition-check.js';
import { fillViews } from '../open-database.js';
import { checkViews } from '../view-check.js';
import { identitiesOf } from './identities.js';
import { imageDifference } from './image-difference.js';
import { loadSharedImage } from './load-shared-image.js';
import { LogFollower } from './log-follower.js';
import { PROTOCOL, type Welcome } from './messages.js';
import { OwnerLink } from './owner-link.js';
import { OpenReader, type Reader } from './reader.js';
import { ReaderJournal } from './reader-journal.js';
import { ReaderProgress } from './reader-progress.js';
import type { SharedImage } from './shared-image.js';
import { OwnerWords, ReaderWords, requireSharedMemory } from './shared-words.js';

export interface ReaderOptions {
  /**
   * `auto`: the reader advances by itself, in turns of the loop of its own; `manual`: when `advance()` or `caughtUp()` is
   * called, and at no other time. Default `auto`.
   */
  readonly advance?: 'auto' | 'manual';
  /** Bytes of decoded documents that stay in this thread's memory, as estimated. Default: no limit. */
  readonly cacheBytes?: number;
  /** Changes kept in memory so that a loop over changes can go on from a seq. Default 1,000. */
  readonly historyChangeCount?: number;
  /** Bytes of documents those changes may hold, as estimated. Default 4 MiB. */
  readonly historyBytes?: number;
  /** How logs and metrics call the reader. Default: as the database, with ` (reader)`. */
  readonly name?: string;
}

const OPTIONS = ['advance', 'cacheBytes', 'historyChangeCount', 'historyBytes', 'name'];

/**
 * Called through the generated `openReader`, which knows the classes. Resolves when reads can be answered.
 *
 * @param port of `db.readerPort()`, transferred to this thread; each reader needs its own.
 * @throws DatabaseError `INVALID_OPTION`, `MODEL_MISMATCH` when the database was built from other classes, `READER_ENDED`,
 *   `SHARED_MEMORY_MISSING`, `INVALID_MODEL` for a collection with the name of a member of readers.
 */
export async function openReader<Repos extends object, Tx>(
  ofClasses: readonly CollectionDefinition[],
  port: MessagePort,
  options?: ReaderOptions,
  views: readonly ViewDefinition[] = [],
): Promise<Reader<Repos, Tx>> {
  requireDefinitions(ofClasses, []);
  const { advance = 'auto', ...rest } = optionsObject(options, 'openReader', OPTIONS);
  if (advance !== 'auto' && advance !== 'manual')
    throw new DatabaseError('INVALID_OPTION', `\`advance\` must be 'auto' or 'manual', found ${showValue(advance)}`, {
      option: 'advance',
    });
  resolveOptions({ memory: true, ...rest });
  const isReserved = (name: string): boolean => name in OpenReader.prototype || name in Database.prototype;
  checkDefinitions(ofClasses, isReserved);
  checkViews(views, ofClasses, isReserved);
  requireSharedMemory();
  const link = new OwnerLink(port);
  try {
    const identities = identitiesOf(ofClasses, views);
    const welcome = await link.ask({ kind: 'hello', protocol: PROTOCOL, identities });
    const name = rest.name ?? `${welcome.name} (reader)`;
    const parts = partsFor(ofClasses, views, welcome, { ...rest, name });
    return await follow<Repos, Tx>(link, parts, welcome, advance === 'auto');
  } catch (error) {
    link.close();
    if (DatabaseError.is(error)) throw error;
    const what = 'what came over the port of a reader could not be loaded';
    throw new DatabaseError('READER_ENDED', what, {}, { cause: error });
  }
}

function partsFor(
  ofClasses: readonly CollectionDefinition[],
  views: readonly ViewDefinition[],
  { keyValues }: Welcome,
  rest: Omit<ReaderOptions, 'advance'>,
): PreparedParts {
  const definitions = [...ofClasses, ...keyValueDefinitions(keyValues, ofClasses)];
  for (const definition of definitions) noteDefinition(definition);
  return prepareParts(definitions, resolveOptions({ memory: true, ...rest }), REAL_ENVIRONMENT, views);
}

async function follow<Repos extends object, Tx>(
  link: OwnerLink,
  parts: PreparedParts,
  welcome: Welcome,
  isAutomatic: boolean,
): Promise<Reader<Repos, Tx>> {
  const { image, uuid, position, segments } = welcome;
  const collections = shownCollections(parts);
  const documents = new StoredDocuments([...collections.values()].map(({ definition }) => definition));
  for (const model of welcome.models) documents.add(model);
  await loadSharedImage(image, collections, documents);
  tieCollections(parts, undefined);
  const journal = new ReaderJournal(image.seq);
  await fillViews(parts, { journal });
  const opened = { journal, node: journal, nodeUuid: uuid, recovery: undefined, files: undefined, marks: new Map() };
  const database = assembleDatabase<Tx>(parts, opened);
  const ownerWords = new OwnerWords(welcome.ownerWords);
  const readerWords = new ReaderWords(welcome.readerWords);
  const follower = new LogFollower(ownerWords, documents, position, segments);
  const difference = (newer: SharedImage): Promise<StoredTransaction> => differenceTo(newer, parts, welcome);
  const progress = new ReaderProgress({ link, journal, follower, ownerWords, readerWords, isAutomatic, difference });
  const names = [...parts.collections.keys(), ...parts.views.keys()];
  const reader = new OpenReader<Tx>(database, progress, names);
  await progress.start();
  return reader as Reader<Repos, Tx>;
}

/** Those of the classes, and the releases. */
function shownCollections({ collections, releases }: PreparedParts): ReadonlyMap<string, Collection> {
  return new Map([...collections, [releases.name, releases]]);
}

/** The newer image is loaded beside what the reader shows, compared with it, and let go of. */
async function differenceTo(image: SharedImage, parts: PreparedParts, { models }: Welcome): Promise<StoredTransaction> {
  const { definitions, options, environment } = parts;
  const own = shownCollections(parts);
  const newer = shownCollections(prepareParts(definitions, options, environment));
  const documents = new StoredDocuments([...own.values()].map(({ definition }) => definition));
  for (const model of models) documents.add(model);
  await loadSharedImage(image, newer, documents);
  const effects = await runStepsInSlices(imageDifference(own, newer), SLICE_MS.reading);
  const writeCounts = effects.map((_, index) => index + 1);
  return { seq: image.seq, timeMs: environment.clock.now(), effects, writeCounts };
}
