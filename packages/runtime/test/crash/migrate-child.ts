/** Migrates the directory it is given, and is killed meanwhile; says when each phase begins and when it is done. */
import { writeSync } from 'node:fs';
import { migrateDirectory } from '../../src/migration/migrate-directory.js';
import { definitionOf } from '../support/definition-of-model.js';
import { CITY_MIGRATION, NEWER_CITY } from '../support/renamed-cities.js';

async function work(directory: string, documentsPerPart: number): Promise<void> {
  let phase = '';
  const definitions = [definitionOf(NEWER_CITY)];
  const migrations = [CITY_MIGRATION];
  const onProgress = (progress: { readonly phase: string }): void => {
    if (progress.phase !== phase) writeSync(1, `${progress.phase}\n`);
    phase = progress.phase;
  };
  await migrateDirectory({ directory, definitions, migrations, direction: 'up', documentsPerPart, onProgress });
  writeSync(1, 'done\n');
}

process.stdin.once('data', (line) => {
  // An open input would keep the process alive.
  process.stdin.destroy();
  const given = JSON.parse(line.toString()) as { readonly directory: string; readonly documentsPerPart: number };
  void work(given.directory, given.documentsPerPart);
});
