/** A package of ours that a verb works with, and that a project need not have: the project's, else the one beside this command. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { ErrorCode } from '@nuthatch/model/errors';
import { refusal } from './exit-code.js';

export interface FoundPackage {
  /** Its entry file. */
  readonly path: string;
  /** Loads it, and what lies beside it. */
  readonly load: NodeJS.Require;
}

/** @throws DatabaseError `missing` where there is none. */
export function packageOfProject(root: string, name: string, missing: ErrorCode): FoundPackage {
  const places = [createRequire(join(root, 'package.json')), createRequire(__filename)];
  for (const load of places) {
    try {
      return { path: load.resolve(name), load };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  throw refusal(missing, `the package ${name} is not installed in this project`, { root });
}
