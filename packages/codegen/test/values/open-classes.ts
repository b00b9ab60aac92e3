/** Opens a database of classes as a user would: read from their source, generated, compiled and run. */
import { join } from 'node:path';
import { type Database, type DatabaseOptions, openDatabase } from '@nuthatch/runtime';
import { readSources } from '../../src/read/source-reader.js';
import { loadGenerated } from '../support/load-generated.js';

type AnyClass = abstract new (...args: never[]) => object;

/** A repository without types: what is tried here is what types forbid. */
// biome-ignore lint/suspicious/noExplicitAny: see above
export type Untyped = any;

export async function openClasses(
  file: string,
  classes: Readonly<Record<string, AnyClass>>,
  options: DatabaseOptions = { memory: true },
): Promise<Database<Untyped> & Untyped> {
  const { sources, diagnostics } = readSources([join(__dirname, file)], undefined);
  expect(diagnostics.list).toEqual([]);
  const definitions = sources
    .filter(({ model }) => classes[model.name] !== undefined)
    .map(({ model, nestedClasses }) =>
      loadGenerated(
        model,
        classes[model.name] as AnyClass,
        Object.fromEntries(nestedClasses.map(({ className }) => [className, classes[className] as AnyClass])),
      ),
    );
  return openDatabase(definitions, options);
}
