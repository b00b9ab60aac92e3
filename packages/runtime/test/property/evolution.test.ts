/**
 * Random models, random documents, random histories of the model: nothing is lost on any way there and back.
 *
 *   read lazily by the newest model = migrated and read; indexes answer as a scan does; what older code writes in
 *   between keeps what it does not know; and migrated down again, every document is what it was.
 */
import {
  DatabaseError,
  type DocumentModel,
  type FieldModel,
  type FieldType,
  modelFingerprint,
  modelsHash,
} from '@nuthatch/model';
import fc from 'fast-check';
import { MemoryFileSystem } from '../../src/file-system/memory-file-system.js';
import { type MigrateInput, migrateDirectory } from '../../src/migration/migrate-directory.js';
import type { Migration } from '../../src/migration/migration.js';
import { definitionOf } from '../support/definition-of-model.js';
import { repeats } from '../support/long-run.js';
import { DIRECTORY, type Fields, field, modelWith, NUMBER, openModels, STRING } from '../support/open-models.js';

const HISTORY_COUNT = repeats('NUTHATCH_EVOLUTIONS', 120);

/** A type, and values of it. */
interface Typed {
  readonly type: FieldType;
  readonly value: fc.Arbitrary<unknown>;
}

const text = fc.oneof(fc.string({ maxLength: 6 }), fc.constantFrom('__proto__', 'é', '\ud800'));
const number = fc.oneof(fc.integer({ min: -50, max: 50 }), fc.constantFrom(-0, 0.1, 2 ** 53 - 1));
const SCALARS: readonly Typed[] = [
  { type: STRING, value: text },
  { type: NUMBER, value: number },
  { type: { kind: 'boolean' }, value: fc.boolean() },
  { type: { kind: 'bigint' }, value: fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }) },
  { type: { kind: 'date' }, value: fc.integer().map((ms) => new Date(ms)) },
  { type: { kind: 'literal', values: ['x', 'y', 3] }, value: fc.constantFrom('x', 'y', 3) },
];

const scalar = fc.constantFrom(...SCALARS);
const inner = fc.record({ a: scalar, b: scalar }).map(({ a, b }): Typed => {
  const fields = [field('a', a.type), field('b', b.type, { optional: true })];
  const value = fc.record({ a: a.value, b: b.value }, { requiredKeys: ['a'] });
  return { type: { kind: 'object', fields }, value };
});
const typed: fc.Arbitrary<Typed> = fc.oneof(
  scalar,
  inner,
  fc.oneof(scalar, inner).map(({ type, value }): Typed => {
    return { type: { kind: 'array', element: type }, value: fc.array(value, { maxLength: 3 }) };
  }),
  inner.map(({ type, value }): Typed => {
    const entries = fc.array(fc.tuple(text, value), { maxLength: 3 });
    return { type: { kind: 'map', key: STRING, value: type }, value: entries.map((list) => new Map(list)) };
  }),
  scalar.map(({ type, value }): Typed => {
    return { type: { kind: 'nullable', of: type }, value: fc.oneof(value, fc.constant(null)) };
  }),
);

/** The first model and its documents. */
const beginning = fc
  .array(fc.record({ typed, optional: fc.boolean() }), { minLength: 1, maxLength: 5 })
  .chain((list) => {
    const fields = list.map(({ typed: { type }, optional }, index) => field(`f${index}`, type, { optional }));
    const values = Object.fromEntries(list.map(({ typed: { value } }, index) => [`f${index}`, value]));
    const requiredKeys = list.flatMap(({ optional }, index) => (optional ? [] : [`f${index}`]));
    const documents = fc
      .array(fc.record(values, { requiredKeys }), { maxLength: 5 })
      .map((all): readonly Fields[] => all.map((one, index) => ({ ...one, id: `p${index}` })));
    return fc.record({ model: fc.constant(modelWith(fields)), documents });
  });

type Change = readonly [kind: 'add' | 'remove' | 'move' | 'widen' | 'inside' | 'rename' | 'index', pick: number];

