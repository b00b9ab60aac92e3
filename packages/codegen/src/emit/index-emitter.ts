/** Emits `index.ts`: the typed database, `openDatabase` over every class, and `openReplica` where the project has sync. */
import type { DocumentSource } from '../document-source.js';
import { banner } from './banner.js';
import { definitionName } from './repository-emitter.js';
import { importStatements, propertyName, quote } from './source-text.js';
import { typeNames } from './type-names.js';

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
): string {
  const imports = [
    {
      from: '@nuthatch/runtime/generated',
      names: ['type CollectionDefinition', 'type Database', 'type DatabaseOptions', 'openDatabase as open'],
    },
    ...(hasSync ? [{ from: '@nuthatch/sync', names: ['type Replica', 'type ReplicaOptions'] }] : []),
    ...sources.map((source) => {
      const names = typeNames(source);
      return {
        from: modulePath(source),
        names: [definitionName(source.model.name), `type ${names.Repository}`, `type ${names.Transaction}`],
      };
    }),
    ...(manifest === undefined ? [] : [{ from: manifest, names: ['migrations'] }]),
  ];
  const member = (kind: 'Repository' | 'Transaction') => (source: DocumentSource) =>
    `  readonly ${propertyName(source.model.collection)}: ${typeNames(source)[kind]};\n`;
  const definitions = sources.map(({ model }) => `  ${definitionName(model.name)},\n`).join('');
  return banner(`${importStatements(imports)}

${sources.map((source) => `export * from ${quote(modulePath(source))};`).join('\n')}${manifest === undefined ? '' : `\nexport { migrations } from ${quote(manifest)};`}

/** One repository per collection. */
export interface Repositories {
${sources.map(member('Repository')).join('')}}

/** The same inside \`db.transaction\`. */
export interface TransactionRepositories {
${sources.map(member('Transaction')).join('')}}

/** The database of these classes. */
export type NuthatchDatabase = Database<TransactionRepositories> & Repositories;

/** What the engine knows of each class. */
export const definitions: readonly CollectionDefinition[] = [
${definitions}];

/**
 * Opens the database: \`{ directory: './data' }\`, or \`{ memory: true }\` to touch no disk.
 *
 * @throws DatabaseError \`DATABASE_LOCKED\`, \`JOURNAL_DAMAGED\`, \`MODEL_MISMATCH\`, \`INVALID_OPTION\` and others:
 * see errors.md.
 */
export function openDatabase(options: DatabaseOptions): Promise<NuthatchDatabase> {
  return open<Repositories, TransactionRepositories>(definitions, options${manifest === undefined ? '' : ', migrations'});
}
${hasSync ? replicaText(manifest === undefined ? '' : ', migrations') : ''}`);
}

/** The sync package is loaded by the first call: a program that opens no replica does not pay for it. */
function replicaText(migrations: string): string {
  return `
/** The database of these classes as a replica of a server. */
export type NuthatchReplica = Replica<Repositories, TransactionRepositories>;

/**
 * Opens a replica: \`{ url: 'wss://…', directory: './local', subscribe: { … } }\`. It opens offline, too.
 *
 * @throws DatabaseError as \`openDatabase\`; \`UNINDEXED_FIELD\`, \`INVALID_QUERY\`, \`INVALID_KEY\` for what is subscribed to.
 */
export async function openReplica(options: ReplicaOptions<Repositories>): Promise<NuthatchReplica> {
  const sync = await import(${quote('@nuthatch/sync')});
  return sync.openReplica<Repositories, TransactionRepositories>(definitions, options${migrations});
}
`;
}
