/**
 * The collection of a directory that a question goes to. The stored model answers most questions at once; the project's
 * classes are loaded when the question needs them: an index over a getter or under a condition, or documents of an older
 * class, which only migrations bring up to date.
 */
import type { DocumentModel } from '@nuthatch/model';
import type { QueryDirectoryInput, ReadableCollection } from '@nuthatch/runtime/tools';
import { counted } from '../commands/directory-arguments.js';
import { isRefusal, refusal } from '../exit-code.js';
import { loadConfig } from '../load-config.js';
import { hasGenerated, loadGenerated } from '../load-generated.js';
import type { Output } from '../output.js';
import { tools } from '../packages.js';
import { thrownText } from '../thrown-text.js';

/** Where the code of the project is found. */
export interface CodeOptions {
  readonly config?: string;
  readonly generated?: string;
}

/** A collection as it was at one moment. */
export interface AskedCollection extends ReadableCollection {
  /** Of the collections that were read, by name. */
  readonly models: ReadonlyMap<string, DocumentModel>;
  /** Number of the last transaction. */
  readonly seq: bigint;
}

type Place = Omit<QueryDirectoryInput, 'definitions' | 'migrations' | 'views' | 'collections'>;

/**
 * Reads the collection and asks.
 *
 * @param ask makes the question; called again when the project's classes are needed for it.
 * @param asksForOthers it asks for documents of other collections, too.
 * @throws DatabaseError of the reading, of the question, `INVALID_OPTION` for a collection that is not there.
 */
export async function askCollection<T>(
  place: Place,
  name: string,
  options: CodeOptions,
  output: Output,
  root: string,
  ask: (collection: AskedCollection) => T,
  asksForOthers = false,
): Promise<{ readonly answer: T; readonly collection: AskedCollection }> {
  let isJoin = asksForOthers;
  const byCode = async (): Promise<{ answer: T; collection: AskedCollection }> => {
    const config = await loadConfig(root, options.config);
    const { definitions, migrations, views } = await loadGenerated(root, config, options.generated, (text) =>
      output.err(text),
    );
    const known = [...definitions, ...views].some(({ model }) => model.collection === name);
    const code = known ? { definitions, migrations, views } : {};
    const collection = await readCollection({ ...place, ...code }, name, isJoin);
    return { answer: ask(collection), collection };
  };
  if (options.generated !== undefined) return byCode();
  let collection: AskedCollection;
  try {
    collection = await readCollection(place, name, isJoin);
  } catch (error) {
    // What no file has may be a view, which only the project's code knows.
    if (!isUnknownCollection(error) || !hasGenerated(root, await loadConfig(root, options.config), undefined))
      throw error;
    return byCode().catch((reason: unknown) => {
      throw isRefusal(reason, 'CODE_NOT_LOADED') ? error : reason;
    });
  }
  let question = attempt(() => ask(collection));
  if (!isJoin && isOfReference(question.error, collection)) {
    isJoin = true;
    collection = await readCollection(place, name, isJoin);
    question = attempt(() => ask(collection));
  }
  const isNeeded = question.error !== undefined || collection.olderCount > 0;
  if (!isNeeded) return { answer: question.answer as T, collection };
  if (hasGenerated(root, await loadConfig(root, options.config), undefined)) {
    try {
      return await byCode();
    } catch (error) {
      if (question.error !== undefined) throw isOfQuestion(error) ? error : question.error;
      output.err(thrownText(error));
    }
  }
  if (question.error !== undefined) throw explained(question.error, collection);
  const { olderCount } = collection;
  output.err(
    `${counted(olderCount, 'document')} of ${name} ${olderCount === 1 ? 'is' : 'are'} of an older class: a field that it lacks is shown as absent; \`npx nuthatch migrate up\` fills it.`,
  );
  return { answer: question.answer as T, collection };
}

async function readCollection(
  input: Omit<QueryDirectoryInput, 'collections'>,
  name: string,
  isJoin: boolean,
): Promise<AskedCollection> {
  const { seq, collections } = await tools().queryDirectory(isJoin ? input : { ...input, collections: [name] });
  const collection = collections.get(name);
  if (collection === undefined) {
    const what = `${input.directory} has no documents of a collection ${name}; \`nuthatch stats\` lists its collections`;
    throw refusal('INVALID_OPTION', what, { option: 'collection', collection: name });
  }
  const { model, isDerived } = collection.definition;
  if (model.storage === 'memory' && isDerived !== true && collection.reads.size === 0) {
    const what = `the documents of ${name} are kept in memory only, so no other process can read them`;
    throw refusal('INVALID_OPTION', what, { option: 'collection', collection: name });
  }
  const models = new Map(Array.from(collections, ([each, { definition }]) => [each, definition.model]));
  return { ...collection, seq, models };
}

/** Keys of several parts, and dates, are known by the class that a field refers to alone. */
function isOfReference(error: unknown, { definition: { model } }: AskedCollection): boolean {
  const field = isRefusal(error, 'UNINDEXED_FIELD') && error.facts['field'];
  return model.references?.some((reference) => reference.field === field) === true;
}

/** A question that the stored model does not know may be one for the classes; any other wrong question stays wrong. */
function attempt<T>(ask: () => T): { readonly answer?: T; readonly error?: unknown } {
  try {
    return { answer: ask() };
  } catch (error) {
    if (!isRefusal(error, 'UNINDEXED_FIELD')) throw error;
    return { error };
  }
}

function isUnknownCollection(error: unknown): boolean {
  return isRefusal(error, 'INVALID_OPTION') && isRefusal(error) && error.facts['option'] === 'collection';
}

const OF_QUESTION = ['UNINDEXED_FIELD', 'INVALID_QUERY', 'INVALID_INDEX_VALUE', 'INVALID_KEY', 'CODE_NOT_LOADED'];

function isOfQuestion(error: unknown): boolean {
  return isRefusal(error) && OF_QUESTION.includes(error.code);
}

/** An index that the class has and the files alone cannot fill is another matter than one that is nowhere. */
function explained(error: unknown, { unaskedIndexes, definition }: AskedCollection): unknown {
  const { field } = isRefusal(error) ? error.facts : {};
  if (!isRefusal(error) || typeof field !== 'string' || !unaskedIndexes.includes(field)) return error;
  const what = `the index ${field} of ${definition.model.collection} needs the code of its class, which was not found: run the command in the project, or name the code with --generated`;
  return refusal('UNINDEXED_FIELD', what, error.facts, { cause: error });
}
