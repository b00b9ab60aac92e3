/**
 * What the directory of a node holds and the journal does not, and the other way round: for a node that was refused with
 * `JOURNAL_DIVERGED`, since the engine lost or changed what it had acknowledged. Takes no lock, and changes nothing.
 */
import { DatabaseError } from '@nuthatch/model';
import {
  type CollectionDefinition,
  dumpLines,
  isOwnCollection,
  keptFieldsOf,
  keyToJson,
  LastState,
  type RecoveryTarget,
  type SharedJournal,
  type StoredDocument,
  type StoreKey,
} from '@nuthatch/runtime/cluster';
import { compareCopyWith, readCopy, requirePath } from './copy-status.js';
import { type DatabaseState, directoryState, UnpackedJournal } from './database-states.js';
import { DocumentDigests, DocumentValues } from './document-digests.js';
import { type LostTransaction, lostTransactions } from './lost-transactions.js';
import { withWholeJournal } from './with-journal.js';
import { withWorkDirectory } from './work-directory.js';

/** One document as one side has it. */
export interface DocumentVersion {
  readonly revision: number;
  /** Epoch milliseconds; left out: never. */
  readonly expiresAt?: number;
  /** In the forms of `nuthatch dump`. */
  readonly document: unknown;
}

/** A document that the two sides have not alike. */
export interface DocumentDifference {
  readonly collection: string;
  /** In the forms of `nuthatch dump`. */
  readonly key: unknown;
  /** Left out: the copy has no such document. */
  readonly copy?: DocumentVersion;
  /** Left out: the journal has no such document. */
  readonly journal?: DocumentVersion;
}

export interface CopyComparison {
  /** Absolute. */
  readonly directory: string;
  /** The engine and the journal in words. */
  readonly journal: string;
  /** Number of the last transaction in the copy, and in the journal. */
  readonly copySeq: number;
  readonly journalSeq: number;
  /** The last transaction that both hold alike; undefined: nothing that both keep can tell. */
  readonly commonSeq: number | undefined;
  /** By collection. A copy that is merely behind lacks documents and holds older ones. */
  readonly documents: readonly DocumentDifference[];
  /**
   * The transactions of the copy behind the last common one, as far as its pages keep them; of all that it keeps when that
   * one is not known. Read from the directory while they are asked for.
   */
  lostTransactions(): AsyncGenerator<LostTransaction, void>;
  /** The documents that the copy alone has, or has otherwise, as lines for `nuthatch import`: the copy's side. */
  dump(): AsyncGenerator<string, void>;
}

/**
 * Compares. I/O: the directory and the journal once, or twice if they differ; the newest image is written to a directory
 * beside the copy, which goes again. Memory: about 100 bytes and the key of each document of both, and the documents that
 * differ.
 *
 * @throws DatabaseError `DIRECTORY_UNUSABLE` for what is no copy of this journal, `JOURNAL_NOT_FOUND`,
 *   `JOURNAL_UNFINISHED`, `JOURNAL_UNREACHABLE`, `JOURNAL_DAMAGED`, `INVALID_OPTION`; `CHANGES_GONE` when nodes truncate
 *   meanwhile: repeat it.
 */
export function compareCopy(journal: SharedJournal, directory: string): Promise<CopyComparison> {
  return withWholeJournal(journal, async (found) => {
    const { engine, uuid } = found;
    const path = requirePath(directory);
    const { mark, history } = await readCopy(path);
    if (mark.uuid !== uuid) {
      const what = `${path} is a copy of another journal than ${engine.description}`;
      throw new DatabaseError('DIRECTORY_UNUSABLE', what, { directory: path });
    }
    const { commonSeq, headSeq } = await compareCopyWith(found, mark, history);
    const [own, shared] = await withWorkDirectory(path, async (work) => {
      const unpacked = await UnpackedJournal.of(engine, uuid, `${work}/image`);
      return differing(directoryState(path), unpacked.stateAt(await engine.head()));
    });
    const values = new DocumentValues();
    const differences = [...pairsOf(own, shared)].filter((pair) => !isSame(pair, values));
    return {
      ...{ directory: path, journal: engine.description, commonSeq, copySeq: history.lastSeq, journalSeq: headSeq },
      documents: differences.map(([copy, other]) => differenceOf(copy, other, values)),
      lostTransactions: () => lostTransactions(path, commonSeq),
      dump: () => {
        const documents = differences.flatMap(([copy]) => copy ?? []);
        return dumpLines({ uuid, lastSeq: history.lastSeq }, documents, []);
      },
    };
  });
}

