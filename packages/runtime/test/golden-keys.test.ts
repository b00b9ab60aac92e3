/**
 * A directory of format 1 whose keys are dates, booleans, bigints and all of them together: read by today's code, and by
 * the document alone. Never rewrite it: add the next.
 *
 * `NUTHATCH_WRITE_GOLDEN=1` writes it anew, before its format is released.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeFileSystem } from '../src/file-system/node-file-system.js';
import { IndependentReader } from './support/independent-reader.js';
import { freshKey, KEYED_MODELS } from './support/keys-of-every-type.js';
import { type Fields, openModels } from './support/open-models.js';

const GOLDEN = join(__dirname, 'golden', 'format-1-keys');
const DAY = Date.UTC(2026, 0, 31);
const row = (parts: Fields): Fields => ({ ...parts, rank: 1, note: 'golden' });
const slot = (ms: number, isOn: boolean, big: bigint, room: string, number: number): Fields =>
  row({ day: new Date(ms), isOn, big, room, number });

/** Collection → the key as it is on disk → its document. */
const DOCUMENTS: Readonly<Record<string, ReadonlyMap<unknown, Fields>>> = {
  day: new Map([
    ['t17:00001769817600000', row({ day: new Date(DAY) })],
    ['t17:00000000000000000', row({ day: new Date(0) })],
    ['t17:-0000000000000000', row({ day: new Date(-8.64e15) })],
  ]),
  flag: new Map([
    ['b1:0', row({ isOn: false })],
    ['b1:1', row({ isOn: true })],
  ]),
  choice: new Map([['b1:1', row({ choice: true })]]),
  big: new Map([
    [2n ** 70n, row({ big: 2n ** 70n })],
    [-1n, row({ big: -1n })],
  ]),
  slot: new Map([
    ['t17:00001769817600000b1:1i2:-7s4:t1:5n3:1.5', slot(DAY, true, -7n, 't1:5', 1.5)],
    ['t17:-8639999999999999b1:0i1:0s0:n5:1e+21', slot(-1, false, 0n, '', 1e21)],
  ]),
};

async function writeGolden(): Promise<void> {
  rmSync(GOLDEN, { recursive: true, force: true });
  const db = await openModels(new NodeFileSystem(), KEYED_MODELS, { directory: GOLDEN });
  for (const [collection, documents] of Object.entries(DOCUMENTS))
    await db[collection]!.insertMany([...documents.values()]);
  await db.close();
}

it("keys of a golden directory are read by today's code and by the document alone", async () => {
  if (process.env['NUTHATCH_WRITE_GOLDEN']) await writeGolden();
  const { collections } = new IndependentReader(GOLDEN);
  const root = mkdtempSync(join(tmpdir(), 'nuthatch-keys-'));
  try {
    const directory = join(root, 'data');
    cpSync(GOLDEN, directory, { recursive: true });
    const db = await openModels(new NodeFileSystem(), KEYED_MODELS, { directory });
    for (const model of KEYED_MODELS) {
      const documents = DOCUMENTS[model.collection]!;
      const byDocument = collections.get(model.collection);
      expect(new Set(byDocument?.keys())).toEqual(new Set(documents.keys()));
      expect(db[model.collection]!.size).toBe(documents.size);
      for (const [key, document] of documents) {
        expect(byDocument?.get(key)?.document).toEqual(document);
        expect({ ...db[model.collection]!.get(freshKey(model, document)) }).toEqual(document);
      }
    }
    await db.close();
  } finally {
    rmSync(root, { recursive: true });
  }
});
