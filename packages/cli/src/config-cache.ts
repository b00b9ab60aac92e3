/**
 * The last reading of a configuration in TypeScript, by the hash of its text: reading it again takes the parser, which
 * takes longer than everything else when nothing has changed. Kept in `node_modules/.cache`.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { GeneratorConfig } from '@nuthatch/codegen';
import { VERSION } from './version.js';

/** A constant of another file may be part of the configuration: then its own text says too little. */
const RELATIVE_IMPORT = /['"]\.{1,2}\//;

export class ConfigCache {
  /** Undefined when nothing is to be kept. */
  readonly #path: string | undefined;

  constructor(root: string, configPath: string) {
    const text = readFileSync(configPath, 'utf8');
    if (RELATIVE_IMPORT.test(text) || !existsSync(join(root, 'node_modules'))) return;
    const hash = createHash('sha256').update(`${VERSION}\n${text}`).digest('hex').slice(0, 16);
    this.#path = join(root, 'node_modules', '.cache', 'nuthatch', `config-${hash}.json`);
  }

  read(): GeneratorConfig | undefined {
    if (this.#path === undefined || !existsSync(this.#path)) return undefined;
    try {
      return JSON.parse(readFileSync(this.#path, 'utf8')) as GeneratorConfig;
    } catch (error) {
      if (error instanceof SyntaxError) return undefined; // torn by a crash: read the configuration itself
      throw error;
    }
  }

  store(config: GeneratorConfig): void {
    if (this.#path === undefined) return;
    mkdirSync(dirname(this.#path), { recursive: true });
    writeFileSync(this.#path, JSON.stringify(config));
  }
}
