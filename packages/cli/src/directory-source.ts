/** A database directory as the source of a copy, with the project's classes where its documents need them. */
import type { CopySource } from '@nuthatch/copy';
import type { CollectionDefinition } from '@nuthatch/runtime';
import { counted } from './commands/directory-arguments.js';
import { refusal } from './exit-code.js';
import { loadConfig } from './load-config.js';
import { hasGenerated, loadGenerated } from './load-generated.js';
import type { Output } from './output.js';
import { tools } from './packages.js';

/** The collections that are wanted, and where the code of the project is found. */
export interface SourceOptions {
  readonly collections?: readonly string[];
  readonly config?: string;
  readonly generated?: string;
}

/**
 * The directory as a source. Getters that indexes use are computed by the project's classes, which are loaded for it;
 * documents without getters are copied by what the files say of them.
 */
export async function directorySource(
  directory: string,
  hasGetters: boolean,
  options: SourceOptions,
  output: Output,
  root: string,
): Promise<CopySource> {
  const { readDocuments } = tools();
  const { historyId, seq, definitions, documents, olderCounts } = await readDocuments({ directory });
  const chosen = await withClasses(definitions, olderCounts, hasGetters, options, output, root);
  const { collections } = options;
  for (const [name, count] of olderCounts) {
    if (collections !== undefined && !collections.includes(name)) continue;
    output.err(
      `${counted(count, 'document')} of ${name} ${count === 1 ? 'is' : 'are'} of an older class: a field that it lacks is copied as absent; \`npx nuthatch migrate up\` fills it.`,
    );
  }
  const prototypes = new Map(
    chosen.map(({ model, documentClass }) => [model.collection, documentClass.prototype as object]),
  );
  return {
    historyId,
    definitions: chosen,
    snapshot: async () => ({
      seq,
      size: (collection) => documents.get(collection)?.length ?? 0,
      *documents(collection) {
        const prototype = prototypes.get(collection) ?? Object.prototype;
        for (const document of documents.get(collection) ?? [])
          yield Object.assign(Object.create(prototype), document) as object;
      },
      close: () => undefined,
    }),
  };
}

/**
 * The definitions of the project's code in the place of the stored ones, where they are of one model.
 *
 * @throws DatabaseError `CODE_NOT_LOADED` or `MODEL_MISMATCH` when a collection to be copied has getters and the code
 *   for them is not at hand: their columns would be empty, and look as if that were right.
 */
async function withClasses(
  definitions: readonly CollectionDefinition[],
  olderCounts: ReadonlyMap<string, number>,
  hasGetters: boolean,
  options: SourceOptions,
  output: Output,
  root: string,
): Promise<readonly CollectionDefinition[]> {
  const { collections, generated } = options;
  const isWanted = ({ model }: CollectionDefinition): boolean =>
    collections === undefined || collections.includes(model.collection);
  const inNeed = definitions.filter(
    (definition) => hasGetters && isWanted(definition) && definition.model.computed.length > 0,
  );
  const config = await loadConfig(root, options.config);
  if (inNeed.length === 0 && !hasGenerated(root, config, generated)) return definitions;
  let code: readonly CollectionDefinition[];
  try {
    code = (await loadGenerated(root, config, generated, (text) => output.err(text))).definitions;
  } catch (error) {
    // The stored models say enough where there are no getters; but a module that the user named has to be there.
    if (generated !== undefined || inNeed.length > 0) throw error;
    return definitions;
  }
  const known = new Map(code.map((definition) => [definition.fingerprint, definition]));
  // Today's getters may ask for a field that an older document does not have yet.
  const unknown = inNeed
    .filter(({ fingerprint, model }) => !known.has(fingerprint) || olderCounts.has(model.collection))
    .map(({ model }) => model.collection);
  if (unknown.length > 0) {
    const what =
      `documents of ${unknown.join(', ')} were written by another class than the project has today, and some columns are ` +
      'computed by it; `npx nuthatch migrate up` brings them up to date';
    throw refusal('MODEL_MISMATCH', what, { collections: unknown });
  }
  return definitions.map((definition) => known.get(definition.fingerprint) ?? definition);
}
