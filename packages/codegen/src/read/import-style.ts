/** How the project writes relative imports, so that generated files do as it does. */
import { ts } from '@ts-morph/common';
import type { ImportExtension } from '../generator-options.js';
import { readCompilerOptions } from './compiler-options.js';

const RELATIVE_IMPORT = /\bfrom\s*['"](\.{1,2}\/[^'"]+)['"]/g;

/** The choice, and its reason: the reason is printed. */
export interface ImportStyle {
  readonly extension: Exclude<ImportExtension, 'auto'>;
  readonly reason: string;
}

/** The style most relative imports of the sources have; else what the tsconfig's module setting needs. */
export function detectImportStyle(texts: Iterable<string>, tsconfig: string | undefined): ImportStyle {
  const counts: Record<Exclude<ImportExtension, 'auto'>, number> = { '.js': 0, '.ts': 0, '': 0 };
  for (const text of texts) {
    for (const [, specifier] of text.matchAll(RELATIVE_IMPORT)) {
      const extension = /\.[mc]?(js|ts)x?$/.exec(specifier!)?.[1];
      counts[extension === undefined ? '' : extension === 'js' ? '.js' : '.ts']++;
    }
  }
  const [extension, count] = (Object.entries(counts) as [ImportStyle['extension'], number][]).sort(
    (a, b) => b[1] - a[1],
  )[0]!;
  if (count === 1) return { extension, reason: '1 import of the sources is written so' };
  if (count > 0) return { extension, reason: `${count} imports of the sources are written so` };
  const options = tsconfig === undefined ? {} : readCompilerOptions(tsconfig);
  const { module = 0, moduleResolution = 0, allowImportingTsExtensions, rewriteRelativeImportExtensions } = options;
  const isOfNode =
    (module >= ts.ModuleKind.Node16 && module <= ts.ModuleKind.NodeNext) ||
    (moduleResolution >= ts.ModuleResolutionKind.Node16 && moduleResolution <= ts.ModuleResolutionKind.NodeNext);
  const isOfSources = allowImportingTsExtensions === true || rewriteRelativeImportExtensions === true;
  if (isOfNode && isOfSources) return { extension: '.ts', reason: 'the tsconfig lets imports end so' };
  if (isOfNode) return { extension: '.js', reason: 'the tsconfig resolves modules as Node does' };
  return { extension: '', reason: 'nothing in the project asks for an extension' };
}