const generations = fc.array(
  fc.array(
    fc.tuple(
      fc.constantFrom('add', 'remove', 'move', 'widen', 'inside', 'rename', 'index'),
      fc.nat(20),
    ) as fc.Arbitrary<Change>,
    { minLength: 1, maxLength: 3 },
  ),
  { minLength: 1, maxLength: 4 },
);

interface History {
  /** Oldest first. */
  readonly models: readonly DocumentModel[];
  readonly migrations: readonly Migration[];
}

/** Plays the changes; each generation that renames has a migration, the others need none. */
function historyOf(first: DocumentModel, changes: readonly (readonly Change[])[]): History {
  const models = [first];
  const migrations: Migration[] = [];
  let nextName = 0;
  for (const generation of changes) {
    const before = models.at(-1) as DocumentModel;
    const renames = new Map<string, string>();
    let after = before;
    for (const [kind, pick] of generation) after = changed(after, kind, pick, renames, () => `n${nextName++}`);
    // Renamed and then removed in one generation: gone under its old name.
    for (const name of renames.keys()) if (!after.fields.some((one) => one.name === name)) renames.delete(name);
    models.push(after);
    if (renames.size > 0) migrations.push(renaming(migrations.length, before, after, renames));
  }
  return { models, migrations };
}

function changed(
  model: DocumentModel,
  kind: Change[0],
  pick: number,
  renames: Map<string, string>,
  fresh: () => string,
): DocumentModel {
  const fields = model.fields.slice(1);
  const at = fields.length === 0 ? 0 : pick % fields.length;
  const chosen = fields[at];
  const put = (list: readonly FieldModel[]): DocumentModel => {
    const names = new Set(['id', ...list.map(({ name }) => name)]);
    const indexes = model.indexes.filter((index) => index.fields.every((name) => names.has(name)));
    return { ...model, fields: [field('id', STRING), ...list], indexes };
  };
  if (kind === 'add')
    return put([
      ...fields,
      pick % 2 === 0
        ? field(fresh(), NUMBER, { default: { kind: 'literal', json: String(pick) } })
        : field(fresh(), STRING, { optional: true }),
    ]);
  if (kind === 'index') {
    if (model.indexes.length > 0) return { ...model, indexes: [] };
    return { ...model, indexes: [{ name: 'id', kind: 'range', fields: ['id'] }] };
  }
  if (chosen === undefined) return model;
  const replace = (now: FieldModel): DocumentModel => put(fields.map((one, index) => (index === at ? now : one)));
  if (kind === 'remove') return put(fields.filter((one) => one !== chosen));
  if (kind === 'move') return put([...fields.slice(at + 1), ...fields.slice(0, at + 1)]);
  if (kind === 'widen') return replace({ ...chosen, ...widened(chosen, pick) });
  if (kind === 'inside') return replace({ ...chosen, type: changedInside(chosen.type, pick) });
  const name = fresh();
  const oldName = renames.get(chosen.name) ?? chosen.name;
  renames.delete(chosen.name);
  if (model.fields.length > 0) renames.set(name, oldName);
  return replace({ ...chosen, name });
}

function widened({ type }: FieldModel, pick: number): Partial<FieldModel> {
  if (pick % 3 === 0) return { optional: true };
  if (type.kind === 'literal') return { type: { ...type, values: [...type.values, `v${type.values.length}`] } };
  if (type.kind === 'nullable' || type.kind === 'union') return { optional: true };
  if (pick % 3 === 1 && type.kind === 'number') return { type: { kind: 'union', members: [type, STRING] } };
  return { type: { kind: 'nullable', of: type } };
}

/** A field of nested objects goes, or an optional one comes. */
function changedInside(type: FieldType, pick: number): FieldType {
  if (type.kind === 'array') return { ...type, element: changedInside(type.element, pick) };
  if (type.kind === 'map') return { ...type, value: changedInside(type.value, pick) };
  if (type.kind === 'nullable') return { ...type, of: changedInside(type.of, pick) };
  if (type.kind !== 'object') return type;
  if (pick % 2 === 0 && type.fields.length > 1) return { ...type, fields: type.fields.slice(1) };
  return { ...type, fields: [...type.fields, field(`i${pick}_${type.fields.length}`, NUMBER, { optional: true })] };
}

