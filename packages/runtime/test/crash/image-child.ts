/**
 * Writes images until it is killed: waits, compiled and loaded, for one line of JSON on its input (ImageOrder), opens the
 * directory, goes on with the history of player-history.ts and compacts beside it, or closes with an image. Each seq that is
 * acknowledged stands in a file, one per line; file writes survive the process.
 */
import { openSync, writeSync } from 'node:fs';
import { stateOf } from '../support/check-players.js';
import { BY_DELTAS } from '../support/compacted-by-deltas.js';
import { openPlayers } from '../support/open-players.js';
import { advance, writeTo } from '../support/player-history.js';

export interface ImageOrder {
  readonly directory: string;
  readonly acknowledgedFile: string;
  readonly isClosing: boolean;
  /** A whole image, then deltas. */
  readonly hasDeltas: boolean;
}

const WRITES_BEFORE_CLOSING = 5;

async function work({ directory, acknowledgedFile, isClosing, hasDeltas }: ImageOrder): Promise<void> {
  const acknowledged = openSync(acknowledgedFile, 'a');
  const compaction = hasDeltas ? BY_DELTAS : 'auto';
  const db = await openPlayers({ directory, durability: 'os', pageBytes: 64 * 1024, openBudgetMs: 0, compaction });
  const state = stateOf(db);
  const write = async (): Promise<void> => {
    const seq = Number(db.seq) + 1;
    const done = db.transaction((tx) => writeTo(tx.player, seq, state));
    advance(state, seq);
    await done;
    writeSync(acknowledged, `${seq}\n`);
  };
  for (let count = 0; count < WRITES_BEFORE_CLOSING; count++) await write();
  if (hasDeltas) {
    await db.compact();
    await write();
  }
  writeSync(1, 'open\n');
  if (isClosing) return db.close();
  void (async () => {
    for (;;) await db.compact();
  })();
  for (;;) {
    await write();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

process.stdin.once('data', (line) => void work(JSON.parse(line.toString()) as ImageOrder));
