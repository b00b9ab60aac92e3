/** Counts and samples of the database at hand, where a directory is configured and can be read. */
import { resolve } from 'node:path';
import type { GeneratorOptions } from '@nuthatch/codegen';
import { isRefusal } from './exit-code.js';
import type { Output } from './output.js';
import { tools } from './packages.js';

/** Reads the directory when asked to; answers with nothing, and says why, when it is in use or holds no database. */
export function liveData(
  root: string,
  directory: string | undefined,
  output: Output,
): NonNullable<GeneratorOptions['readData']> | undefined {
  if (directory === undefined) return undefined;
  return async () => {
    const { censusOfDirectory } = tools();
    try {
      return await censusOfDirectory({ directory: resolve(root, directory) });
    } catch (error) {
      if (!isRefusal(error)) throw error;
      output.err(`No figures: ${error.message}`);
      return new Map();
    }
  };
}
