/**
 * Emits `index.ts`: the typed database, `openDatabase` and `openReader` over every class, and `openReplica` where the project
 * has sync.
 */
import { type DocumentSource, modelsOf } from '../document-source.js';
import type { ViewSource } from '../view-source.js';
import { banner } from './banner.js';
import { definitionName } from './repository-emitter.js';
import { importStatements, propertyName, quote } from './source-text.js';
import { typeNames } from './type-names.js';
import { viewName } from './view-emitter.js';

/**
 * @param modulePath what index.ts imports for a class: `./player.js`.
 * @param manifest the module of the migrations; undefined while there are none.
 * @param hasSync whether the project depends on the sync package: without it nothing of it may be imported.
 */
export function emitIndex(
  sources: readonly DocumentSource[],
  modulePath: (source: DocumentSource) => string,
  manifest?: string,
  hasSync = false,
  views: readonly ViewSource[] = [],
): string {
  const imports = [
    {
      from: '@nuthatch/runtime/generated',
      names: [
        'type CollectionDefinition',
        'type Database',
        'type DatabaseOptions',
        'openDatabase as open',
        ...(views.length === 0 ? [] : ['type ViewDefinition']),
      ],
    },
    { from: '@nuthatch/runtime/readers', names: ['type Reader', 'type ReaderOptions', 'type ReaderPort'] },
    ...(hasSync ? [{ from: '@nuthatch/sync', names: ['type Replica', 'type ReplicaOptions'] }] : []),
    ...sources.map((source) => {
      const names = typeNames(source);
      return {
        from: modulePath(source),
        names: [...definitionNames(source), `type ${names.Repository}`, `type ${names.Transaction}`],
      };
    }),
    ...views.map((view) => ({
      from: modulePath(view),
      names: [viewName(view.model.name), `type ${typeNames(view).Repository}`],
    })),
    ...(manifest === undefined ? [] : [{ from: manifest, names: ['migrations'] }]),
  ];
  const viewMembers = views
    .map((view) => `  readonly ${propertyName(view.model.collection)}: ${typeNames(view).Repository};\n`)
    .join('');
  const further = [
    ...(manifest === undefined ? (views.length === 0 ? [] : ['[]']) : ['migrations']),
    ...(views.length === 0 ? [] : ['views']),
  ];
  const rest = further.map((argument) => `, ${argument}`).join('');
  const member = (kind: 'Repository' | 'Transaction') => (source: DocumentSource) =>
    modelsOf(source)
      .map(({ collection }) => `  readonly ${propertyName(collection)}: ${typeNames(source)[kind]};\n`)
      .join('');
  const definitions = sources
    .flatMap(definitionNames)
    .map((name) => `  ${name},\n`)
    .join('');
  return banner(`${importStatements(imports)}

${[...sources, ...views].map((source) => `export * from ${quote(modulePath(source))};`).join('\n')}${manifest === undefined ? '' : `\nexport { migrations } from ${quote(manifest)};`}

/** One repository per collection${views.length === 0 ? '' : ' and view'}. */
export interface Repositories {
${sources.map(member('Repository')).join('')}${viewMembers}}

/** The same inside \`db.transaction\`. */
export interface TransactionRepositories {
${sources.map(member('Transaction')).join('')}${viewMembers}}

/** The database of these classes. */
export type NuthatchDatabase = Database<TransactionRepositories> & Repositories;

/** What the engine knows of each class. */
export const definitions: readonly CollectionDefinition[] = [
${definitions}];
${views.length === 0 ? '' : `\n/** What the engine knows of each view. */\nexport const views: readonly ViewDefinition[] = [\n${views.map(({ model }) => `  ${viewName(model.name)},\n`).join('')}];\n`}
/**
 * Opens the database: \`{ directory: './data' }\`, or \`{ memory: true }\` to touch no disk.
 *
 * @throws DatabaseError \`DATABASE_LOCKED\`, \`JOURNAL_DAMAGED\`, \`MODEL_MISMATCH\`, \`INVALID_OPTION\` and others:
 * see errors.md.
 */
export function openDatabase(options: DatabaseOptions): Promise<NuthatchDatabase> {
  return open<Repositories, TransactionRepositories>(definitions, options${rest});
}
${readerText(views.length > 0)}${hasSync ? replicaText(rest) : ''}`);
}

/** One for each collection of the class. */
function definitionNames(source: DocumentSource): readonly string[] {
  const { name } = source.model;
  return modelsOf(source).map(({ collection }, index) => definitionName(name, index === 0 ? undefined : collection));
}

/** Its part of the runtime is loaded by the first call. The port has the type that its function takes: Node's. */
function readerText(hasViews: boolean): string {
  return `
/** The database of these classes as another thread reads it. */
export type NuthatchReader = Reader<Repositories, TransactionRepositories>;

/**
 * Opens a reader of a database in another thread, which gave this one a port: \`db.readerPort()\`. Reads are synchronous and
 * come from shared memory; writes are refused.
 *
 * @throws DatabaseError \`INVALID_OPTION\`, \`MODEL_MISMATCH\`, \`READER_ENDED\`, \`SHARED_MEMORY_MISSING\`.
 */
export async function openReader(port: ReaderPort, options?: ReaderOptions): Promise<NuthatchReader> {
  const readers = await import(${quote('@nuthatch/runtime/readers')});
  return readers.openReader<Repositories, TransactionRepositories>(definitions, port, options${hasViews ? ', views' : ''});
}
`;
}

/** The sync package is loaded by the first call: a program that opens no replica does not pay for it. */
function replicaText(rest: string): string {
  return `
/** The database of these classes as a replica of a server. */
export type NuthatchReplica = Replica<Repositories, TransactionRepositories>;

/**
 * Opens a replica: \`{ url: 'wss://…', directory: './local', subscribe: { … } }\`. It opens offline, too.
 *
 * @throws DatabaseError as \`openDatabase\`; \`UNINDEXED_FIELD\`, \`INVALID_QUERY\`, \`INVALID_KEY\` for what is subscribed to.
 */
export async function openReplica<const Names extends string = string>(
  options: ReplicaOptions<Repositories, Names>,
): Promise<Replica<Repositories, TransactionRepositories, Names>> {
  const sync = await import(${quote('@nuthatch/sync')});
  return sync.openReplica<Repositories, TransactionRepositories, Names>(definitions, options${rest});
}
`;
}
