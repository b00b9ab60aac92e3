/** The facts about a migration's module that its text shows: it is never run here. */

/** Whether it has a way up. */
export function exportsUp(text: string): boolean {
  return exportsName(text, 'up');
}

/** Whether it has a way back. */
export function exportsDown(text: string): boolean {
  return exportsName(text, 'down');
}

/** A squashed module of several collections exports them together. */
function exportsName(text: string, name: string): boolean {
  const isOwn = new RegExp(`^export\\s+(?:function|const|let)\\s+${name}\\b`, 'm').test(text);
  const isListed = new RegExp(`^export\\s*\\{[^}]*\\b${name}\\b[^}]*\\}`, 'm').test(text);
  const isMember = /^export\s+const\s+collections\b/m.test(text) && new RegExp(`\\b${name}\\(`).test(text);
  return isOwn || isListed || isMember;
}

/** The values it still asks for: paths of fields. */
export function missingValues(text: string): readonly string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  return [...code.matchAll(/\brequiredValue\(\s*(['"])(.*?)\1/g)].map(([, , path]) => path!);
}
