import { visibleText } from './visible-text.js';

/** Where a command prints and asks; tests give their own. */
export interface Output {
  out(text: string): void;
  err(text: string): void;
  /** Prints data that another program reads and escapes would change (CSV, SQL): only at a terminal as `out` does. */
  raw?(text: string): void;
  /** Resolves when what was printed is on its way: for what prints without end. */
  drained?(): Promise<void>;
  /** Asks the user at the terminal; undefined when nobody does. */
  readonly ask?: ((question: string) => Promise<string>) | undefined;
  /** Width of the terminal in columns; undefined where lines may be as long as they are. */
  readonly columns?: number | undefined;
  /** Shows these lines in the place of all that the terminal shows; undefined where lines stay. */
  readonly redraw?: ((lines: readonly string[]) => void) | undefined;
  /** Writes over the last line, for progress; undefined where lines stay. */
  readonly rewrite?: ((line: string) => void) | undefined;
}

/** The width of a terminal that does not tell its own. */
const USUAL_COLUMNS = 80;

/**
 * Standard output and standard error. What a terminal would obey instead of show is made visible, in a pipe too: most
 * pipes (`| head`, `| grep`, the log of a build) end at a terminal. JSON stays the same JSON.
 */
export const CONSOLE: Output = {
  out: (text) => void process.stdout.write(`${visibleText(text)}\n`),
  err: (text) => void process.stderr.write(`${visibleText(text)}\n`),
  raw: (text) => void process.stdout.write(`${process.stdout.isTTY ? visibleText(text) : text}\n`),
  get columns() {
    return process.stdout.isTTY ? process.stdout.columns || USUAL_COLUMNS : undefined;
  },
  drained: async () => {
    if (process.stdout.writableNeedDrain) await new Promise((resolve) => process.stdout.once('drain', resolve));
  },
  // Asked for when it is needed: to touch standard input opens it, which most runs can do without.
  get ask() {
    return process.stdin.isTTY && process.stdout.isTTY ? askAtTerminal : undefined;
  },
  get redraw() {
    return process.stdout.isTTY ? redrawTerminal : undefined;
  },
  get rewrite() {
    return process.stderr.isTTY
      ? (line: string) => void process.stderr.write(`\r\u001b[2K${visibleText(line)}`)
      : undefined;
  },
};

/** To the upper left, then over what is there: without a wipe before it nothing flickers. */
function redrawTerminal(lines: readonly string[]): void {
  const rows = process.stdout.rows || lines.length;
  const shown = lines.slice(0, Math.max(1, rows - 1)).map((line) => `${visibleText(line)}\u001b[K\n`);
  process.stdout.write(`\u001b[H${shown.join('')}\u001b[J`);
}

async function askAtTerminal(question: string): Promise<string> {
  const { createInterface } = await import('node:readline/promises');
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return await terminal.question(visibleText(question));
  } finally {
    terminal.close();
  }
}
