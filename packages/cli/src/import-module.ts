/** Runs a module of the project: JavaScript as it is, TypeScript by the user's loader or by our own. */
import { pathToFileURL } from 'node:url';
import { runCodeOf } from './code-of-the-project.js';
import { thrownText } from './thrown-text.js';

/**
 * Loads a module of the project, and all it imports. Throws what the module throws, and what its loader says.
 *
 * If the user registered a TypeScript loader (`node --import tsx`), that one reads the sources. Node alone refuses
 * decorators, before anything has run; where it takes types out by itself it is not asked, since it would warn of its
 * failure.
 *
 * @param path absolute. @param tsconfig absolute, if there is one.
 */
export function importModule(path: string, tsconfig: string | undefined): Promise<unknown> {
  return runCodeOf(path, () => load(path, tsconfig));
}

async function load(path: string, tsconfig: string | undefined): Promise<unknown> {
  const isTypeScript = /\.[cm]?ts$/.test(path);
  try {
    if (!isTypeScript || !stripsTypes() || hasLoader()) return await import(pathToFileURL(path).href);
  } catch (error) {
    if (!isTypeScript || !isUnreadable(error)) throw error;
  }
  const { importTypeScript } = await import('./typescript-loader.js');
  return importTypeScript(path, tsconfig);
}

function stripsTypes(): boolean {
  const { typescript } = process.features as { readonly typescript?: string | false };
  return typescript !== undefined && typescript !== false;
}

/** Something was loaded before the program, which may be a loader. */
function hasLoader(): boolean {
  const flags = [...process.execArgv, ...(process.env['NODE_OPTIONS'] ?? '').split(/\s+/)];
  return flags.some((flag) => /^(--import|--require|-r|--loader|--experimental-loader)(=|$)/.test(flag));
}

const UNREADABLE_CODES = [
  'ERR_UNKNOWN_FILE_EXTENSION',
  'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX',
  'ERR_INVALID_TYPESCRIPT_SYNTAX',
  'ERR_UNSUPPORTED_DIR_IMPORT',
  'ERR_MODULE_NOT_FOUND',
];

function isUnreadable(error: unknown): boolean {
  return error instanceof SyntaxError || UNREADABLE_CODES.includes((error as NodeJS.ErrnoException)?.code ?? '');
}

/** The first line that says something, and the place of it where the message names one. */
export function reasonOf(cause: unknown): string {
  const lines = thrownText(cause)
    .split('\n')
    .map((line) => line.trim());
  return lines
    .filter((line) => line !== '')
    .slice(0, 2)
    .join(' ')
    .replace(/\.$/, '');
}
