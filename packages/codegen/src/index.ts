/** The public face of the generator; re-exports only. The compiler is loaded at the first generation that needs it. */
export { type Diagnostic, type DiagnosticCode, formatDiagnostic } from './diagnostic.js';
export type { ClassReference, DocumentSource, SourcePosition } from './document-source.js';
export type { FieldRename, RenameCandidate } from './evolve/find-renames.js';
export type { LiveCollection } from './evolve/live-evidence.js';
export { exportsDown, exportsUp, missingValues } from './evolve/migration-code.js';
export {
  type CollectionStep,
  describeMigration,
  formatRecord,
  type MigrationKind,
  type MigrationRecord,
  readMigrations,
  stepsOf,
} from './evolve/migration-record.js';
export { migrationsFolder } from './evolve/migrations-folder.js';
export type { MigrationWish } from './evolve/plan-migrations.js';
export { type SquashInput, type SquashResult, squashMigrations } from './evolve/squash.js';
export { watchedPaths } from './find-files.js';
export { type GenerateResult, generate } from './generate.js';
export {
  defineConfig,
  type GeneratorConfig,
  type GeneratorOptions,
  type ImportExtension,
} from './generator-options.js';
export { problemOfTsconfig, readCompilerOptions } from './read/compiler-options.js';
export { readConfigObject } from './read/config-reader.js';
export { type Transpile, transpilerFor } from './read/transpile.js';
export { isWritten, schemaFiles } from './schema-files.js';
export type { FileAction, FileChange } from './write/file-writer.js';
