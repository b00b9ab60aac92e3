/**
 * Lines for code that is printed without spaces. Node prints the whole line of code where an error was thrown that
 * nobody caught; without this step that line is the file.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { decode, encode } from '@jridgewell/sourcemap-codec';
import { parseAst } from 'rolldown/parseAst';

/** A statement that ends beyond this column begins a line. */
const WIDTH = 100;

/**
 * Begins a line wherever a statement would pass the width, in a file and in its map. A line may begin before any
 * statement: none of them goes on from the line before.
 *
 * The map keeps where the line of a source begins: a quarter of its size, and all that the stack of an error shows.
 * Sources are named by their place in the repository, in a scheme of their own: no such file is beside the package.
 *
 * @param path of the file; its map is beside it
 * @param folder of the sources
 * @param root of the repository
 */
export function breakLines(path, folder, root) {
  const code = readFileSync(path, 'utf8');
  const map = JSON.parse(readFileSync(`${path}.map`, 'utf8'));
  const breaks = breaksIn(code);
  const parts = breaks.map((start, index) => code.slice(start, breaks[index + 1]));
  writeFileSync(path, parts.map((part) => (part.endsWith('\n') ? part : `${part}\n`)).join(''));
  writeFileSync(
    `${path}.map`,
    JSON.stringify({
      version: 3,
      file: map.file,
      ...namesOf(map.sources, dirname(path), folder, root),
      names: [],
      mappings: encode(broken(decode(map.mappings), code, breaks)),
    }),
  );
}

function namesOf(sources, from, folder, root) {
  const placeOf = (path) => relative(root, path).replaceAll('\\', '/');
  const places = sources.map((path) => placeOf(resolve(from, path)));
  const place = `${placeOf(folder)}/`;
  // What the bundler adds is in no folder of the package.
  const own = places.every((each) => each.startsWith(place)) ? place : '';
  return { sourceRoot: `nuthatch:///${own}`, sources: places.map((each) => each.slice(own.length)) };
}

/** Offsets at which lines begin, those that the code has already among them. */
function breaksIn(code) {
  const statements = statementsIn(parseAst(code)).sort((one, other) => one.start - other.start);
  const breaks = [0];
  let lineEnd = code.indexOf('\n');
  for (const { start, end } of statements) {
    for (; lineEnd !== -1 && lineEnd < start; lineEnd = code.indexOf('\n', lineEnd + 1)) breaks.push(lineEnd + 1);
    const last = breaks.at(-1);
    if (start > last && end - last > WIDTH) breaks.push(start);
  }
  for (; lineEnd !== -1 && lineEnd + 1 < code.length; lineEnd = code.indexOf('\n', lineEnd + 1))
    breaks.push(lineEnd + 1);
  return breaks;
}

function statementsIn(node, found = []) {
  if (Array.isArray(node)) for (const each of node) statementsIn(each, found);
  else if (typeof node === 'object' && node !== null) {
    const { type, body, consequent } = node;
    if (type === 'Program' || type === 'BlockStatement' || type === 'StaticBlock' || type === 'ClassBody')
      found.push(...body);
    else if (type === 'SwitchCase') found.push(...consequent);
    for (const child of Object.values(node)) statementsIn(child, found);
  }
  return found;
}

/** Mappings of the code with its new lines. */
function broken(lines, code, breaks) {
  const result = breaks.map(() => []);
  let index = 0;
  let lineStart = 0;
  let last = '';
  for (const line of lines) {
    for (const [column, source, sourceLine] of line) {
      const offset = lineStart + column;
      while (index + 1 < breaks.length && breaks[index + 1] <= offset) {
        index++;
        last = '';
      }
      const place = `${source}:${sourceLine}`;
      if (source === undefined || place === last) continue;
      last = place;
      result[index].push([offset - breaks[index], source, sourceLine, 0]);
    }
    lineStart = code.indexOf('\n', lineStart) + 1;
  }
  return result;
}
