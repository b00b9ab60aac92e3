/** How the project writes relative imports, so that generated files do as it does. */
import { readFileSync } from 'node:fs';
import type { ImportExtension } from '../generator-options.js';

const RELATIVE_IMPORT = /\bfrom\s*['"](\.{1,2}\/[^'"]+)['"]/g;

/** What was chosen, and why: the reason is printed. */
export interface ImportStyle {
  readonly extension: Exclude<ImportExtension, 'auto'>;
  readonly reason: string;
}

/** The style most relative imports of the sources have; else what the tsconfig's module setting needs. */
export function detectImportStyle(texts: Iterable<string>, tsconfig: string | undefined): ImportStyle {
  const counts: Record<Exclude<ImportExtension, 'auto'>, number> = { '.js': 0, '.ts': 0, '': 0 };
  for (const text of texts) {
    for (const [, specifier] of text.matchAll(RELATIVE_IMPORT)) {
      const extension = /\.(js|ts)$/.exec(specifier!)?.[0] as '.js' | '.ts' | undefined;
      counts[extension ?? '']++;
    }
  }
  const [extension, count] = (Object.entries(counts) as [ImportStyle['extension'], number][]).sort(
    (a, b) => b[1] - a[1],
  )[0]!;
  if (count > 0) return { extension, reason: `${count} imports of the sources are written so` };
  const settings = tsconfig ? readFileSync(tsconfig, 'utf8') : '';
  if (/"module(Resolution)?"\s*:\s*"(node16|node18|node20|nodenext)"/i.test(settings))
    return { extension: '.js', reason: 'the tsconfig resolves modules as Node does' };
  return { extension: '', reason: 'nothing in the project asks for an extension' };
}
