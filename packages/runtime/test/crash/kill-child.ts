/**
 * Writes, compacts and backs up without end until it is killed.
 *
 * Waits, compiled and loaded, for one line of JSON on its input (ChildOrder) and then opens the database and goes on
 * with the history of player-history.ts. What is acknowledged at a level that reaches the operating system stands in the
 * file `acknowledged`, one seq per line; file writes survive the process.
 */
import { openSync, writeSync } from 'node:fs';
import type { DatabaseOptions } from '../../src/database/database-options.js';
import type { Durability } from '../../src/journal/durability.js';
import { stateOf } from '../support/check-players.js';
import { type CodecWay, codecAt } from '../support/codecs.js';
import { openColdPlayers, openPlayers, type PlayerDatabase } from '../support/open-players.js';
import { advance, writeTo } from '../support/player-history.js';

export interface ChildOrder {
  readonly directory: string;
  readonly backupDirectory: string;
  readonly acknowledgedFile: string;
  readonly durability: Durability;
  readonly pageBytes: number;
  /** Whether each write asks for a level of its own. */
  readonly isMixed: boolean;
  readonly codecs: CodecWay;
  /** How far the history of openings has come, 0 to 1: see codecAt. */
  readonly progress: number;
  /** Documents stay in the image. */
  readonly isCold: boolean;
}

const LEVELS: readonly Durability[] = ['os', 'fsync', 'interval', 'memory', 'os'];

async function work(order: ChildOrder): Promise<void> {
  const { directory, backupDirectory, durability, pageBytes } = order;
  const acknowledged = openSync(order.acknowledgedFile, 'a');
  const codec = codecAt(order.codecs, order.progress);
  const options: DatabaseOptions = { directory, durability, pageBytes, flushIntervalMs: 3, ...codec };
  const db = await (order.isCold ? openColdPlayers({ ...options, cacheBytes: 2_000 }) : openPlayers(options));
  writeSync(acknowledged, `${db.seq}\n`);
  writeSync(1, 'open\n');
  void maintain(db, backupDirectory);
  const state = stateOf(db);
  for (;;) {
    let waiting: Promise<void> | undefined;
    for (let count = Math.floor(Math.random() * 12); count >= 0; count--) {
      const seq = Number(db.seq) + 1;
      const level = order.isMixed ? (LEVELS[seq % LEVELS.length] as Durability) : durability;
      const done = db.transaction((tx) => writeTo(tx.player, seq, state), { durability: level });
      advance(state, seq);
      waiting = done.then(() => {
        // At `memory` nothing is promised to outlive the process.
        if (level !== 'memory') writeSync(acknowledged, `${seq}\n`);
      });
    }
    if (Math.random() < 0.3) await waiting;
    else await new Promise((resolve) => setImmediate(resolve));
    if (Math.random() < 0.05) await db.flush();
  }
}

/** Compaction and backup in turn, with hardly a pause. */
async function maintain(db: PlayerDatabase, backupDirectory: string): Promise<void> {
  for (;;) {
    await (Math.random() < 0.5 ? db.compact() : db.backup(backupDirectory));
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 10));
  }
}

process.stdin.once('data', (line) => void work(JSON.parse(line.toString()) as ChildOrder));
