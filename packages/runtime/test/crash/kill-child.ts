/**
 * Writes and compacts without end until it is killed; what was acknowledged stands in the file `acknowledged`.
 *
 * Arguments: directory, file for acknowledgements, durability. Transaction n writes n to `left`, to `right` and to one
 * of fifty keys.
 */
import { openSync, writeSync } from 'node:fs';
import { compact, isCompactionDue } from '../../src/checkpoint/compaction.js';
import type { SnapshotDocument, SnapshotSource } from '../../src/checkpoint/snapshot-source.js';
import type { StoreKey } from '../../src/commit/effect.js';
import { NodeFileSystem } from '../../src/file-system/node-file-system.js';
import type { Durability } from '../../src/journal/durability.js';
import { openFileJournal } from '../../src/recovery/open-file-journal.js';
import { ITEMS, MapTarget, put, transaction } from '../disk-fixture.js';

async function main(): Promise<void> {
  const [directory, acknowledgedFile, durability] = process.argv.slice(2) as [string, string, Durability];
  const acknowledged = openSync(acknowledgedFile, 'a');
  const fileSystem = new NodeFileSystem();
  const options = { pageBytes: 16 * 1024, flushIntervalMs: 5 };
  const opened = await openFileJournal({ directory, fileSystem, definitions: [ITEMS], options });
  const target = new MapTarget();
  await opened.recover(target);
  const state = new Map<StoreKey, SnapshotDocument>();
  for (const { key, document, revision } of target.puts) state.set(key, { definition: ITEMS, key, document, revision });
  const { journal } = opened;
  const acknowledge = (seq: number): void => {
    writeSync(acknowledged, `${seq}\n`);
  };
  journal.listen({
    written: durability === 'fsync' ? () => undefined : acknowledge,
    synced: acknowledge,
    failed: (error) => {
      throw error;
    },
  });
  const source: SnapshotSource = {
    openView: () => {
      const documents = [...state.values()];
      return {
        definitions: [ITEMS],
        sequences: () => [],
        documents: () => documents,
        release: () => undefined,
      };
    },
  };
  let isCompacting = false;
  writeSync(1, 'ready\n');
  for (;;) {
    for (let count = Math.floor(Math.random() * 8); count >= 0; count--) {
      const seq = journal.lastSeq + 1;
      const effects = [put('left', seq), put(`k${seq % 50}`, seq, 'y'.repeat(seq % 300)), put('right', seq)];
      journal.append(transaction(...effects), durability);
      for (const effect of effects) if (effect.kind === 'put') state.set(effect.key, effect);
    }
    if (!isCompacting && isCompactionDue(journal, { leastBytes: 64 * 1024 })) {
      isCompacting = true;
      void compact({ journal, fileSystem, directory, source, unknownCollections: [] }).then(() => {
        isCompacting = false;
      });
    }
    if (journal.stats().pendingBytes > 64 * 1024) await journal.flush();
    else await new Promise((resolve) => setImmediate(resolve));
  }
}

void main();
