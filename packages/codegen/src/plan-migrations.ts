/** Which migration stubs a changed model needs; a stub that is there is never written again. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DocumentModel, diffModels, modelFingerprint } from '@nuthatch/model';

export interface PlannedMigration {
  readonly path: string;
  readonly text: string;
}

/** One stub for each class whose stored documents the new model cannot read by itself. */
export async function planMigrations(
  folder: string,
  oldModels: readonly DocumentModel[],
  models: readonly DocumentModel[],
): Promise<readonly PlannedMigration[]> {
  const { emitMigration, migrationName } = await import('./emit/migration-emitter.js');
  const existing = existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => /^\d{4}-/.test(name))
        .sort()
    : [];
  let number = existing.length === 0 ? 1 : Number(existing.at(-1)!.slice(0, 4)) + 1;
  const planned: PlannedMigration[] = [];
  for (const model of models) {
    const before = oldModels.find((old) => old.collection === model.collection);
    const changes = before ? diffModels(before, model) : [];
    if (!before || !changes.some((change) => change.needsMigration) || isThere(folder, existing, before, model))
      continue;
    const version =
      1 + existing.filter((name) => name.slice(5).startsWith(`${model.collection.toLowerCase()}-`)).length;
    const name = `${String(number++).padStart(4, '0')}-${migrationName(model.collection, changes)}`;
    planned.push({ path: join(folder, name, 'migration.ts'), text: emitMigration(before, model, changes, version) });
  }
  return planned;
}

/** A stub between these two models exists, whatever the user has made of it. */
function isThere(folder: string, existing: readonly string[], before: DocumentModel, after: DocumentModel): boolean {
  return existing.some((name) => {
    const path = join(folder, name, 'migration.ts');
    if (!existsSync(path)) return false;
    const text = readFileSync(path, 'utf8');
    return text.includes(modelFingerprint(before)) && text.includes(modelFingerprint(after));
  });
}
