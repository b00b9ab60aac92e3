/**
 * The one argument of a tool, checked before anything is done: an object of known names and of values of their types.
 *
 * All tools share their names: `directory` is read or worked on, `destination` is made. Other words for the two are
 * refused with the right one.
 */
import { DatabaseError } from '@nuthatch/model';
import { showValue } from './show-value.js';
import { unknownOption } from './unknown-option.js';

/** The requirement for a value, in words, and its check. */
interface Kind {
  readonly due: string;
  is(value: unknown): boolean;
}

const isObject = (value: unknown): value is Readonly<Record<PropertyKey, unknown>> =>
  typeof value === 'object' && value !== null;

const FILE_SYSTEM_CALLS = ['open', 'makeDirectory', 'list', 'stat', 'rename', 'remove', 'syncDirectory', 'lock'];

const KINDS = {
  path: {
    due: 'the path of a directory, as text',
    is: (value) => typeof value === 'string' && value !== '' && !value.includes('\0'),
  },
  pathOrFalse: {
    due: 'the path of a directory, or false',
    is: (value) => value === false || KINDS.path.is(value),
  },
  text: { due: 'a text', is: (value) => typeof value === 'string' },
  /** `every` passes over holes, a copy has none. */
  texts: {
    due: 'a list of texts',
    is: (value) => Array.isArray(value) && Array.from(value).every((item) => typeof item === 'string'),
  },
  list: { due: 'a list', is: (value) => Array.isArray(value) && Array.from(value).every(isObject) },
  flag: { due: 'true or false', is: (value) => typeof value === 'boolean' },
  count: {
    due: 'a whole number of 0 or more',
    is: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
  },
  positive: {
    due: 'a whole number of 1 or more',
    is: (value) => Number.isSafeInteger(value) && (value as number) >= 1,
  },
  time: { due: 'milliseconds since 1970', is: (value) => typeof value === 'number' && Number.isFinite(value) },
  call: { due: 'a function', is: (value) => typeof value === 'function' },
  signal: {
    due: 'an AbortSignal',
    is: (value) =>
      isObject(value) && typeof value.aborted === 'boolean' && typeof value.addEventListener === 'function',
  },
  /** A text is iterable too, and never meant. */
  lines: {
    due: 'an iterable of lines',
    is: (value) =>
      isObject(value) &&
      (typeof value[Symbol.asyncIterator] === 'function' || typeof value[Symbol.iterator] === 'function'),
  },
  stream: {
    due: 'a readable stream',
    is: (value) => isObject(value) && typeof value[Symbol.asyncIterator] === 'function',
  },
  fileSystem: {
    due: 'a FileSystem',
    is: (value) => isObject(value) && FILE_SYSTEM_CALLS.every((name) => typeof value[name] === 'function'),
  },
  object: { due: 'an object', is: isObject },
  direction: { due: "'up' or 'down'", is: (value) => value === 'up' || value === 'down' },
} satisfies Readonly<Record<string, Kind>> as Readonly<Record<KindName, Kind>>;

type KindName =
  | ('path' | 'pathOrFalse' | 'text' | 'texts' | 'list' | 'flag' | 'count' | 'positive' | 'time' | 'call' | 'signal')
  | ('lines' | 'stream' | 'fileSystem' | 'object' | 'direction');

/** Name → kind; `?` at its end: may be left out. */
export type InputShape = Readonly<Record<string, KindName | `${KindName}?`>>;

/** A shape that says something of every option of a type, so that none is refused by mistake. */
export type ShapeOf<Input> = {
  readonly [Name in Exclude<keyof Input, 'fileSystem' | 'codecs'>]-?: KindName | `${KindName}?`;
};

/** Every tool takes these. */
export const STORAGE_SHAPE = { pageCodec: 'text?', encryption: 'object?', fileSystem: 'fileSystem?' } as const;

const OTHER_WORDS: Readonly<Record<string, readonly string[]>> = {
  directory: ['from', 'dir', 'path', 'source', 'src', 'folder', 'database', 'input'],
  destination: ['to', 'target', 'dest', 'dst', 'output', 'out', 'directory', 'dir', 'path', 'folder'],
  lines: ['input', 'dump', 'text'],
  stream: ['from', 'input', 'source', 'archive'],
};

/**
 * @param of the tool, as it is called.
 * @throws DatabaseError `INVALID_OPTION` with the name that is wrong, missing or of another type.
 */
export function checkInput(of: string, input: unknown, shape: InputShape): void {
  const names = Object.keys(shape);
  if (!isObject(input) || Array.isArray(input)) {
    const what = `${of} takes an object with ${names.join(', ')}, found ${showValue(input)}`;
    throw new DatabaseError('INVALID_OPTION', what, { option: 'input' });
  }
  for (const name of Object.keys(input)) if (!Object.hasOwn(shape, name)) throw wrongName(name, of, names, input);
  for (const [name, asked] of Object.entries(shape)) {
    const value = input[name];
    const kind = KINDS[asked.replace('?', '') as KindName];
    if (value === undefined ? asked.endsWith('?') : kind.is(value)) continue;
    const found = value === undefined ? 'missing' : showValue(value);
    const what = `\`${name}\` of ${of} must be ${kind.due}, found ${found}`;
    throw new DatabaseError('INVALID_OPTION', what, { option: name });
  }
}

/** Names the right word: the one that is missing and that this one often stands for, or the nearest. */
function wrongName(name: string, of: string, names: readonly string[], input: object): DatabaseError {
  const right = names.find((known) => OTHER_WORDS[known]?.includes(name) && !Object.hasOwn(input, known));
  if (right === undefined) return unknownOption(name, of, names);
  const what = `\`${name}\` is not an option of ${of}; the option is called \`${right}\``;
  return new DatabaseError('INVALID_OPTION', what, { option: name, nearest: right });
}
