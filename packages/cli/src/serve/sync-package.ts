/** The sync package of the project, else the one beside this command, with the engine that it works with. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { refusal } from '../exit-code.js';

export interface SyncPackage {
  readonly serve: typeof import('@nuthatch/sync').serve;
  readonly openDatabase: typeof import('@nuthatch/runtime').openDatabase;
}

/** @throws DatabaseError `SYNC_NOT_INSTALLED`. */
export function syncPackage(root: string): SyncPackage {
  const { path, load } = found(root);
  const { serve } = load('@nuthatch/sync') as typeof import('@nuthatch/sync');
  // A database is known to the engine that opened it: there may be two in one tree of packages.
  const { openDatabase } = createRequire(path)('@nuthatch/runtime') as typeof import('@nuthatch/runtime');
  return { serve, openDatabase };
}

function found(root: string): { readonly path: string; readonly load: NodeJS.Require } {
  const places = [createRequire(join(root, 'package.json')), createRequire(__filename)];
  for (const load of places) {
    try {
      return { path: load.resolve('@nuthatch/sync'), load };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  throw refusal('SYNC_NOT_INSTALLED', 'the package @nuthatch/sync is not installed in this project', { root });
}
