/** The plan of a migration run; and what it comes to, after. */
import { createHash } from 'node:crypto';
import { DatabaseError } from '@nuthatch/model';
import { keptFieldsOf, type PlainFields, withKeptFields } from '../codec/kept-fields.js';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import type { StoredDocument } from '../journal/stored-document.js';
import type { KeepingTarget } from '../recovery/keeping-target.js';
import type { StoreKey } from '../structures/store-key.js';
import type { MigrateDirection } from './migrate-progress.js';
import type { Migration } from './migration.js';
import type { MigrationChain, ModelState } from './migration-chain.js';
import { pendingCounts, requireWayBack } from './run-steps.js';

/** A document before and after; plain, with the fields that its model does not know. */
export interface ChangedDocument {
  readonly collection: string;
  readonly key: StoreKey;
  readonly before: PlainFields | undefined;
  readonly after: PlainFields;
}

export interface Selection {
  readonly today: ReadonlyMap<string, ModelState>;
  readonly definitions: ReadonlyMap<string, CollectionDefinition>;
  /** Those that have something to do, in the order in which they are run or taken back. */
  readonly migrations: readonly Migration[];
  /** Documents end as today's classes have them. */
  readonly isToToday: boolean;
  /** Ids for the manifest once all is done. */
  readonly applied: readonly string[];
}

export interface SelectionInput {
  readonly direction: MigrateDirection;
  readonly target?: string;
  readonly definitions: readonly CollectionDefinition[];
  readonly chain: MigrationChain;
  /** Documents of each stored model. */
  readonly stored: ReadonlyMap<ModelState, number>;
  readonly applied: ReadonlySet<string>;
}

/**
 * Chooses the migrations to run.
 *
 * @throws DatabaseError `INVALID_OPTION` for a target that is not a migration, `MIGRATION_IRREVERSIBLE` for one without way
 *   back.
 */
export function selectMigrations(input: SelectionInput): Selection {
  const { direction, target, chain, applied, stored } = input;
  const definitions = new Map(
    input.definitions.filter(({ model }) => model.storage !== 'memory').map((one) => [one.model.collection, one]),
  );
  const today = todayOf(input.definitions);
  const all = chain.migrations;
  const index = all.findIndex(({ id }) => id === target);
  const isAll = direction === 'down' && target === '0';
  if (target !== undefined && index < 0 && !isAll) {
    const what = `there is no migration ${target}; there are ${all.map(({ id }) => id).join(', ') || 'none'}`;
    throw new DatabaseError('INVALID_OPTION', what, { option: 'target', value: target });
  }
  const pending = pendingCounts({ chain, stored, today, applied });
  if (direction === 'up') {
    const wanted = target === undefined ? all : all.slice(0, index + 1);
    const ids = new Set([...applied, ...wanted.map(({ id }) => id)]);
    const isToToday = wanted.length === all.length;
    const migrations = wanted.filter((migration) => pending.has(migration));
    return { today, definitions, migrations, isToToday, applied: [...ids] };
  }
  const done = all.filter((migration) => !pending.has(migration));
  const staying = target === undefined ? done.slice(0, -1) : done.filter((one) => all.indexOf(one) <= index);
  const migrations = done.filter((one) => !staying.includes(one)).reverse();
  for (const migration of migrations) requireWayBack(migration);
  return { today, definitions, migrations, isToToday: false, applied: staying.map(({ id }) => id) };
}

/**
 * Says what is run: direction, target, every migration with its code, today's classes. Two runs of one plan over one
 * state of the data come to the same; what functions call is not in it. O(migrations · models).
 */
export function planHash(
  {
    direction,
    target,
    migrations,
  }: Pick<SelectionInput, 'direction' | 'target'> & { migrations: readonly Migration[] },
  { definitions }: Pick<Selection, 'definitions'>,
  appliedIds: readonly string[],
): string {
  const steps = migrations.map((migration) => JSON.stringify(migration, withCode));
  const classes = [...definitions.values()].map((one) => [one.fingerprint, String(one.validate)]);
  const plan = JSON.stringify([direction, target, steps, classes, appliedIds]);
  return createHash('sha256').update(plan).digest('hex');
}

