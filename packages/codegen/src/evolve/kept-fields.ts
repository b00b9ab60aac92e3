/**
 * Fields that classes had once and documents still have: a field that is dropped is kept in every document. One that
 * comes back with another type then meets values of the old type, which takes a migration.
 */
import { compact, type DocumentModel, type FieldModel, type FieldType } from '@nuthatch/model';
import type { KeptTypes } from './noted-models.js';

/** The facts of a run: as far as it is looked at here. */
interface KnownModels {
  readonly kept?: KeptTypes | undefined;
  readonly oldModels: readonly DocumentModel[];
  readonly records: readonly {
    readonly kind: string;
    readonly before: readonly DocumentModel[];
    readonly after: readonly DocumentModel[];
    readonly renames?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  }[];
}

/** Notes beside the models for the next run: fields that were dropped, less those that came back. */
export function nextKept(
  { kept = {}, oldModels, records }: KnownModels,
  models: readonly DocumentModel[],
  renamedFrom: (collection: string) => ReadonlyMap<string, string>,
): KeptTypes {
  const old = new Map(oldModels.map((model) => [model.collection, model]));
  const entries = models.flatMap((model) => {
    const { collection } = model;
    const types = new Map(Object.entries(kept[collection] ?? {}));
    const note = (before: DocumentModel, after: DocumentModel, renames: Iterable<string>): void => {
      for (const { name, type } of goneFields(before, after, new Set(renames)))
        types.set(name, withType(types.get(name), type));
    };
    // A migration that keeps what it does not name leaves such fields, too.
    for (const record of records)
      record.before.forEach((before, index) => {
        const after = record.after[index];
        if (after?.collection !== collection || record.kind !== 'collections') return;
        note(before, after, Object.values(record.renames?.[collection] ?? {}));
      });
    const was = old.get(collection);
    if (was) note(was, model, renamedFrom(collection).values());
    for (const { name } of model.fields) types.delete(name);
    return types.size === 0 ? [] : [[collection, Object.fromEntries(types)] as const];
  });
  return Object.fromEntries(entries);
}

/** The model as documents may be: with the fields that were dropped and come back in `after`, each with all its types. */
export function withKept(before: DocumentModel, after: DocumentModel, kept: KeptTypes | undefined): DocumentModel {
  const types = kept?.[before.collection];
  if (types === undefined) return before;
  const back = after.fields.flatMap(({ name }): FieldModel[] => {
    const had = Object.hasOwn(types, name) ? types[name] : undefined;
    if (had === undefined || before.fields.some((field) => field.name === name)) return [];
    const type: FieldType = had.length === 1 ? had[0]! : { kind: 'union', members: had };
    return [{ name, type, optional: true, rules: [] }];
  });
  return back.length === 0 ? before : { ...before, fields: [...before.fields, ...back] };
}

function goneFields(before: DocumentModel, after: DocumentModel, renamed: ReadonlySet<string>): readonly FieldModel[] {
  const names = new Set(after.fields.map(({ name }) => name));
  return before.fields.filter(({ name }) => !names.has(name) && !renamed.has(name));
}

function withType(types: readonly FieldType[] | undefined, type: FieldType): readonly FieldType[] {
  return [...new Map([...(types ?? []), type].map((one) => [compact(one), one])).values()];
}