function renaming(
  count: number,
  before: DocumentModel,
  after: DocumentModel,
  renames: ReadonlyMap<string, string>,
): Migration {
  const move = (pairs: readonly (readonly [string, string])[]) => (document: Fields) => {
    const moved = new Set(pairs.map(([from]) => from));
    const kept = Object.fromEntries(Object.entries(document).filter(([name]) => !moved.has(name)));
    for (const [from, to] of pairs) if (document[from] !== undefined) kept[to] = document[from];
    return kept;
  };
  const pairs = [...renames].filter(([, oldName]) => before.fields.some(({ name }) => name === oldName));
  return {
    id: `000${count + 1}-rename`,
    parents: [modelsHash([before])],
    result: modelsHash([after]),
    before: [before],
    after: [after],
    collections: {
      player: {
        from: modelFingerprint(before),
        to: modelFingerprint(after),
        up: move(pairs.map(([now, was]) => [was, now])) as never,
        down: move(pairs) as never,
      },
    },
  };
}

async function documentsOf(fileSystem: MemoryFileSystem, model: DocumentModel, migrations: readonly Migration[] = []) {
  await using db = await openModels(fileSystem, [model], { migrations });
  const all = (db.player?.all().all() ?? []).map((document) => ({ ...document }));
  if (model.indexes.length > 0)
    expect(db.player?.find({ id: { gte: 'p1' } }).count()).toBe(Math.max(0, all.length - 1));
  return all.sort((a, b) => (String(a['id']) < String(b['id']) ? -1 : 1));
}

/** Runs until everything is finished and nothing is switched: the run after it takes over what was made. */
async function cutOff(input: MigrateInput): Promise<void> {
  const abort = new AbortController();
  const onProgress: MigrateInput['onProgress'] = ({ phase }) => phase === 'backup' && abort.abort();
  try {
    await migrateDirectory({ ...input, onProgress, signal: abort.signal });
  } catch (error) {
    if (!DatabaseError.is(error, 'ABORTED')) throw error;
  }
}

it(
  'loses no value in random histories of a model, there and back',
  () =>
    fc.assert(
      fc.asyncProperty(
        beginning,
        generations,
        fc.boolean(),
        fc.nat(3),
        async ({ model, documents }, changes, isTouched, cut) => {
          const { models, migrations } = historyOf(model, changes);
          const newest = models.at(-1) as DocumentModel;
          const fileSystem = new MemoryFileSystem();
          const db = await openModels(fileSystem, [model]);
          await db.player?.insertMany(documents.map((document) => ({ ...document })));
          await db.close();
          const original = await documentsOf(fileSystem, model);

          const lazy = await documentsOf(fileSystem, newest, migrations);
          expect(lazy).toHaveLength(documents.length);
          const definitions = [definitionOf(newest)];
          const input = { directory: DIRECTORY, fileSystem, definitions, migrations, documentsPerPart: 2 };
          if (cut === 0) await cutOff({ ...input, direction: 'up' });
          await migrateDirectory({ ...input, direction: 'up' });
          expect(await documentsOf(fileSystem, newest, migrations)).toEqual(lazy);

          if (isTouched) {
            // A write by the newest code keeps what it does not know; compaction too.
            const open = await openModels(fileSystem, [newest], { migrations });
            for (const { id } of documents) await open.player?.update(id as string, {});
            await open.compact();
            await open.close();
          }
          if (cut === 1) await cutOff({ ...input, direction: 'down', target: '0' });
          await migrateDirectory({ ...input, direction: 'down', target: '0' });
          expect(await documentsOf(fileSystem, model)).toEqual(original);
          expect(await documentsOf(fileSystem, newest, migrations)).toEqual(lazy);
        },
      ),
      { numRuns: HISTORY_COUNT },
    ),
  600_000 + HISTORY_COUNT * 5_000,
);
