/** How far a migration has come: a bar that is written over at a terminal, a line per phase elsewhere. */
import type { MigrateProgress } from '@nuthatch/runtime/tools';
import type { Output } from './output.js';

const WORDS: Readonly<Record<MigrateProgress['phase'], string>> = {
  read: 'reading',
  migrate: 'migrating',
  check: 'checking',
  backup: 'copying',
  write: 'writing',
};
const BAR_WIDTH = 30;
/** A terminal is written to at most this often. */
const REDRAW_MS = 50;

export class ProgressDisplay {
  readonly #output: Output;
  #phase: MigrateProgress['phase'] | undefined;
  #drawnMs = Number.NEGATIVE_INFINITY;

  constructor(output: Output) {
    this.#output = output;
  }

  show({ phase, doneCount, totalCount }: MigrateProgress): void {
    const { rewrite } = this.#output;
    const isNew = phase !== this.#phase;
    this.#phase = phase;
    if (!rewrite) {
      if (isNew) this.#output.err(`${WORDS[phase]} …`);
      return;
    }
    const nowMs = performance.now();
    if (!isNew && doneCount < totalCount && nowMs - this.#drawnMs < REDRAW_MS) return;
    this.#drawnMs = nowMs;
    const share = totalCount === 0 ? 1 : Math.min(1, doneCount / totalCount);
    const full = Math.round(share * BAR_WIDTH);
    const bar = '█'.repeat(full) + '░'.repeat(BAR_WIDTH - full);
    rewrite(`${WORDS[phase].padEnd(9)} ${bar} ${Math.floor(share * 100)} %`);
  }

  /** Takes the bar away. */
  end(): void {
    if (this.#phase !== undefined) this.#output.rewrite?.('');
  }
}
