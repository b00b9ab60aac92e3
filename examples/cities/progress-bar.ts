/** A bar on a terminal, a line every tenth elsewhere (logs, CI). */
const BAR_CELLS = 30;

export class ProgressBar {
  readonly #label: string;
  readonly #isTerminal = process.stdout.isTTY;
  #shownTenth = -1;
  #shownPercent = -1;

  constructor(label: string) {
    this.#label = label;
  }

  /** Shows `done` of `total`; prints nothing when the picture has not changed. */
  show(done: number, total: number): void {
    const share = total === 0 ? 1 : Math.min(1, done / total);
    const percent = Math.floor(share * 100);
    if (this.#isTerminal) {
      if (percent === this.#shownPercent) return;
      const cells = Math.round(share * BAR_CELLS);
      process.stdout.write(`\r${this.#label} ${'█'.repeat(cells)}${'░'.repeat(BAR_CELLS - cells)} ${percent} %`);
    } else {
      const tenth = Math.floor(share * 10);
      if (tenth <= this.#shownTenth) return;
      this.#shownTenth = tenth;
      console.log(`${this.#label} ${percent} %`);
    }
    this.#shownPercent = percent;
  }

  /** Leaves the bar standing and goes on below it. */
  end(): void {
    if (this.#isTerminal && this.#shownPercent >= 0) process.stdout.write('\n');
  }
}
