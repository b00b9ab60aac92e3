/**
 * Nuthatch as a Nest module.
 *
 *   NuthatchModule.forRoot({ open: () => openDatabase({ directory: './data' }) })      once, in the root module
 *   NuthatchModule.forFeature([Player, Club])                                          where repositories are injected
 *
 * The database is opened while the application starts, which fails when that does, and closed when it ends.
 */
import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { DatabaseError } from '@nuthatch/model';
import type { NuthatchModuleAsyncOptions, NuthatchModuleOptions, OpenDatabase } from './module-options.js';
import { ClosesDatabase, opened, repositoryOf } from './open-databases.js';
import { type DocumentClass, getDatabaseToken, getRepositoryToken } from './tokens.js';

@Module({})
export class NuthatchModule {
  /** Opens a database for the application. @throws DatabaseError `INVALID_OPTION`. */
  static forRoot(options: NuthatchModuleOptions): DynamicModule {
    const { open, name, isGlobal = true } = requireOptions(options, 'open');
    return rootModule(name, isGlobal, { useFactory: () => opened(open) });
  }

  /** As `forRoot`, by what other providers say. @throws DatabaseError `INVALID_OPTION`. */
  static forRootAsync(options: NuthatchModuleAsyncOptions): DynamicModule {
    const { useFactory, inject = [], imports = [], name, isGlobal = true } = requireOptions(options, 'useFactory');
    const open = (...injected: unknown[]): Promise<OpenDatabase> => opened(() => useFactory(...injected));
    return { ...rootModule(name, isGlobal, { useFactory: open, inject }), imports };
  }

  /**
   * Makes the repositories of classes injectable in the module that imports this.
   *
   * @param name of the database, as given to `forRoot`.
   * @throws DatabaseError `INVALID_OPTION`; when the application starts also for a class that the database does not have.
   */
  static forFeature(documentClasses: readonly DocumentClass[], name?: string): DynamicModule {
    if (!Array.isArray(documentClasses))
      throw new DatabaseError('INVALID_OPTION', 'forFeature takes an array of document classes', {
        option: 'forFeature',
      });
    const providers = documentClasses.map(
      (documentClass): Provider => ({
        provide: getRepositoryToken(documentClass, name),
        useFactory: (db: OpenDatabase) => repositoryOf(db, documentClass, name),
        inject: [getDatabaseToken(name)],
      }),
    );
    return { module: NuthatchModule, providers, exports: providers };
  }
}

function rootModule(
  name: string | undefined,
  isGlobal: boolean,
  database: {
    readonly useFactory: (...injected: never[]) => Promise<OpenDatabase>;
    readonly inject?: never[] | unknown[];
  },
): DynamicModule {
  const token = getDatabaseToken(name);
  const providers: Provider[] = [
    { provide: token, ...database } as Provider,
    { provide: `${token}:closing`, useFactory: (db: OpenDatabase) => new ClosesDatabase(db), inject: [token] },
  ];
  return { module: NuthatchModule, global: isGlobal, providers, exports: [token] };
}

function requireOptions<O extends object>(options: O, required: keyof O & string): O {
  const value: unknown = (options as O | undefined)?.[required];
  if (typeof value === 'function') return options;
  throw new DatabaseError('INVALID_OPTION', `expected a function \`${required}\`, found ${String(value)}`, {
    option: required,
  });
}
