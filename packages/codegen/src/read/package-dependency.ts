/** What generated code may import: whether the project depends on the sync package, the search package or what that needs. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const SYNC_PACKAGE = '@nuthatch/sync';
export const SEARCH_PACKAGE = '@nuthatch/search';
const DEPENDENCY_FIELDS = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies'] as const;

/** The nearest `package.json` at a folder or above it, which says what the code in it may import. */
export function nearestManifest(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const path = join(at, 'package.json');
    if (existsSync(path)) return path;
    if (dirname(at) === at) return undefined;
  }
}

/** The packages that a `package.json` names. Unreadable is none: npm reports it elsewhere. */
export function dependenciesOf(manifest: string | undefined): ReadonlySet<string> {
  if (manifest === undefined) return new Set();
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(manifest, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return new Set();
    throw error;
  }
  if (typeof content !== 'object' || content === null) return new Set();
  const lists = DEPENDENCY_FIELDS.map((field) => (content as Readonly<Record<string, unknown>>)[field]);
  return new Set(lists.flatMap((named) => (typeof named === 'object' && named !== null ? Object.keys(named) : [])));
}

/** Whether the code in a folder finds a package, as Node looks for it: a monorepo may install it further up. */
export function isInstalled(name: string, folder: string): boolean {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, 'node_modules', name, 'package.json'))) return true;
    if (dirname(at) === at) return false;
  }
}