function withCode(_: string, value: unknown): unknown {
  return typeof value === 'function' ? String(value) : value;
}

/** Today's models by collection. */
export function todayOf(definitions: readonly CollectionDefinition[]): ReadonlyMap<string, ModelState> {
  return new Map(definitions.map(({ model, fingerprint }) => [model.collection, { model, fingerprint }]));
}

/** The result of a run. */
export interface Outcome {
  readonly documents: readonly StoredDocument[];
  /** Every definition that something of the outcome needs. */
  readonly definitions: readonly CollectionDefinition[];
  readonly sequences: readonly { readonly definition: CollectionDefinition; readonly value: number }[];
  readonly changedCount: number;
  readonly samples: readonly ChangedDocument[];
}

/** Gathers it. O(documents). */
export function outcomeOf(
  { definitions, isToToday }: Selection,
  found: KeepingTarget,
  foundDocuments: readonly StoredDocument[],
  documents: readonly StoredDocument[],
  sampleCount: number,
): Outcome {
  const stored = new Set<object>(foundDocuments.map(({ document }) => document));
  const changed = documents.filter(({ document }) => !stored.has(document));
  const used = new Map<string, CollectionDefinition>();
  for (const { definition } of documents) used.set(definition.model.collection, definition);
  const needed = new Set(documents.map(({ definition }) => definition));
  if (isToToday) {
    for (const [collection, definition] of definitions) {
      used.set(collection, definition);
      needed.add(definition);
    }
  }
  const sequences = sequencesOf(found, documents, used);
  for (const { definition } of sequences) needed.add(definition);
  const samples = samplesOf(foundDocuments, changed, sampleCount);
  return { documents, definitions: [...needed], sequences, changedCount: changed.length, samples };
}

/** Numbers given out stay given out; ids that a migration made count as given out. */
function sequencesOf(
  found: KeepingTarget,
  documents: readonly StoredDocument[],
  used: ReadonlyMap<string, CollectionDefinition>,
): Outcome['sequences'] {
  const highest = new Map<CollectionDefinition, number>();
  for (const { definition, value } of found.sequences())
    highest.set(used.get(definition.model.collection) ?? definition, value);
  for (const { definition, key } of documents) {
    if (definition.model.key.generate !== 'sequence' || typeof key === 'string') continue;
    const now = used.get(definition.model.collection) ?? definition;
    if (Number(key) > (highest.get(now) ?? 0)) highest.set(now, Number(key));
  }
  return [...highest].map(([definition, value]) => ({ definition, value }));
}

function samplesOf(
  found: readonly StoredDocument[],
  changed: readonly StoredDocument[],
  sampleCount: number,
): readonly ChangedDocument[] {
  const chosen = new Map<string, Map<StoreKey, PlainFields>>();
  for (const { definition, key, document } of changed) {
    const { collection } = definition.model;
    const ofCollection = chosen.get(collection) ?? new Map<StoreKey, PlainFields>();
    chosen.set(collection, ofCollection);
    if (ofCollection.size < sampleCount) ofCollection.set(key, wholeOf(document));
  }
  const before = new Map<string, PlainFields>();
  for (const { definition, key, document } of found) {
    const { collection } = definition.model;
    if (chosen.get(collection)?.has(key)) before.set(`${collection}\n${typeof key}${String(key)}`, wholeOf(document));
  }
  return [...chosen].flatMap(([collection, documents]) =>
    [...documents].map(([key, after]) => ({
      collection,
      key,
      before: before.get(`${collection}\n${typeof key}${String(key)}`),
      after,
    })),
  );
}

function wholeOf(document: object): PlainFields {
  const kept = keptFieldsOf(document);
  return kept === undefined ? { ...document } : withKeptFields(document as PlainFields, kept.fields);
}
