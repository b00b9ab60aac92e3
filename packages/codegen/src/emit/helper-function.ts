/** Text of a function whose body may not read all that it is given, as of an empty class: compilers warn of what is unread. */
import { indent } from './source-text.js';

const FIELDS = 'const values = value as Values;\n';

/** @param parameters name → type; those that the body does not read get an underscore. */
export function helperFunction(
  name: string,
  parameters: Readonly<Record<string, string>>,
  returned: string,
  body: string,
): string {
  const rest = body.startsWith(FIELDS) ? body.slice(FIELDS.length) : undefined;
  const text = rest !== undefined && !reads(rest, 'values') ? rest : body;
  const list = Object.entries(parameters).map(
    ([parameter, type]) => `${reads(text, parameter) ? '' : '_'}${parameter}: ${type}`,
  );
  return `function ${name}(${list.join(', ')}): ${returned} {\n${indent(text)}\n}`;
}

function reads(body: string, variable: string): boolean {
  return new RegExp(`\\b${variable}\\b`).test(body);
}
