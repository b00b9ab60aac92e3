/** What the tests of the disk half share: one small collection, a target that is a Map, ways to open and to write. */

import { type DocumentModel, type FieldModel, type FieldType, modelFingerprint } from '@nuthatch/model';
import { createModelCodec } from '../src/codec/model-codec.js';
import type { CollectionDefinition } from '../src/definition/collection-definition.js';
import type { FileHandle, FileSystem } from '../src/file-system/file-system.js';
import type { Effect, JournaledTransaction } from '../src/journal/effect.js';
import type { FileJournalOptions } from '../src/journal/file-journal-options.js';
import type { JournalListener } from '../src/journal/journal.js';
import type { StoredDocument } from '../src/journal/stored-document.js';
import { type OpenFileJournalInput, openFileJournal } from '../src/recovery/open-file-journal.js';
import type { RecoveryTarget } from '../src/recovery/recovery-target.js';
import type { StoreKey } from '../src/structures/store-key.js';

export const DIRECTORY = '/data/db';

export interface Item {
  readonly id: string;
  readonly value: number;
  readonly text?: string | undefined;
}

/** A field of a model made by hand. */
export function field(name: string, type: FieldType, more: Partial<FieldModel> = {}): FieldModel {
  return { name, type, optional: false, rules: [], ...more };
}

/** A model made by hand. */
export function model(fields: readonly FieldModel[], collection: string = 'item'): DocumentModel {
  const name = collection.charAt(0).toUpperCase() + collection.slice(1);
  return { name, collection, storage: 'disk', key: { fields: ['id'] }, fields, computed: [], indexes: [] };
}

/** A definition over a model, with the run-time codec in the place of a generated one. */
export function definitionOf(documentModel: DocumentModel): CollectionDefinition {
  return {
    model: documentModel,
    fingerprint: modelFingerprint(documentModel),
    declarationFingerprint: 'declared',
    documentClass: Object,
    codec: createModelCodec(documentModel) as CollectionDefinition['codec'],
    unknownFields: () => undefined,
    build: (input) => {
      const document: Record<string, unknown> = {};
      for (const each of documentModel.fields) {
        const given = (input as Record<string, unknown>)[each.name];
        const preset = each.default?.kind === 'literal' ? JSON.parse(each.default.json) : undefined;
        // Null is a value.
        document[each.name] = given === undefined ? preset : given;
      }
      return document;
    },
    merge: (document, patch) => ({ ...document, ...patch }),
    validate: () => undefined,
    seal: (document) => Object.freeze(document),
  };
}

export const ITEM_MODEL = model([
  field('id', { kind: 'string' }),
  field('value', { kind: 'number' }),
  field('text', { kind: 'string' }, { optional: true }),
]);
export const ITEMS: CollectionDefinition = definitionOf(ITEM_MODEL);

/** The effect of writing one item. */
export function put(id: string, value: number, text?: string, definition: CollectionDefinition = ITEMS): Effect {
  return { kind: 'put', definition, key: id, document: { id, value, text }, revision: 1 };
}

/** A transaction of these effects, at a fixed time. */
export function transaction(...effects: readonly Effect[]): JournaledTransaction {
  return { timeMs: 1_700_000_000_000, effects };
}

/** Memory in its simplest form. */
export class MapTarget implements RecoveryTarget {
  readonly documents = new Map<StoreKey, Item>();
  readonly puts: {
    collection: string;
    key: StoreKey;
    document: object;
    revision: number;
    expiresAt: number | undefined;
  }[] = [];
  readonly sequences = new Map<string, number>();
  isFinished = false;

  put({ definition, key, document, revision, expiresAt }: StoredDocument): void {
    this.documents.set(key, document as Item);
    this.puts.push({ collection: definition.model.collection, key, document, revision, expiresAt });
  }

  delete(_definition: CollectionDefinition, key: StoreKey): void {
    this.documents.delete(key);
  }

  sequence(definition: CollectionDefinition, value: number): void {
    this.sequences.set(definition.model.collection, value);
  }

  finish(): void {
    this.isFinished = true;
  }

  /** Key → value of all items, sorted. */
  get values(): Record<string, number> {
    const entries = [...this.documents].map(([key, item]) => [String(key), item.value] as const);
    return Object.fromEntries(entries.sort(([left], [right]) => (left < right ? -1 : 1)));
  }
}

/** A listener that only remembers. */
export class RecordingListener implements JournalListener {
  writtenSeq = 0;
  syncedSeq = 0;
  failure: unknown;
  written(seq: number): void {
    this.writtenSeq = Math.max(this.writtenSeq, seq);
  }
  synced(seq: number): void {
    this.syncedSeq = Math.max(this.syncedSeq, seq);
    this.written(seq);
  }
  failed(error: unknown): void {
    this.failure = error;
  }
}

type OpenMore = Partial<Omit<OpenFileJournalInput, 'fileSystem' | 'options'>> & {
  readonly options?: FileJournalOptions;
};

/** Opens, recovers into a new MapTarget and listens. */
export async function openItems(fileSystem: FileSystem, more: OpenMore = {}) {
  const target = new MapTarget();
  const input = { directory: DIRECTORY, fileSystem, definitions: [ITEMS], ...more };
  const { journal, report } = await openFileJournal(input, target);
  const listener = new RecordingListener();
  journal.listen(listener);
  return { journal, target, report, listener };
}

/** Writes `count` transactions of one item each (`k0`, `k1` …, value = first + n), then closes. */
export async function writeItems(
  fileSystem: FileSystem,
  count: number,
  options: FileJournalOptions = {},
  first: number = 0,
): Promise<void> {
  const { journal } = await openItems(fileSystem, { options });
  for (let index = 0; index < count; index++) {
    journal.append(transaction(put(`k${first + index}`, first + index)), 'fsync');
    await journal.flush();
  }
  await journal.close();
}

/** All of a file. */
export async function readFile(fileSystem: FileSystem, path: string): Promise<Uint8Array> {
  const handle: FileHandle = await fileSystem.open(path, 'read');
  const data = new Uint8Array(await handle.size());
  let done = 0;
  while (done < data.length) {
    const count = await handle.read(data.subarray(done), done);
    if (count === 0) break;
    done += count;
  }
  await handle.close();
  return data;
}

/** Where the last frame of a page ends; zeros may follow, room made ahead. */
export function endOfFrames(page: Uint8Array): number {
  const bytes = Buffer.from(page.buffer, page.byteOffset, page.byteLength);
  const magicAt = bytes.lastIndexOf('NUTF');
  return magicAt - 4 + bytes.readUInt32LE(magicAt + 4);
}

/** Puts other bytes in the place of a file. */
export async function replaceFile(fileSystem: FileSystem, path: string, data: Uint8Array): Promise<void> {
  if (await fileSystem.stat(path)) await fileSystem.remove(path);
  const handle = await fileSystem.open(path, 'create-exclusive');
  await handle.write(data, 0);
  await handle.close();
}
