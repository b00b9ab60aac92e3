/** A page for each code of an error, of the table in errors.md, so that a search for the code ends where its cure is. */

/**
 * @param errors the page reference/errors as it is staged: its links lead to pages of the site, seen from its folder.
 * @returns {{ path: string, title: string, text: string }[]}
 */
export function errorPages(errors) {
  const rows = [...errors.replaceAll('](./', '](../reference/').matchAll(/^\| `([A-Z_]+)` \|(.*)\|$/gm)];
  return rows.map(([, code, rest]) => {
    const [meaning, cause, remedy, facts] = rest.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|'));
    const text = [
      `# ${code}`,
      `${meaning}.`,
      `## Cause\n\n${sentence(cause)}`,
      `## What to do\n\n${sentence(remedy)}`,
      ...(facts === '–' ? [] : [`## Facts\n\n\`error.facts\` has ${facts}.`]),
      'All codes: [errors](../reference/errors.md).',
    ].join('\n\n');
    return { path: `errors/${code}`, title: code, text: `${text}\n` };
  });
}

const sentence = (text) => (/[.!?]$/.test(text) ? text : `${text}.`);
