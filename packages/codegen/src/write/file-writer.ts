/**
 * Writes generated files: changed ones only, each by a temporary file and a rename, and nothing outside the output
 * folder. Files the generator wrote for classes that are gone are removed; a file edited by hand is never overwritten
 * unless forced, but for one that holds a merge conflict: both sides of it were generated.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { DatabaseError } from '@nuthatch/model';
import { bannerState } from '../emit/banner.js';
import { hasConflictMarks } from '../emit/models-emitter.js';

export type FileAction = 'created' | 'updated' | 'removed' | 'unchanged' | 'edited';

export interface FileChange {
  readonly path: string;
  readonly action: FileAction;
}

/** @param files path within the output folder → text. */
export function planFiles(
  output: string,
  files: ReadonlyMap<string, string>,
  isForced: boolean,
): readonly FileChange[] {
  const changes: FileChange[] = [];
  for (const [name, text] of files) {
    const path = join(output, name);
    requireInside(output, path);
    const old = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
    if (old === undefined) changes.push({ path, action: 'created' });
    else if (old === text) changes.push({ path, action: 'unchanged' });
    else if (name.endsWith('.ts') && bannerState(old) !== 'intact' && !hasConflictMarks(old) && !isForced)
      changes.push({ path, action: 'edited' });
    else changes.push({ path, action: 'updated' });
  }
  for (const name of existsSync(output) ? readdirSync(output).sort() : []) {
    const path = join(output, name);
    if (files.has(name) || !name.endsWith('.ts')) continue;
    if (bannerState(readFileSync(path, 'utf8')) === 'intact') changes.push({ path, action: 'removed' });
  }
  return changes;
}

/** Carries the plan out. A crash between two files leaves each of them whole, and the next run writes the rest. */
export function writePlanned(output: string, files: ReadonlyMap<string, string>, changes: readonly FileChange[]): void {
  mkdirSync(output, { recursive: true });
  for (const { path, action } of changes) {
    if (action === 'removed') rmSync(path);
    if (action === 'created' || action === 'updated')
      replaceFile(path, files.get(relative(output, path).split(sep).join('/'))!);
  }
}

/** Writes a folder of new files whole or not at all: what is there is left alone. */
export function writeFolder(path: string, files: Readonly<Record<string, string>>): void {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(temporary, name), text);
  renameSync(temporary, path);
}

/** Writes one file whole or not at all. */
export function writeFile(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  replaceFile(path, text);
}

function replaceFile(path: string, text: string): void {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  writeFileSync(temporary, text);
  renameSync(temporary, path);
}

function requireInside(folder: string, path: string): void {
  const inside = relative(folder, path);
  if (inside.startsWith('..') || inside === '') {
    throw new DatabaseError('GENERATION_FAILED', `${path} is not inside the output folder ${folder}`, { path, folder });
  }
}