type Documents = ReadonlyMap<string, ReadonlyMap<StoreKey, StoredDocument>>;
type Pair = readonly [copy: StoredDocument | undefined, journal: StoredDocument | undefined];

/** The documents of both whose digests differ. */
async function differing(copy: DatabaseState, journal: DatabaseState): Promise<readonly [Documents, Documents]> {
  const own = await copy.read(() => new DocumentDigests());
  const shared = await journal.read(() => new DocumentDigests());
  const keys = differingKeys(own, shared);
  if (keys.size === 0) return [new Map(), new Map()];
  const ofCopy = await copy.read(() => new ChosenDocuments(keys));
  const ofJournal = await journal.read(() => new ChosenDocuments(keys));
  return [ofCopy.documents(), ofJournal.documents()];
}

function differingKeys(own: DocumentDigests, shared: DocumentDigests): ReadonlyMap<string, ReadonlySet<StoreKey>> {
  const keys = new Map<string, Set<StoreKey>>();
  const [ours, theirs] = [new Map(own.collections()), new Map(shared.collections())];
  for (const [from, other] of [
    [ours, theirs],
    [theirs, ours],
  ] as const)
    for (const [collection, digests] of from) {
      if (isOwnCollection(collection)) continue;
      const others = other.get(collection);
      for (const [key, digest] of digests) {
        if (others?.get(key) === digest) continue;
        const set = keys.get(collection) ?? new Set();
        keys.set(collection, set.add(key));
      }
    }
  return keys;
}

/** Keeps those that are wanted. */
class ChosenDocuments implements RecoveryTarget {
  readonly #keys: ReadonlyMap<string, ReadonlySet<StoreKey>>;
  readonly #state = new LastState<StoredDocument>();

  constructor(keys: ReadonlyMap<string, ReadonlySet<StoreKey>>) {
    this.#keys = keys;
  }

  put(stored: StoredDocument): void {
    const isChosen = this.#keys.get(stored.definition.model.collection)?.has(stored.key) === true;
    this.#state.put(stored, isChosen ? stored : undefined);
  }

  delete(definition: CollectionDefinition, key: StoreKey): void {
    this.#state.delete(definition, key);
  }

  sequence(): void {}

  finish(): void {}

  documents(): Documents {
    return new Map(this.#state.collections());
  }
}

function* pairsOf(own: Documents, shared: Documents): Generator<Pair, void> {
  for (const collection of new Set([...own.keys(), ...shared.keys()])) {
    const [ours, theirs] = [own.get(collection), shared.get(collection)];
    for (const key of new Set([...(ours?.keys() ?? []), ...(theirs?.keys() ?? [])]))
      yield [ours?.get(key), theirs?.get(key)];
  }
}

/**
 * Two nodes may have written one document by two versions of its class: then the fields that both versions have are
 * compared.
 */
function isSame([copy, journal]: Pair, values: DocumentValues): boolean {
  if (copy === undefined || journal === undefined) return copy === journal;
  if (copy.revision !== journal.revision || copy.expiresAt !== journal.expiresAt) return false;
  if (copy.definition.fingerprint === journal.definition.fingerprint)
    return values.textOf(copy) === values.textOf(journal);
  const [ours, theirs] = [fieldsOf(copy, values), fieldsOf(journal, values)];
  return Object.keys(ours).every(
    (name) => !Object.hasOwn(theirs, name) || JSON.stringify(ours[name]) === JSON.stringify(theirs[name]),
  );
}

function fieldsOf(stored: StoredDocument, values: DocumentValues): Readonly<Record<string, unknown>> {
  return values.toJson(stored) as Readonly<Record<string, unknown>>;
}

function differenceOf(
  copy: StoredDocument | undefined,
  journal: StoredDocument | undefined,
  values: DocumentValues,
): DocumentDifference {
  const { definition, key } = (copy ?? journal)!;
  return {
    ...{ collection: definition.model.collection, key: keyToJson(key) },
    ...(copy && { copy: versionOf(copy, values) }),
    ...(journal && { journal: versionOf(journal, values) }),
  };
}

function versionOf(stored: StoredDocument, values: DocumentValues): DocumentVersion {
  const { revision, expiresAt, document } = stored;
  const kept = keptFieldsOf(document);
  return {
    revision,
    ...(expiresAt !== undefined && { expiresAt }),
    document: values.toJson(stored),
    ...(kept && { kept: Buffer.from(kept.bytes).toString('base64') }),
  };
}
