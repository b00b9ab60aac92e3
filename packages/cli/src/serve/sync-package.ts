/** The sync package of the project, else the one beside this command, with the engine that it works with. */
import { createRequire } from 'node:module';
import { packageOfProject } from '../package-of-project.js';

export interface SyncPackage {
  readonly serve: typeof import('@nuthatch/sync').serve;
  readonly openDatabase: typeof import('@nuthatch/runtime').openDatabase;
}

/** @throws DatabaseError `SYNC_NOT_INSTALLED`. */
export function syncPackage(root: string): SyncPackage {
  const { path, load } = packageOfProject(root, '@nuthatch/sync', 'SYNC_NOT_INSTALLED');
  const { serve } = load('@nuthatch/sync') as typeof import('@nuthatch/sync');
  // A database is known to the engine that opened it: there may be two in one tree of packages.
  const { openDatabase } = createRequire(path)('@nuthatch/runtime') as typeof import('@nuthatch/runtime');
  return { serve, openDatabase };
}
