/** Adds a setting to a JSON file of the user's, comments and all the rest left as they stand. */

/** Comments taken out; texts, which may hold `//`, stay. */
function withoutComments(text: string): string {
  return text.replace(/("(?:[^"\\]|\\.)*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (_match, string) => string ?? '');
}

/** Whether the last name stands in the file, whatever its value: what is set on purpose is not for us to change. */
export function hasSetting(text: string, path: readonly string[]): boolean {
  return new RegExp(`"${path.at(-1)}"\\s*:`).test(withoutComments(text));
}

/**
 * The text with the setting as the first of its object, which is made where it is missing. A file whose object is not to
 * be found is given back as it is.
 */
export function addSetting(text: string, path: readonly string[], value: unknown): string {
  const [name, ...rest] = path;
  if (rest.length === 0) return insertFirst(text, 0, '  ', `"${name}": ${JSON.stringify(value)}`);
  const object = new RegExp(`"${name}"\\s*:\\s*\\{`).exec(text);
  if (object === null) return insertFirst(text, 0, '  ', `"${name}": { "${rest[0]}": ${JSON.stringify(value)} }`);
  return insertFirst(text, object.index, '    ', `"${rest[0]}": ${JSON.stringify(value)}`);
}

function insertFirst(text: string, from: number, indent: string, member: string): string {
  const brace = text.indexOf('{', from);
  if (brace < 0) return text;
  const isEmpty = /^\{\s*\}/.test(text.slice(brace));
  const end = isEmpty ? `\n${indent.slice(2)}` : ',';
  return `${text.slice(0, brace + 1)}\n${indent}${member}${end}${text.slice(brace + 1).replace(/^\s*\}/, isEmpty ? '}' : '$&')}`;
}
