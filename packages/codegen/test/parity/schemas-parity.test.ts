/** What is read from the source of `schemas/` is what its classes say when they run. */
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { modelOf } from '@nuthatch/decorators';
import {
  canonicalText,
  type DocumentModel,
  declarationFingerprint,
  declarationOf,
  declarationOfMetadata,
  modelFingerprint,
  readClassMetadata,
} from '@nuthatch/model';
import { definitions } from '../../../../generated/index.js';
import { modelsOf } from '../../src/document-source.js';
import { readSources } from '../../src/read/source-reader.js';

const FOLDER = resolve(__dirname, '../../../../schemas');
const FILES = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.ts'))
  .sort()
  .map((name) => join(FOLDER, name));
const { sources, diagnostics, checkedFiles } = readSources(FILES, undefined);

/** Every class exported by the schemas that decorators or `defineDocument()` made a document of. */
function runningClasses(): ReadonlyMap<string, object> {
  const classes = FILES.flatMap((file) => Object.values(require(file) as Record<string, unknown>)).filter(
    (value): value is new () => object => typeof value === 'function' && readClassMetadata(value) !== undefined,
  );
  return new Map(classes.map((documentClass) => [documentClass.name, documentClass]));
}

const running = runningClasses();

describe('schemas/', () => {
  it('are read whole, from syntax alone', () => {
    expect(diagnostics.list).toEqual([]);
    expect(checkedFiles).toEqual([]);
    expect(sources.map(({ model }) => model.name).sort()).toEqual([...running.keys()].sort());
  });

  it.each(sources.map(({ model }) => [model.name, model] as const))(
    '%s: metadata and source declare the same',
    (name, model) => {
      const metadata = readClassMetadata(running.get(name)!)!;
      expect(declarationOfMetadata(metadata, model)).toEqual(declarationOf(model));
      expect(declarationFingerprint(declarationOfMetadata(metadata, model))).toBe(
        declarationFingerprint(declarationOf(model)),
      );
    },
  );

  it.each(sources.filter(({ isDefined }) => isDefined).map(({ model }) => [model.name, model] as const))(
    '%s: defineDocument knows the whole model',
    (name, model) => {
      expect(canonicalText(modelOf(running.get(name)!) as DocumentModel)).toBe(canonicalText(model));
    },
  );

  it.each(definitions.map((definition) => [definition.model.collection, definition] as const))(
    '%s: generated code holds the model that is read',
    (collection, definition) => {
      const { name } = definition.model;
      const source = sources.find((one) => one.model.name === name)!;
      const model = modelsOf(source).find((one) => one.collection === collection)!;
      expect(canonicalText(definition.model)).toBe(canonicalText(model));
      expect(definition.fingerprint).toBe(modelFingerprint(model));
      expect(definition.documentClass).toBe(running.get(name));
    },
  );
});
