/** The options of the generator; `nuthatch.config.ts` holds the same. */

import type { RenameCandidate } from './evolve/find-renames.js';
import type { LiveCollection } from './evolve/live-evidence.js';
import type { MigrationWish } from './evolve/plan-migrations.js';

/** How generated files import their neighbours: `auto` goes by the project's own imports, then by its tsconfig. */
export type ImportExtension = 'auto' | '' | '.js' | '.ts';

export interface GeneratorConfig {
  /** Globs of the files with document classes, folders, files; `!` leaves out. Default `schemas/**` + `/*.ts`. */
  readonly schemas?: string | readonly string[];
  /** Folder that is written; nothing outside it is, but for migration stubs. Default `generated`. */
  readonly output?: string;
  /** Read for import style and for types that are not written. Default: `tsconfig.json` beside the config, if there is one. */
  readonly tsconfig?: string;
  /** Default `auto`. */
  readonly importExtension?: ImportExtension;
  /** Folder of migration stubs. Default: `migrations` in the first schemas folder. */
  readonly migrations?: string;
  /** Directory of the database that the command line looks into and migrates. Default: none. */
  readonly data?: string;
  /** Stores of keys and values in the database, as for `openDatabase`: `load`, `seed` and `serve` open them. Default: none. */
  readonly keyValues?: readonly string[];
  /** Name of the shared journal that `nuthatch cluster` looks at and cares for. Default: none. */
  readonly journal?: string;
  /**
   * Whether generated code offers `openReplica` of `@nuthatch/sync`. Default: whether the nearest `package.json` of the
   * output folder names that package.
   */
  readonly sync?: boolean;
  /**
   * Whether generated code may import `@nuthatch/search`, which classes with `@Search` need. Default: whether the nearest
   * `package.json` of the output folder names that package.
   */
  readonly search?: boolean;
}

export interface GeneratorOptions extends GeneratorConfig {
  /** Folder that paths are relative to. */
  readonly root: string;
  /** Write nothing; say what differs. */
  readonly isCheck?: boolean;
  /** Write nothing; say what would be written. */
  readonly isDryRun?: boolean;
  /** Overwrite generated files that were edited by hand. */
  readonly isForced?: boolean;
  /** Fields that go on under another name: `nick:nickname`, or `Player.nick:nickname`. */
  readonly renames?: readonly string[];
  /** Asked for each removed and added field that may be one field renamed. Without it they are taken for two. */
  readonly confirmRename?: (candidate: RenameCandidate) => boolean | Promise<boolean>;
  /** The user's wishes for the next migration, beyond what the models require. */
  readonly newMigration?: MigrationWish;
  /** Reads counts and samples of the database at hand; asked only where they would say more than models alone. */
  readonly readData?: () => Promise<ReadonlyMap<string, LiveCollection>>;
}

/** Typed configuration: `export default defineConfig({ schemas: 'src/models/*.ts' })`. */
export function defineConfig(config: GeneratorConfig): GeneratorConfig {
  return config;
}
