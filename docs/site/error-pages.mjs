/** A page for each code of an error, of the sections of errors.md, so that a search for the code ends where its cure is. */

/** @returns {{ path: string, title: string, text: string }[]} */
export function errorPages(errors) {
  return [...errors.matchAll(/^### `([A-Z_]+)`\n([\s\S]*?)(?=^#|$(?![\s\S]))/gm)].map(([, code, section]) => {
    const text = section
      .replace(/^- \*\*(Cause|Cure)\*\*: (.*)$/gm, '## $1\n\n$2\n')
      .replace(/^- \*\*Facts\*\*: (.*)$/gm, '## Facts\n\n`error.facts` has $1.\n')
      .replace(/(\]\()(?![a-z]+:|#)/g, '$1../reference/');
    return {
      path: `errors/${code}`,
      title: code,
      text: `# ${code}\n${text}\nAll codes: [errors](../reference/errors.md).\n`,
    };
  });
}
