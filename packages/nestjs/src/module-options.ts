import type { FactoryProvider, ModuleMetadata } from '@nestjs/common';

/** An open database, as the generated `openDatabase` gives it. */
export interface OpenDatabase {
  readonly state: string;
  close(): Promise<void>;
}

interface CommonOptions {
  /** Tells several databases of one application apart; left out for the only one. */
  readonly name?: string;
  /** Whether every module may inject from it without importing it again. Default true. */
  readonly isGlobal?: boolean;
}

export interface NuthatchModuleOptions extends CommonOptions {
  /** Opens the database when the application starts: `() => openDatabase({ directory: './data' })`. */
  readonly open: () => OpenDatabase | Promise<OpenDatabase>;
}

export interface NuthatchModuleAsyncOptions extends CommonOptions {
  readonly imports?: NonNullable<ModuleMetadata['imports']>;
  /** What `useFactory` is called with. */
  readonly inject?: NonNullable<FactoryProvider['inject']>;
  /** Opens the database when the application starts, by what was injected: a configuration, say. */
  // biome-ignore lint/suspicious/noExplicitAny: what Nest injects is typed by the parameters of the function itself
  readonly useFactory: (...injected: any[]) => OpenDatabase | Promise<OpenDatabase>;
}
