/**
 * Error texts, documentation and test names are in plain English: GLOSSARY.md has the words, CONTRIBUTING.md the rules.
 *
 * Only slips that a pattern finds without doubt are refused here. Everything else is up to the reader of a change.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERROR_CATALOGUE } from '@nuthatch/model';
import { ts } from 'ts-morph';

const ROOT = join(__dirname, '..');

interface Slip {
  readonly pattern: RegExp;
  /** What to write in its place. */
  readonly better: string;
}

const EVERYWHERE: readonly Slip[] = [
  { pattern: /\b(is|are|was|were) due\b(?! (to|by|for|when|at|after))/, better: '“expected 12 bytes, found 9”' },
  { pattern: /\b[Ww]hoever\b/, better: 'name the subject: a program, a reader, a writer' },
  { pattern: /, none (of|that|but)\b/, better: 'a sentence of its own: “None of … ”' },
  { pattern: /\bone (behind|after) the other\b/, better: '“in turn”' },
  { pattern: /\bfor good\b/, better: '“permanently”, or “until …”' },
  { pattern: /\bhold(s|ing)? up\b/, better: '“delays”' },
  { pattern: /\bheed(s|ed|ing)?\b/, better: '“follows”, “checks”' },
  { pattern: /\bso little waits\b|\bto be had\b|\b(is|are) had\b/, better: 'say who does what' },
];

const IN_NAMES: readonly Slip[] = [...EVERYWHERE, { pattern: /\bnever$/, better: '“never” stands before its verb' }];

const IN_ERRORS: readonly Slip[] = [
  ...EVERYWHERE,
  { pattern: /(?<![Tt]here )\b(is|are|was|were) no (?!longer\b|more\b)/, better: '“is not a …”' },
  { pattern: /, it is \$\{/, better: '“must be a path, found 5”' },
  { pattern: /\bis asked (for|of|by|without)\b|\b(was|were) asked for\b/, better: 'name what the program gave' },
  { pattern: /\b(is|are) none of\b/, better: '“is not one of”' },
];

/** The text that TypeScript sources may show to a user: every string and template of at least three words. */
function textsOf(file: string): readonly (readonly [number, string])[] {
  const source = ts.createSourceFile(file, readFileSync(join(ROOT, file), 'utf8'), ts.ScriptTarget.Latest, true);
  const texts: [number, string][] = [];
  const visit = (node: ts.Node): void => {
    const isText = ts.isStringLiteralLike(node) || ts.isTemplateExpression(node);
    const text = isText ? node.getText(source) : '';
    if (/\w+ \S+ \w+/.test(text))
      texts.push([source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1, text]);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return texts;
}

/** Lines of a page without its code blocks and without the names of tests that it quotes. */
function linesOf(file: string): readonly (readonly [number, string])[] {
  let isCode = false;
  return readFileSync(join(ROOT, file), 'utf8')
    .split('\n')
    .map((line, index): [number, string] => {
      if (/^\s*(```|~~~)/.test(line)) isCode = !isCode;
      return [index + 1, isCode ? '' : line.replace(/`[^`]*`/g, '')];
    });
}

/** Sentences of a page: its paragraphs, items and cells without headings, code blocks and emphasis. */
function sentencesOf(file: string): readonly string[] {
  const lines = linesOf(file).map(([, line]) => line);
  const paragraphs: string[] = [''];
  for (const line of lines) {
    if (/^\s*$|^#|^\s*[-*] |^\s*\d+\. |^\|/.test(line)) paragraphs.push('');
    if (/^\|/.test(line)) paragraphs.push(...line.split('|'));
    else if (!/^#/.test(line)) paragraphs.push(`${paragraphs.pop()} ${line}`);
  }
  return paragraphs
    .map((paragraph) => paragraph.replaceAll('**', '').replace(/^\s*([-*]|\d+\.)?\s*/, ''))
    .flatMap((paragraph) => paragraph.split(/(?<=[.;:!?])\s+/));
}

/** Names of the tests of a file, as written. */
function namesOf(file: string): readonly (readonly [number, string])[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const names = /\b(?:it|test|describe)(?:\.\w+)*(?:\((?:[^()]|\([^()]*\))*\))?\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/g;
  return [...text.matchAll(names)].map((match) => [text.slice(0, match.index).split('\n').length, match[2] as string]);
}

function slips(file: string, texts: readonly (readonly [number, string])[], refused: readonly Slip[]): string[] {
  return texts.flatMap(([line, text]) =>
    refused
      .filter(({ pattern }) => pattern.test(text.trim()))
      .map(({ better }) => `${file}:${line} ${text.trim()} → ${better}`),
  );
}

function tracked(...globs: readonly string[]): readonly string[] {
  const listed = execFileSync('git', ['ls-files', '--', ...globs], { cwd: ROOT, encoding: 'utf8' });
  return listed.split('\n').filter((file) => file !== '');
}

describe('plain English', () => {
  it('is what the hints of all errors are in', () => {
    const hints = Object.entries(ERROR_CATALOGUE).map(([code, { hint }]): [number, string] => [0, `${code}: ${hint}`]);
    expect(slips('error-catalogue.ts', hints, IN_ERRORS)).toEqual([]);
  });

  it('is what the texts of the sources are in', () => {
    const sources = tracked('packages/*/src/**/*.ts', 'packages/*/src/*.ts').filter(
      (file) => !/\.test\.ts$/.test(file),
    );
    expect(sources.length).toBeGreaterThan(300);
    expect(sources.flatMap((file) => slips(file, textsOf(file), IN_ERRORS))).toEqual([]);
  });

  it('is what the documentation is in', () => {
    const pages = tracked('*.md', 'docs/**/*.md', 'packages/**/*.md').filter((file) => file !== 'CHANGELOG.md');
    expect(pages.length).toBeGreaterThan(30);
    expect(pages.flatMap((file) => slips(file, linesOf(file), EVERYWHERE))).toEqual([]);
  });

  it('begins no sentence of the documentation with a headless who or what', () => {
    const pages = tracked('*.md', 'docs/**/*.md', 'packages/**/*.md').filter((file) => file !== 'CHANGELOG.md');
    const headless = pages.flatMap((file) =>
      sentencesOf(file)
        .filter((sentence) => /^(Who|What|Whatever|Whoever)\b/.test(sentence) && !/\?$/.test(sentence))
        .map((sentence) => `${file}: ${sentence}`),
    );
    expect(headless).toEqual([]);
  });

  it('is what the names of tests are in', () => {
    const tests = tracked('packages/**/*.test.ts', 'test/**/*.test.ts').filter((file) => !file.includes('/golden/'));
    expect(tests.length).toBeGreaterThan(150);
    expect(tests.flatMap((file) => slips(file, namesOf(file), IN_NAMES))).toEqual([]);
  });

  it.each([
    'the page has 9 bytes, 12 are due',
    'whoever reads it has it for good',
    'journals an empty transaction never',
    'lists the names, none of them twice',
  ])('finds the slip in “%s”', (text) => {
    expect(slips('page.md', [[1, text]], IN_NAMES)).not.toEqual([]);
  });
});
