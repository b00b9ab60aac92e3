/**
 * Which file an import means: relative ones by a look at the disk, all others as the compiler resolves them (`paths`,
 * `baseUrl`, `#imports`, `exports` of packages), and packages of the same workspace by their sources when they are not
 * built or not installed.
 */
import { dirname, resolve } from 'node:path';
import { ts } from '@ts-morph/common';
import { readCompilerOptions } from './compiler-options.js';
import { nearFile, SOURCE } from './near-file.js';
import { WorkspacePackages } from './workspace-packages.js';

export class ModuleResolution {
  readonly #tsconfig: string | undefined;
  readonly #workspace = new WorkspacePackages();
  readonly #resolved = new Map<string, string | undefined>();
  /** Paths without a file: one that comes there would be found instead of what was found. */
  readonly absent = new Set<string>();
  #settings: Settings | undefined;

  constructor(tsconfig?: string) {
    this.#tsconfig = tsconfig;
  }

  /** The file of TypeScript or of declarations that `specifier` means in `from`; undefined when there is none. */
  fileOf(specifier: string, from: string): string | undefined {
    const folder = dirname(from);
    if (specifier.startsWith('.')) {
      const near = nearFile(resolve(folder, specifier), this.absent);
      if (near) return near;
    }
    const key = `${folder}\n${specifier}`;
    if (!this.#resolved.has(key)) this.#resolved.set(key, this.#resolve(specifier, from));
    return this.#resolved.get(key);
  }

  /** The specifier is one of the project's own names for its files: `@app/*` of `paths`, or `#types`. */
  isAlias(specifier: string): boolean {
    if (specifier.startsWith('#')) return true;
    const { options } = this.#load();
    return Object.keys(options.paths ?? {}).some((pattern) => {
      const [before, after] = pattern.split('*');
      // `*` alone says where all names may lie: packages, too.
      return after === undefined
        ? specifier === pattern
        : before !== '' && specifier.startsWith(before!) && specifier.endsWith(after);
    });
  }

  #resolve(specifier: string, from: string): string | undefined {
    const { options, cache } = this.#load();
    const resolution = ts.resolveModuleName(specifier, from, options, ts.sys, cache);
    const found = resolution.resolvedModule?.resolvedFileName;
    // Not in the public type. An installed package counts by the parts of it that were read.
    const { failedLookupLocations = [] } = resolution as { readonly failedLookupLocations?: readonly string[] };
    for (const path of failedLookupLocations) if (!path.includes('/node_modules/')) this.absent.add(path);
    if (found && SOURCE.test(found)) return found;
    return specifier.startsWith('.') || specifier.startsWith('#')
      ? undefined
      : this.#workspace.sourceOf(specifier, dirname(from));
  }

  #load(): Settings {
    if (!this.#settings) {
      const options = this.#tsconfig === undefined ? {} : readCompilerOptions(this.#tsconfig);
      const { module, moduleResolution } = options;
      // The resolution of before modules had files of their own knows neither packages' `exports` nor `#imports`.
      const isOld =
        moduleResolution === undefined
          ? module === undefined || module < ts.ModuleKind.Node16 || module === ts.ModuleKind.Preserve
          : moduleResolution < ts.ModuleResolutionKind.Node16;
      const used = isOld ? { ...options, moduleResolution: ts.ModuleResolutionKind.Bundler } : options;
      const folder = this.#tsconfig === undefined ? process.cwd() : dirname(this.#tsconfig);
      const cache = ts.createModuleResolutionCache(folder, (name) => name, used);
      this.#settings = { options: used, cache };
    }
    return this.#settings;
  }
}

interface Settings {
  readonly options: ts.CompilerOptions;
  readonly cache: ts.ModuleResolutionCache;
}
