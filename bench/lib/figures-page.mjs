import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BENCH } from './prepare.mjs';

const FIGURES = join(BENCH, '..', 'docs', 'figures.md');

/** Puts `text` between the markers of that name, which must be there. */
export function writeFigures(name, text) {
  const page = readFileSync(FIGURES, 'utf8');
  const start = `<!-- ${name}:start -->`;
  const end = page.indexOf(`<!-- ${name}:end -->`);
  writeFileSync(FIGURES, `${page.slice(0, page.indexOf(start))}${start}\n\n${text}\n\n${page.slice(end)}`);
  console.log('\ndocs/figures.md written');
}
