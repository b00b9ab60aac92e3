import { ts } from 'ts-morph';
import { wrapLines } from './wrap-lines.js';

const LONG = 'aRatherLongNameOfSomething';

/** Lines as emitters write them, each longer than a line may be. */
const LINES: readonly string[] = [
  `  if (${LONG} !== undefined && (typeof ${LONG} !== 'string')) violations = mismatch(violations, '${LONG}', 'a string', value);`,
  `      else if (!(typeof ${LONG} === 'string' && ${LONG}.length >= 3)) violations = broken(violations, 'a', 'b', 'c ${LONG}');`,
  `    { name: 'a', type: { kind: 'literal', values: ['${LONG}', '${LONG}', '${LONG}', '${LONG}', '${LONG}'] }, rules: [] },`,
  `  readonly ground?: { readonly street: ${LONG}['street']; readonly city: ${LONG}['city']; readonly seats?: ${LONG} | undefined } | undefined;`,
  `  readonly ground?: { readonly street: Array<${LONG}['street'] | ${LONG} | NonNullable<${LONG}> | ${LONG}>['length'] };`,
  `export const key = (first: ${LONG}['first'], second: ${LONG}['second'], third: ${LONG}): Key => ({ first, second, third });`,
  `  _name: 'one-of-some-names' | '${LONG}' | 'another | name' | 'it\\'s another = name' = null as never as keyof typeof fields & string,`,
  `  return Object.freeze(Object.assign(Object.create(Ground.prototype) as object, { ${LONG}: values['a'], b: values['b'], c: 1 }));`,
  `      (present0 & 1) === 0 ? undefined : Object.freeze(new ${LONG}(reader.string(), reader.${LONG}(), reader.${LONG}(), [])),`,
  `  const ${LONG} = (${LONG} === null || ${LONG} === undefined || ${LONG} === 'a, (b) || [c]' || ${LONG} > 1);`,
  `  violations = broken(violations, \`\${path}.a, b\`, 'x', 'text; with, (odd [brackets and "quotes" \\\\' + \`\${f({ a: [\`}\`] })} , \`);`,
  `  if (${LONG} !== 'aaaaaaaaaaaaaaaaaaaaaaaaa' && ${LONG} !== 'bbbbbbbbbbbbbbbbbbbbbbbb' && ${LONG} !== 'c') return ${LONG};`,
];

function tokensOf(text: string): readonly string[] {
  const file = ts.createSourceFile('a.ts', text, ts.ScriptTarget.ES2022);
  const tokens: string[] = [];
  const visit = (node: ts.Node): void => {
    const children = node.getChildren(file);
    if (children.length === 0 && node.kind !== ts.SyntaxKind.SyntaxList) tokens.push(node.getText(file));
    for (const child of children) visit(child);
  };
  visit(file);
  // Commas and semicolons before a closing bracket, and a `|` before the first member of a union, mean nothing.
  return tokens
    .filter((token) => token !== '')
    .filter((token, index, all) => !(/^[,;]$/.test(token) && /^[)\]}]$/.test(all[index + 1] ?? '')))
    .filter((token, index, all) => !(token === '|' && all[index - 1] === ':'));
}

describe('wrapLines', () => {
  it.each(LINES)('breaks %s and leaves what it means', (line) => {
    const wrapped = wrapLines(line);
    expect(wrapped.split('\n').length).toBeGreaterThan(1);
    expect(wrapped.split('\n').filter((each) => each.length > 120)).toEqual([]);
    expect(tokensOf(wrapped)).toEqual(tokensOf(line));
  });

  it('puts no comma into the key of a mapped type', () => {
    const value = `NonNullable<NonNullable<${LONG}['name']>[keyof NonNullable<${LONG}['name']>]>`;
    for (const line of [
      `  readonly name?: { readonly [K in keyof NonNullable<${LONG}['name']>]: ${value} } | undefined;`,
      `  readonly name: { readonly [K in keyof ${LONG}['name']]?: ${value} };`,
      `  readonly name: { readonly [key: string]: ${value}; readonly other: ${value} };`,
    ]) {
      const { diagnostics } = ts.transpileModule(`interface A {\n${wrapLines(line)}\n}`, { reportDiagnostics: true });
      expect(diagnostics?.map(({ messageText }) => messageText)).toEqual([]);
    }
  });

  it('puts nothing into empty brackets, however long the line around them', () => {
    const members = 'String | Number | Boolean | BigInt | Date | Uint8Array | Float32Array';
    for (const line of [
      `  name?: ReadonlyMap<String, ${members} | {  }> | ReadonlySet<${members}> | null | undefined;`,
      `  name?: ReadonlyMap<String, ${members} | {}> | ReadonlySet<${members}> | null | undefined;`,
    ]) {
      const { diagnostics } = ts.transpileModule(`interface A {\n${wrapLines(line)}\n}`, { reportDiagnostics: true });
      expect(diagnostics).toEqual([]);
    }
  });

  it('leaves comments, and what cannot be broken, as it stands', () => {
    for (const line of [`/** ${'a, (b) '.repeat(30)} */`, `const text = '${'a, (b) '.repeat(30)}';`])
      expect(wrapLines(line)).toBe(line);
  });

  it('gives back a text without long lines as it is', () => {
    expect(wrapLines('if (a) b(c, d);\n')).toBe('if (a) b(c, d);\n');
  });
});
