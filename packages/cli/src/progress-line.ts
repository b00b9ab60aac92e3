/**
 * How far a command has come, on standard error: a line written over at a terminal, whole lines where `--progress` asks
 * for them, else nothing, so that what a script keeps is the result alone.
 */
import type { Output } from './output.js';

const AT_A_TERMINAL_EVERY_MS = 100;
const AS_LINES_EVERY_MS = 2_000;

export class ProgressLine {
  readonly #write: ((line: string) => void) | undefined;
  readonly #end: () => void;
  readonly #everyMs: number;
  #shownMs = Number.NEGATIVE_INFINITY;

  /** @param isAsked `--progress` was given. */
  constructor({ rewrite, err }: Output, isAsked: boolean) {
    this.#write = rewrite ?? (isAsked ? err : undefined);
    this.#everyMs = rewrite === undefined ? AS_LINES_EVERY_MS : AT_A_TERMINAL_EVERY_MS;
    this.#end = () => rewrite?.('');
  }

  /** @param text called only when a line is to be printed. */
  show(text: () => string): void {
    if (this.#write === undefined) return;
    const nowMs = performance.now();
    if (nowMs - this.#shownMs < this.#everyMs) return;
    this.#shownMs = nowMs;
    this.#write(text());
  }

  /** Takes the line away. */
  end(): void {
    this.#end();
  }
}

/** `reading: 40 %`. */
export function shareText(verb: string, done: number, total: number): string {
  const percent = total <= 0 ? 100 : Math.min(100, Math.floor((done / total) * 100));
  return `${verb}: ${percent} %`;
}
