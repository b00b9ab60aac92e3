/** Keys that are dates, booleans and bigints: followed by a mirror, loaded back, and in comma-separated text. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase as openOf } from '@nuthatch/runtime';
import fc from 'fast-check';
import { freshKey, KEYED_MODELS, keyedDocuments, textOfKey } from '../../runtime/test/support/keys-of-every-type.js';
import { copyTo, csvFile, csvOf, loadFrom, mirror } from '../src/index.js';
import { MemoryStore } from '../src/targets/memory/memory-store.js';
import { copiedDefinition } from './copied-definition.js';

interface Collection extends Iterable<Record<string, unknown>> {
  insertMany(inputs: readonly object[]): Promise<object[]>;
  update(key: unknown, patch: object): Promise<object>;
  delete(key: unknown): Promise<boolean>;
}
type Collections = Readonly<Record<string, Collection>>;

const RUNS = { numRuns: process.env['NUTHATCH_NIGHTLY'] ? 200 : 5 };
// Half of a surrogate pair is what no file of UTF-8 holds.
const room = fc.string({ unit: 'grapheme', maxLength: 5 }).map((text) => text.toWellFormed());

describe.each(KEYED_MODELS.map((model) => [model.name, model] as const))('keys of %s', (_, model) => {
  const { collection, key } = model;
  const open = () => openOf<Collections, Collections>([copiedDefinition(model)], { memory: true });
  const texts = (documents: Iterable<Record<string, unknown>>): string[] =>
    Array.from(documents, (each) => `${textOfKey(key.fields, each)} ${each['note']}`).sort();

  it('are followed by a mirror and loaded back', async () => {
    await fc.assert(
      fc.asyncProperty(keyedDocuments(model), async (documents) => {
        await using from = await open();
        await using to = await open();
        const store = new MemoryStore();
        const [first, second] = documents;
        await from[collection]!.insertMany(documents.slice(0, 4));
        await using following = mirror(from, store);
        await following.caughtUp();
        await from[collection]!.insertMany(documents.slice(4));
        if (first) await from[collection]!.delete(freshKey(model, first));
        if (second) await from[collection]!.update(freshKey(model, second), { note: 'changed' });
        await following.caughtUp();
        await loadFrom(to, store);
        expect(texts(to[collection]!)).toEqual(texts(from[collection]!));
        await copyTo(from, store);
        expect((await loadFrom(to, store, { conflict: 'overwrite' })).collections[0]).toMatchObject({
          rejectedCount: 0,
        });
      }),
      RUNS,
    );
  });

  it('are in comma-separated text and loaded from it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nuthatch-keys-'));
    const file = join(folder, 'documents.csv');
    await fc
      .assert(
        fc.asyncProperty(keyedDocuments(model, { room }), async (documents) => {
          await using from = await open();
          await using to = await open();
          await from[collection]!.insertMany(documents);
          const lines: string[] = [];
          for await (const line of csvOf(from, collection)) lines.push(String(line));
          writeFileSync(file, lines.join(''));
          await loadFrom(to, csvFile({ file }));
          expect(texts(to[collection]!)).toEqual(texts(from[collection]!));
        }),
        RUNS,
      )
      .finally(() => rmSync(folder, { recursive: true }));
  });
});
