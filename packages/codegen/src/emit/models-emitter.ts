/** Emits `models.json`: the canonical models, committed, so that a change of a class is seen in a diff. */

import { canonicalText, compact, type DocumentModel, modelFingerprint } from '@nuthatch/model';
import type { EnumNames, KeptTypes } from '../evolve/noted-models.js';

/** Version of the layout of models.json. */
const MODELS_FORMAT = 1;

/** Collection → fingerprints of the models it had since its last migration, changes that took none; oldest first. */
export type EarlierModels = Readonly<Record<string, readonly string[]>>;

/**
 * @param heads states that the last migrations lead to; left out while there are none.
 * @param earlier left out for collections that never changed.
 * @param kept fields that were dropped, which documents keep.
 * @param enums members of enums of numbers: models hold numbers alone.
 */
export function emitModels(
  models: readonly DocumentModel[],
  heads: readonly string[] = [],
  earlier: EarlierModels = {},
  kept: KeptTypes = {},
  enums: EnumNames = {},
): string {
  const entries = models.map((model) => {
    const text = canonicalText(model).replace(/\n/g, '\n    ');
    return `    ${JSON.stringify(modelFingerprint(model))}: ${text}`;
  });
  const migrations = heads.length === 0 ? '' : `  "migrations": ${JSON.stringify(heads)},\n`;
  const lines = Object.entries(earlier).map(([name, list]) => `    ${JSON.stringify(name)}: ${JSON.stringify(list)}`);
  const before = lines.length === 0 ? '' : `  "earlier": {\n${lines.join(',\n')}\n  },\n`;
  const keptLines = Object.entries(kept).map(([name, types]) => `    ${JSON.stringify(name)}: ${compact(types)}`);
  const gone = keptLines.length === 0 ? '' : `  "kept": {\n${keptLines.join(',\n')}\n  },\n`;
  const enumLines = Object.entries(enums).map(([name, all]) => `    ${JSON.stringify(name)}: ${JSON.stringify(all)}`);
  const names = enumLines.length === 0 ? '' : `  "enums": {\n${enumLines.join(',\n')}\n  },\n`;
  return `{\n  "format": ${MODELS_FORMAT},\n${migrations}${before}${gone}${names}  "models": {\n${entries.join(',\n')}\n  }\n}\n`;
}

export interface StoredModels {
  readonly models: readonly DocumentModel[];
  readonly heads: readonly string[];
  readonly earlier: EarlierModels;
  /** Fields that were dropped, with their types: documents keep them. */
  readonly kept?: KeptTypes;
  readonly enums?: EnumNames;
}

/**
 * The models of an earlier `models.json`; none for a text that is not one. Where a merge of two branches left its
 * marks, what both sides had, this side's first.
 */
export function parseModels(text: string): StoredModels {
  const [ours, theirs] = [parse(mergeSide(text, 'ours')), parse(mergeSide(text, 'theirs'))];
  const models = new Map(theirs.models.map((model) => [model.collection, model]));
  for (const model of ours.models) models.set(model.collection, model);
  const earlier: Record<string, readonly string[]> = { ...theirs.earlier };
  for (const [name, list] of Object.entries(ours.earlier))
    earlier[name] = [...new Set([...list, ...(earlier[name] ?? [])])];
  const kept: Record<string, KeptTypes[string]> = { ...theirs.kept };
  for (const [name, types] of Object.entries(ours.kept ?? {})) kept[name] = { ...kept[name], ...types };
  return {
    models: [...models.values()],
    heads: [...new Set([...ours.heads, ...theirs.heads])],
    earlier,
    kept,
    enums: { ...theirs.enums, ...ours.enums },
  };
}

function parse(text: string): StoredModels {
  try {
    const { models, migrations, earlier, kept, enums } = JSON.parse(text) as {
      readonly enums?: EnumNames;
      readonly kept?: KeptTypes;
      readonly earlier?: EarlierModels;
      readonly models?: Readonly<Record<string, DocumentModel>>;
      readonly migrations?: readonly string[];
    };
    return {
      models: Object.values(models ?? {}),
      heads: migrations ?? [],
      earlier: earlier ?? {},
      kept: kept ?? {},
      enums: enums ?? {},
    };
  } catch (error) {
    if (error instanceof SyntaxError) return { models: [], heads: [], earlier: {} };
    throw error;
  }
}

/** One side of a text in which git marked a conflict; the text itself when there is none. */
function mergeSide(text: string, side: 'ours' | 'theirs'): string {
  if (!hasConflictMarks(text)) return text;
  return text.replace(
    /^<{7} .*\n([\s\S]*?)(?:^\|{7} .*\n[\s\S]*?)?^={7}\n([\s\S]*?)^>{7} .*\n?/gm,
    side === 'ours' ? '$1' : '$2',
  );
}

/** Whether git left a conflict in the text. */
export function hasConflictMarks(text: string): boolean {
  return /^<{7} /m.test(text) && /^>{7} /m.test(text);
}
