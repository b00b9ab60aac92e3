/**
 * Writes without end until it is killed; what was acknowledged stands in the file `acknowledged`.
 *
 * Arguments: directory, file for acknowledgements, durability. Transaction n writes n to `left`, to `right` and to one
 * of fifty keys.
 */
import { openSync, writeSync } from 'node:fs';
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
  await opened.recover(new MapTarget());
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
  writeSync(1, 'ready\n');
  for (;;) {
    for (let count = Math.floor(Math.random() * 8); count >= 0; count--) {
      const seq = journal.lastSeq + 1;
      journal.append(
        transaction(put('left', seq), put(`k${seq % 50}`, seq, 'y'.repeat(seq % 300)), put('right', seq)),
        durability,
      );
    }
    if (journal.stats().pendingBytes > 64 * 1024) await journal.flush();
    else await new Promise((resolve) => setImmediate(resolve));
  }
}

void main();
