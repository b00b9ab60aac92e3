/** The only place that quotes, indents and sorts: whatever a user wrote reaches generated code through here. */

/** Nothing in it needs an escape; most names are such. */
const PLAIN_TEXT = /^[\w .,:$@/-]*$/;

/** A string literal in single quotes; safe for any content, line separators included. */
export function quote(text: string): string {
  if (PLAIN_TEXT.test(text)) return `'${text}'`;
  const inner = JSON.stringify(text).slice(1, -1).replace(/\\"/g, '"').replace(/'/g, "\\'");
  return `'${inner.replace(/[\u2028\u2029]/g, (c) => (c === '\u2028' ? '\\u2028' : '\\u2029'))}'`;
}

const UNICODE_IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;
/** Most names; the test with Unicode classes costs twenty times as much. */
const ASCII_IDENTIFIER = /^[A-Za-z_$][\w$]*$/;
const RESERVED = new Set(
  (
    'await break case catch class const continue debugger default delete do else enum export extends false finally for function if ' +
    'implements import in instanceof interface let new null package private protected public return static super switch this throw ' +
    'true try typeof undefined var void while with yield arguments eval async of'
  ).split(' '),
);

/** True for a name that may stand as a variable. */
export function isVariableName(name: string): boolean {
  return isIdentifier(name) && !RESERVED.has(name);
}

/** Whether the name stands for itself as a property. */
export function isIdentifier(name: string): boolean {
  return ASCII_IDENTIFIER.test(name) || UNICODE_IDENTIFIER.test(name);
}

/** A property's name in an object type or literal: bare when it is an identifier, quoted otherwise. */
export function propertyName(name: string): string {
  return isIdentifier(name) ? name : quote(name);
}

/** Text for a comment: nothing in it can end the comment. */
export function commentText(text: string): string {
  return text.replace(/\*\//g, '*\\/').replace(/[\r\n\u2028\u2029]+/g, ' ');
}

export function capitalise(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** `an Issue`, `a Player`. */
export function withArticle(name: string): string {
  return `${/^[AEIO]/.test(name) ? 'an' : 'a'} ${name}`;
}

export function uncapitalise(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

/** Every line of the text moved right by two spaces per level; empty lines stay empty. */
export function indent(text: string, levels = 1): string {
  if (text === '') return '';
  const pad = '  '.repeat(levels);
  const isPlain = !text.includes('\n\n') && !text.startsWith('\n') && !text.endsWith('\n');
  if (isPlain) return pad + text.replaceAll('\n', `\n${pad}`);
  return text.replace(/^(?=.)/gm, pad);
}

/** Lines of generated code are broken after this column where they can be. */
export const LINE_WIDTH = 120;

/** `open a, b, c close` on one line when it fits, else one part per line with trailing commas. */
export function list(open: string, parts: readonly string[], close: string, usedColumns = 0): string {
  const space = open.endsWith('{') && parts.length > 0 ? ' ' : '';
  const line = `${open}${space}${parts.join(', ')}${space}${close}`;
  if (usedColumns + line.length <= LINE_WIDTH && !line.includes('\n')) return line;
  return `${open}\n${parts.map((part) => `${indent(part)},\n`).join('')}${close}`;
}

/** Names imported from one module. */
export interface ModuleImports {
  readonly from: string;
  readonly names: Iterable<string>;
}

/** Import statements, sorted by module, names sorted within; types are marked `type`. */
export function importStatements(modules: readonly ModuleImports[]): string {
  return [...modules]
    .map(({ from, names }) => ({ from, names: [...new Set(names)].sort(byBareName) }))
    .filter(({ names }) => names.length > 0)
    .sort((a, b) => rankOfModule(a.from) - rankOfModule(b.from) || (a.from < b.from ? -1 : 1))
    .map(({ from, names }) => {
      // All of them types: an import that leaves nothing behind at run time.
      const areTypes = names.every((name) => name.startsWith('type '));
      const shown = areTypes ? names.map((name) => name.slice('type '.length)) : names;
      return `${list(`import ${areTypes ? 'type ' : ''}{`, shown, `} from ${quote(from)};`)}`;
    })
    .join('\n');
}

/** Names are few, and each is compared often. */
const BARE_NAMES = new Map<string, string>();

function bareName(name: string): string {
  let bare = BARE_NAMES.get(name);
  if (bare === undefined) {
    bare = name.replace(/^type /, '').toLowerCase();
    if (BARE_NAMES.size < 1_000) BARE_NAMES.set(name, bare);
  }
  return bare;
}

function byBareName(a: string, b: string): number {
  const [bareA, bareB] = [bareName(a), bareName(b)];
  return bareA < bareB ? -1 : bareA > bareB ? 1 : 0;
}

/** Packages first, then relative modules. */
function rankOfModule(from: string): number {
  return from.startsWith('.') ? 1 : 0;
}

/** One statement stands bare, several in braces. */
export function block(statements: string): string {
  return statements.includes('\n') ? `{\n${indent(statements)}\n}` : statements;
}
