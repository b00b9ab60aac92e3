/** Where a project keeps its migrations. */
import { dirname, join, resolve, sep } from 'node:path';

/** The folder that is configured, else `migrations` in the folder that all schemas have in common. */
export function migrationsFolder(root: string, schemas: readonly string[], configured: string | undefined): string {
  if (configured !== undefined) return resolve(root, configured);
  return schemas.length === 0 ? join(root, 'schemas', 'migrations') : join(commonFolder(schemas), 'migrations');
}

function commonFolder(files: readonly string[]): string {
  return files
    .map((file) => dirname(file))
    .reduce((a, b) => {
      let common = a;
      while (!`${b}${sep}`.startsWith(`${common}${sep}`)) common = dirname(common);
      return common;
    });
}
