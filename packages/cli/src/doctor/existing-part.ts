import { existsSync } from 'node:fs';
import { dirname } from 'node:path';

/** The path, or the nearest folder above it that exists: a database that is to be made there lies on the same disk. */
export function existingPart(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : existingPart(dirname(path));
}
