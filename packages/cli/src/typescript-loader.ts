/**
 * Runs TypeScript sources of the project that are not built. TypeScript itself turns each file into JavaScript, with the
 * decorators and fields that the project's tsconfig asks for; jiti finds the files (`./player.js` is `player.ts`, paths
 * of the tsconfig), and makes ES modules and CommonJS one.
 */
import { createRequire } from 'node:module';
import { transpilerFor } from '@nuthatch/codegen';

/** The used part of jiti. */
interface Jiti {
  import(path: string): Promise<unknown>;
  transform(options: JitiTransform): string;
}

interface JitiTransform {
  readonly source: string;
  readonly filename?: string;
  readonly ts?: boolean;
  readonly async?: boolean;
}

interface JitiModule {
  createJiti(
    path: string,
    options: {
      readonly fsCache: boolean;
      readonly tsconfigPaths?: string | undefined;
      readonly transform?: (options: JitiTransform) => { readonly code: string };
    },
  ): Jiti;
}

const SCRIPT = /\.[cm]?tsx?$/;

/**
 * Loads a module and all it imports. Loading the compiler takes about half a second.
 *
 * @param tsconfig absolute path, if there is one.
 * @throws what the module throws, and what the loader says of one it cannot read.
 */
export async function importTypeScript(path: string, tsconfig: string | undefined): Promise<unknown> {
  const transpile = await transpilerFor(tsconfig);
  const { createJiti } = createRequire(__filename)('jiti') as JitiModule;
  // Nothing is kept between runs: a file in `node_modules/.cache` would have to know the tsconfig too.
  const modules = createJiti(path, { fsCache: false });
  const jiti = createJiti(path, {
    fsCache: false,
    tsconfigPaths: tsconfig,
    transform: (options) => {
      const isScript = SCRIPT.test(options.filename ?? '');
      const source = isScript ? transpile(options.filename!, options.source) : options.source;
      return { code: modules.transform({ ...options, source, ts: false }) };
    },
  });
  return jiti.import(path);
}
