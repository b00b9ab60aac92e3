/** The public face of the Nest package; re-exports only. The health indicator is in `@nuthatch/nestjs/terminus`. */
export { InjectDatabase, InjectRepository } from './inject.js';
export type { NuthatchModuleAsyncOptions, NuthatchModuleOptions, OpenDatabase } from './module-options.js';
export { NuthatchModule } from './nuthatch.module.js';
export { type DocumentClass, getDatabaseToken, getRepositoryToken } from './tokens.js';
