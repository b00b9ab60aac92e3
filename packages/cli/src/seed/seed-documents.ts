/**
 * Documents of a JSON seed into an open database, by `upsert`: a seed may be run again. The fields have the forms of
 * `nuthatch dump`; generated ids are the one thing that may not be left out, since each run would add new documents.
 */
import { readFileSync } from 'node:fs';
import type { DocumentModel } from '@nuthatch/model';
import type { CollectionDefinition } from '@nuthatch/runtime';
import type { JsonValues } from '@nuthatch/runtime/tools';
import { refusal } from '../exit-code.js';
import { tools } from '../packages.js';
import { readLines } from '../read-lines.js';
import { thrownText } from '../thrown-text.js';
import type { SeedFile } from './seed-files.js';

/** The used part of a database, whatever its classes. */
export interface SeededDatabase {
  readonly seq: bigint;
  flush(): Promise<void>;
  transaction(
    work: (collections: Readonly<Record<string, { upsert(input: object): unknown }>>) => void,
  ): Promise<unknown>;
}

/** Of lines so many make one transaction; a JSON file is one as a whole. */
const LINES_IN_ONE = 1_000;

/** A document, and where it stands, for a refusal. */
interface Placed {
  readonly collection: string;
  readonly document: unknown;
  readonly place: string;
}

/**
 * Seeds a file. A JSON file is seeded whole or not at all, one of lines in parts of a thousand.
 *
 * @returns how many documents of each collection. Rejects with `SEED_FAILED`, naming the document.
 */
export async function seedDocuments(
  db: SeededDatabase,
  definitions: readonly CollectionDefinition[],
  file: SeedFile,
): Promise<Readonly<Record<string, number>>> {
  const models = new Map(definitions.map(({ model }) => [model.collection, model]));
  const counts: Record<string, number> = {};
  const upsert = async (part: readonly Placed[]): Promise<void> => {
    const inputs = part.map((placed) => ({ ...placed, input: inputOf(models, file, placed) }));
    let last = inputs[0];
    try {
      await db.transaction((collections) => {
        for (const each of inputs) {
          last = each;
          collections[each.collection]!.upsert(each.input);
        }
      });
    } catch (error) {
      throw seedFailed(file, last?.place ?? '', error);
    }
    for (const { collection } of part) counts[collection] = (counts[collection] ?? 0) + 1;
  };
  if (file.kind === 'json') await upsert(documentsOf(file));
  else {
    let part: Placed[] = [];
    let line = 0;
    for await (const text of readLines(file.path)) {
      line++;
      if (text.trim() === '') continue;
      part.push({ collection: file.collection, document: parsed(file, text, `line ${line}`), place: `line ${line}` });
      if (part.length < LINES_IN_ONE) continue;
      await upsert(part);
      part = [];
    }
    await upsert(part);
  }
  return counts;
}

/** A list of documents of the file's collection, or an object of lists by collection. */
function documentsOf(file: SeedFile): readonly Placed[] {
  const json = parsed(file, readFileSync(file.path, 'utf8').replace(/^\ufeff/, ''), '');
  const lists = Array.isArray(json) ? { [file.collection]: json } : json;
  if (typeof lists !== 'object' || lists === null) throw notASeed(file, '');
  return Object.entries(lists).flatMap(([collection, list]) => {
    if (!Array.isArray(list)) throw notASeed(file, collection);
    return list.map((document, index) => ({ collection, document, place: `document ${index + 1} of ${collection}` }));
  });
}

function parsed(file: SeedFile, text: string, place: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw seedFailed(file, place, error);
  }
}

function notASeed(file: SeedFile, place: string): Error {
  return refusal('SEED_FAILED', `${file.name} is neither a list of documents nor an object of such lists`, {
    ...{ file: file.name, place },
  });
}

/** @throws DatabaseError `SEED_FAILED`. */
function inputOf(models: ReadonlyMap<string, DocumentModel>, file: SeedFile, placed: Placed): object {
  const { collection, document, place } = placed;
  const model = models.get(collection);
  const refuse = (problem: string, cause?: unknown): never => {
    throw refusal('SEED_FAILED', `${file.name}, ${place}: ${problem}`, { file: file.name, place }, { cause });
  };
  if (model === undefined)
    return refuse(`no class has the collection ${collection}; they are ${[...models.keys()].join(', ')}`);
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return refuse('not an object');
  for (const name of model.key.fields)
    if (!Object.hasOwn(document, name))
      return refuse(
        `the field ${name} is missing: it is part of the id, and without it a second run would add the document again`,
      );
  const values = valuesOf(model);
  const input: Record<string, unknown> = {};
  for (const [name, json] of Object.entries(document)) {
    const field = values.get(name);
    try {
      // What the model does not know is left for the engine to refuse.
      Object.defineProperty(input, name, {
        ...{ value: field === undefined ? json : field.fromJson(json, name) },
        ...{ enumerable: true, configurable: true, writable: true },
      });
    } catch (error) {
      return refuse(problemOf(error), error);
    }
  }
  return input;
}

const known = new WeakMap<DocumentModel, ReadonlyMap<string, JsonValues>>();

function valuesOf(model: DocumentModel): ReadonlyMap<string, JsonValues> {
  let values = known.get(model);
  if (values === undefined) {
    const { jsonValues } = tools();
    values = new Map(model.fields.map(({ name, type }) => [name, jsonValues(type)]));
    known.set(model, values);
  }
  return values;
}

function problemOf(error: unknown): string {
  const { facts = {}, message } = error as { facts?: { path?: string; problem?: string }; message: string };
  return facts.problem === undefined ? message : `${facts.path} is ${facts.problem}`;
}

/** What went wrong with one seed, and where. The error itself is the cause. */
export function seedFailed(file: SeedFile, place: string, error: unknown): Error {
  const what = `${file.name}${place === '' ? '' : `, ${place}`}: ${thrownText(error)}`;
  const facts = {
    file: file.name,
    ...(place !== '' && { place }),
    ...(isErrorWithCode(error) && { causeCode: error.code }),
  };
  return refusal('SEED_FAILED', what, facts, { cause: error });
}

function isErrorWithCode(error: unknown): error is { readonly code: string } {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).code === 'string';
}
