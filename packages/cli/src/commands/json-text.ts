/** Adds a setting to a JSON file of the user's, comments and all the rest left as they stand. */

type Settings = Readonly<Record<string, unknown>>;

/** Comments and a byte order mark become spaces, so that places stay; texts, which may hold `//`, stay as well. */
function withoutComments(text: string): string {
  const blank = (comment: string): string => comment.replace(/[^\n]/g, ' ');
  return text.replace(
    /("(?:[^"\\]|\\.)*")|\/\/[^\n]*|\/\*[\s\S]*?\*\/|^\ufeff/g,
    (match, string) => string ?? blank(match),
  );
}

/**
 * What a JSON file holds; undefined when that is no object.
 *
 * @param isLoose comments and commas at the end are taken, as in a tsconfig.json.
 */
export function settingsOf(text: string, isLoose: boolean): Settings | undefined {
  const plain = withoutComments(text).replace(/("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])/g, (_match, string) => string ?? '');
  try {
    const value: unknown = JSON.parse(isLoose ? plain : text.replace(/^\ufeff/, ''));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the setting stands in its place, whatever its value: what is set on purpose is not for us to change. */
export function hasSetting(settings: Settings, path: readonly string[]): boolean {
  const [name = '', ...rest] = path;
  const value = settings[name];
  if (rest.length === 0) return value !== undefined;
  // Where something else stands in the place of the object, it is not for us to change either.
  return value !== undefined && (!isObject(value) || hasSetting(value, rest));
}

function isObject(value: unknown): value is Settings {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The text with the setting as the first of its object, which is made where it is missing. A file whose object is not to
 * be found is given back as it is.
 */
export function addSetting(text: string, path: readonly string[], value: unknown): string {
  const [name, ...rest] = path;
  const plain = withoutComments(text);
  if (rest.length === 0) return insertFirst(text, 0, '  ', `"${name}": ${JSON.stringify(value)}`);
  const object = new RegExp(`"${name}"\\s*:\\s*\\{`).exec(plain);
  if (object === null) return insertFirst(text, 0, '  ', `"${name}": { "${rest[0]}": ${JSON.stringify(value)} }`);
  return insertFirst(text, object.index, '    ', `"${rest[0]}": ${JSON.stringify(value)}`);
}

function insertFirst(text: string, from: number, indent: string, member: string): string {
  const brace = withoutComments(text).indexOf('{', from);
  if (brace < 0) return text;
  const isEmpty = /^\{\s*\}/.test(text.slice(brace));
  const end = isEmpty ? `\n${indent.slice(2)}` : ',';
  return `${text.slice(0, brace + 1)}\n${indent}${member}${end}${text.slice(brace + 1).replace(/^\s*\}/, isEmpty ? '}' : '$&')}`;
}
