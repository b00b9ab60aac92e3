/**
 * A process to be killed: random transactions of classes that refer to each other, chains that go all at once among them,
 * and compactions. It notes the number of each that was acknowledged, one line each, and goes on behind a number.
 */
import { appendFileSync } from 'node:fs';
import { NodeFileSystem } from '../../src/file-system/node-file-system.js';
import type { Durability } from '../../src/journal/durability.js';
import { LINKED_MODELS, linkedHistory, runSteps } from '../support/linked-world.js';
import { openModels } from '../support/open-models.js';

const LEVELS: readonly Durability[] = ['os', 'fsync', 'os', 'memory', 'interval'];

async function work(directory: string, acknowledgedFile: string, seed: number, first: number): Promise<void> {
  const db = await openModels(new NodeFileSystem(), LINKED_MODELS, {
    directory,
    pageBytes: 65_536,
    flushIntervalMs: 3,
  });
  process.stdout.write('open\n');
  for (const { number, steps, isRefused } of linkedHistory(seed, 0.1, 150)) {
    if (number < first) continue;
    const durability = LEVELS[number % LEVELS.length]!;
    const seq = db.seq;
    const done = runSteps(db, steps, false, { durability }).then(
      () => {
        if (isRefused) throw new Error(`transaction ${number} was to be refused`);
        // At `memory` nothing is promised to outlive the process; one without effect says nothing of those before it.
        if (durability !== 'memory' && wrote) appendFileSync(acknowledgedFile, `${number}\n`);
      },
      (error: unknown) => {
        if (!isRefused) throw error;
      },
    );
    const wrote = db.seq > seq;
    if (number % 3 === 0) await done;
    if (number % 20 === 0) void db.compact();
  }
}

const [directory, acknowledgedFile, seed, first] = process.argv.slice(2) as [string, string, string, string];
void work(directory, acknowledgedFile, Number(seed), Number(first));
