/**
 * Rows as a table for people. At a terminal it fits the width: the widest columns are cut, and where even that is too
 * little, each row becomes a block of lines. In a pipe nothing is cut.
 */
import { visibleLine } from './visible-text.js';

/** Columns are as wide as the cells of so many rows need: the rest comes as a stream. */
const MEASURED_ROWS = 200;
const GAP = '  ';
/** A narrower column says nothing. */
const LEAST_WIDTH = 5;

/**
 * The lines of a table. Memory: the rows that are measured.
 *
 * @param columns width of the terminal; undefined: no limit.
 */
export async function* tableLines(
  header: readonly string[],
  rows: AsyncIterable<readonly string[]>,
  columns: number | undefined,
): AsyncGenerator<string, void> {
  const names = header.map(visibleLine);
  const isBlocks = columns !== undefined && leastWidth(names) > columns;
  const measured: (readonly string[])[] = [];
  let widths: readonly number[] | undefined;
  for await (const row of rows) {
    const cells = row.map(visibleLine);
    if (isBlocks) yield* blockLines(names, cells, columns);
    else if (widths !== undefined) yield line(cells, widths, columns);
    else {
      measured.push(cells);
      if (measured.length < MEASURED_ROWS) continue;
      widths = widthsOf([names, ...measured], columns);
      yield* head(names, measured, widths, columns);
    }
  }
  if (!isBlocks && widths === undefined && measured.length > 0)
    yield* head(names, measured, widthsOf([names, ...measured], columns), columns);
}

function leastWidth(names: readonly string[]): number {
  return names.length * LEAST_WIDTH + (names.length - 1) * GAP.length;
}

function* head(
  names: readonly string[],
  rows: readonly (readonly string[])[],
  widths: readonly number[],
  columns: number | undefined,
): Generator<string, void> {
  yield line(names, widths, columns);
  yield widths.map((width) => '-'.repeat(width)).join(GAP);
  for (const row of rows) yield line(row, widths, columns);
}

/** The widest of the rows; at a terminal the widest columns give way, step by step. */
function widthsOf(rows: readonly (readonly string[])[], columns: number | undefined): readonly number[] {
  const widths = rows[0]!.map((_, column) => Math.max(1, ...rows.map((row) => widthOf(row[column] ?? ''))));
  if (columns === undefined) return widths;
  const room = columns - (widths.length - 1) * GAP.length;
  let total = widths.reduce((sum, width) => sum + width, 0);
  while (total > room) {
    const widest = Math.max(...widths);
    if (widest <= LEAST_WIDTH) break;
    const second = Math.max(LEAST_WIDTH, ...widths.filter((width) => width < widest));
    const count = widths.filter((width) => width === widest).length;
    const cut = Math.min(widest - second || 1, Math.max(1, Math.floor((total - room) / count)));
    for (let index = 0; index < widths.length && total > room; index++) {
      if (widths[index] !== widest) continue;
      widths[index] = widest - cut;
      total -= cut;
    }
  }
  return widths;
}

function line(cells: readonly string[], widths: readonly number[], columns: number | undefined): string {
  const parts = cells.map((cell, index) => {
    const width = widths[index] ?? 0;
    const text = columns === undefined ? cell : cutTo(cell, width);
    return text + ' '.repeat(Math.max(0, width - widthOf(text)));
  });
  return parts.join(GAP).trimEnd();
}

function* blockLines(names: readonly string[], cells: readonly string[], columns: number): Generator<string, void> {
  for (const [index, name] of names.entries()) if (cells[index]) yield cutTo(`${name}: ${cells[index]}`, columns);
  yield '';
}

/** A text of at most so many columns; `…` stands for what was cut. */
function cutTo(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let cut = '';
  let used = 1;
  for (const letter of text) {
    used += widthOf(letter);
    if (used > width) break;
    cut += letter;
  }
  return `${cut}…`;
}

const PRINTABLE_ASCII = /^[ -~]*$/;

/** In columns of a terminal: letters of East Asian scripts take two. */
function widthOf(text: string): number {
  if (PRINTABLE_ASCII.test(text)) return text.length;
  const stringWidth = require('string-width') as (text: string) => number;
  return stringWidth(text);
}
