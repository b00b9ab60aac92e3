/** What `nuthatch.config.ts` and other programs import; re-exports only. */
export { defineConfig, type GeneratorConfig } from '@nuthatch/codegen';
export { runCli } from './cli.js';
