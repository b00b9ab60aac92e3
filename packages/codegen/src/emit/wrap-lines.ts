/**
 * Breaks the long lines of generated code where a formatter would: after the condition of an `if`, between the arguments
 * of a call, the members of a literal or a type, the parts of a union or a condition. Only white space and commas before
 * a closing bracket are added, so that the code means the same (a test compares the tokens).
 */
import { LINE_WIDTH } from './source-text.js';

const OPEN = '([{';
const CLOSE = ')]}';

/** The text, with lines that are too long broken where they can be. Comments and texts stay whole. */
export function wrapLines(text: string): string {
  const lines = text.split('\n');
  if (!lines.some((line) => line.length > LINE_WIDTH)) return text;
  return lines.map((line) => (/^\s*(\/\*|\*|\/\/)/.test(line) ? line : wrapLine(line))).join('\n');
}

function wrapLine(line: string): string {
  if (line.length <= LINE_WIDTH) return line;
  return wrapIf(line) ?? wrapUnion(line) ?? wrapGroup(line) ?? wrapParts(line) ?? line;
}

/** `if (…) statement`: the statement on a line of its own. */
function wrapIf(line: string): string | undefined {
  const start = /^( *(?:else )?if )\(/.exec(line);
  if (start === null) return undefined;
  const end = endOf(line, start[1]!.length);
  const statement = line.slice(end + 1).trim();
  if (statement === '' || statement === '{') return undefined;
  const indent = ' '.repeat(indentOf(line) + 2);
  return `${wrapLine(line.slice(0, end + 1))}\n${wrapLine(indent + statement)}`;
}

/** `name: 'a' | 'b' = …`, as of the fields of a class: a member on each line. */
function wrapUnion(line: string): string | undefined {
  const colon = line.indexOf(': ');
  const assigned = outside(line, ' = ');
  if (colon < 0 || assigned.length !== 1) return undefined;
  const members = split(line.slice(colon + 2, assigned[0]), [' | ']);
  if (members.length < 2 || members.some((member) => !/^'.*'$/.test(member))) return undefined;
  const indent = ' '.repeat(indentOf(line) + 2);
  const rest = line.slice(assigned[0]! + 1);
  return `${line.slice(0, colon + 1)}\n${members.map((member) => `${indent}| ${member}`).join('\n')} ${rest}`;
}

/** The longest pair of brackets, with what stands in it a part per line. */
function wrapGroup(line: string): string | undefined {
  const groups = groupsOf(line).filter(
    ({ start, end }) => line.slice(start + 1, end).trim() !== '' && !isAccess(line, start) && !isMappedKey(line, start),
  );
  const group = groups.sort((a, b) => b.end - b.start - (a.end - a.start))[0];
  if (group === undefined) return undefined;
  const { start, end } = group;
  const [head, inner, tail] = [line.slice(0, start + 1), line.slice(start + 1, end).trim(), line.slice(end)];
  const base = ' '.repeat(indentOf(line));
  const put = (parts: readonly string[], separator: string): string =>
    `${head}\n${parts.map((part) => `${wrapLine(`${base}  ${part.trim()}${separator}`)}\n`).join('')}${base}${tail}`;
  const members = split(inner.replace(/;$/, ''), ['; ']);
  if (line[start] === '{' && (members.length > 1 || inner.endsWith(';') || isTypeMember(inner)))
    return put(members, ';');
  const isCall = /[\w$)\]>]$/.test(line.slice(0, start));
  const isParameters = /^(: | =>)/.test(line.slice(end + 1));
  const isList = line[start] !== '(' || isCall || isParameters;
  if (isList) return put(split(inner.replace(/,$/, ''), [', ']), ',');
  const parts = partsOf(inner);
  return parts === undefined ? undefined : put(parts, '');
}

/** A condition or a choice outside of brackets: a line for each part, the operator first. */
function wrapParts(line: string): string | undefined {
  const base = ' '.repeat(indentOf(line));
  const parts = partsOf(line.trim());
  return parts?.map((part, index) => `${base}${index === 0 ? '' : '  '}${part}`).join('\n');
}

/** The operands of `||`, of `&&` or of a choice, each with its operator before it; undefined for one alone. */
function partsOf(text: string): readonly string[] | undefined {
  for (const operators of [[' ? ', ' : '], [' || '], [' && '], [' | ']]) {
    const at = operators.flatMap((operator) => outside(text, operator)).sort((a, b) => a - b);
    if (at.length === 0) continue;
    return [0, ...at].map((start, index) => text.slice(start, at[index]).trim());
  }
  return undefined;
}

/** `values['name']`: its brackets hold one name, and no list. */
function isAccess(line: string, start: number): boolean {
  return line[start] === '[' && /[\w$)\]>]$/.test(line.slice(0, start));
}

/** `[K in keyof Player]`: the key of a mapped type is no list, and takes no comma. */
function isMappedKey(line: string, start: number): boolean {
  return line[start] === '[' && /^\[\s*\w+ in /.test(line.slice(start));
}

function isTypeMember(inner: string): boolean {
  return /^readonly /.test(inner);
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

function split(text: string, separators: readonly string[]): readonly string[] {
  const parts: string[] = [];
  let start = 0;
  for (const separator of separators)
    for (const at of outside(text, separator)) {
      parts.push(text.slice(start, at));
      start = at + separator.length;
    }
  return [...parts, text.slice(start)];
}

/** Where the text stands outside of brackets and of texts. */
function outside(line: string, wanted: string): number[] {
  const found: number[] = [];
  for (let at = 0; at < line.length; at++) {
    if (line.startsWith(wanted, at)) found.push(at);
    at = endOf(line, at);
  }
  return found;
}

/** The pairs of brackets that stand in no other. */
function groupsOf(line: string): { readonly start: number; readonly end: number }[] {
  const groups: { readonly start: number; readonly end: number }[] = [];
  for (let at = 0; at < line.length; at++) {
    const end = endOf(line, at);
    if (OPEN.includes(line[at]!) && end < line.length) groups.push({ start: at, end });
    at = end;
  }
  return groups;
}

/** Where what begins here ends: a pair of brackets, a text in quotes, else the character itself. */
function endOf(line: string, start: number): number {
  const first = line[start]!;
  if (first === "'" || first === '"' || first === '`') return endOfText(line, start);
  if (!OPEN.includes(first)) return start;
  let at = start + 1;
  while (at < line.length && !CLOSE.includes(line[at]!)) at = endOf(line, at) + 1;
  return at;
}

function endOfText(line: string, start: number): number {
  const quote = line[start]!;
  for (let at = start + 1; at < line.length; at++) {
    if (line[at] === '\\') at++;
    else if (line[at] === quote) return at;
    else if (quote === '`' && line.startsWith('${', at)) at = endOf(line, at + 1);
  }
  return line.length;
}
