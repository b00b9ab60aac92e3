/**
 * A page of documentation as a program: its TypeScript blocks in order, in one function.
 *
 *   ```ts                              runs
 *   ```ts illustration                 is only shown; the test keeps count of these
 *   <!-- file: path -->                the block after it is that file of the repository, letter by letter
 *   <!-- example: path -->             a test of its own runs the block after it, such as test/packed-packages.test.ts
 *   <!-- classes: path -->             the page is about the classes of that folder, and opens its own database
 *   <!-- setup … -->                   code the reader is spared
 *   expression; // => value            holds when the expression equals the value, or matches it if it is an object
 *   expression; // throws CODE         holds when it throws, or rejects with, that error
 */
export interface GuidePage {
  /** The program: a module that exports `run(db, holds, throws)`. */
  readonly program: string;
  /** Results that it claims. */
  readonly claimCount: number;
  readonly illustrationCount: number;
  /** Blocks that stand for a file: path and text. */
  readonly files: readonly { readonly path: string; readonly text: string }[];
  /** The folder of its classes and generated code; empty: the repository's own. */
  readonly classes: string;
  /** Where a block opens a database of its own, none is opened for it. */
  readonly opensDatabase: boolean;
}

const BLOCK =
  /(?:<!-- (?<kind>file|example): (?<path>\S+) -->\s*)?```ts(?<mark>[^\n]*)\n(?<code>[\s\S]*?)```|<!-- setup\n(?<setup>[\s\S]*?)-->/g;
const IMPORT = /^import [^;]*;\n?/gm;
const CLAIM =
  /^(?<indent>\s*)(?:(?<declaration>const \w+ = ))?(?<expression>.+?);\s*\/\/ (?<verb>=>|throws) (?<due>.+)$/gm;

/** Takes a page apart. `directory`: where its programs keep their files. */
export function readGuidePage(text: string, directory: string): GuidePage {
  const imports = new Set<string>();
  const files: { path: string; text: string }[] = [];
  let body = '';
  let claimCount = 0;
  let illustrationCount = 0;
  for (const { groups = {} } of text.matchAll(BLOCK)) {
    const { kind, path, mark, code, setup } = groups;
    if (kind === 'file') files.push({ path: path as string, text: code as string });
    else if (mark?.trim() === 'illustration') illustrationCount++;
    else if (kind !== 'example') {
      const source = setup ?? (code as string);
      for (const [line] of source.matchAll(IMPORT)) imports.add(line.trim());
      const plain = source.replace(IMPORT, '');
      body += plain.replace(CLAIM, (_, indent, declaration, expression, verb, due) => {
        claimCount++;
        if (verb === 'throws') return `${indent}await throws(async () => ${expression}, '${due}');`;
        if (declaration === undefined) return `${indent}holds(${expression}, ${due});`;
        return `${indent}${declaration}${expression};\n${indent}holds(${declaration.split(' ')[1]}, ${due});`;
      });
    }
  }
  // Also as the beginning of a longer path: what a page writes is to lie there, and not in the folder of whoever runs it.
  const placed = body.replace(
    /(['`])\.\/(data|cache|settings|backup|earlier|copy|readable|players\.csv)(?=['`/])/g,
    (_, quote, name) => `${quote}${directory}/${name}`,
  );
  const program = `${[...imports].join('\n')}
import type { NuthatchDatabase as Given } from './generated/index.js';

type Holds = (actual: unknown, due: unknown) => void;
type Throws = (work: () => unknown, code: string) => Promise<void>;
const console = { log(..._values: readonly unknown[]): void {} };

export async function run(given: Given, holds: Holds, throws: Throws): Promise<void> {
${/\bdb = (?:await|base\.fork)/.test(placed) ? 'void given;' : 'const db = given;'}
${placed}
void [console, holds, throws];
}
`;
  return {
    program,
    claimCount,
    illustrationCount,
    files,
    classes: /<!-- classes: (\S+) -->/.exec(text)?.[1] ?? '',
    opensDatabase: /\bopenDatabase\(|\bopenKeyValue\(/.test(placed),
  };
}
