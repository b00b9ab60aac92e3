/** Every relative link of every Markdown file leads to a file, and its anchor to a heading; every path it names exists. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '..');
const SKIPPED = new Set(['node_modules', 'dist', 'build', 'coverage', '.git']);

function markdownFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : markdownFiles(path);
    return entry.isFile() && entry.name.endsWith('.md') ? [path] : [];
  });
}

/** The text without code, in which nothing is a link. */
function withoutCode(text: string): string {
  return text.replace(/^(```|~~~)[\s\S]*?^\1/gm, '').replace(/`[^`\n]*`/g, '');
}

/** Anchors as GitHub makes them of headings. */
function anchors(text: string): Set<string> {
  const headings = [...text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^#{1,6} +(.+?) *$/gm)];
  return new Set(
    headings.map(([, title]) =>
      (title as string)
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replace(/\s/g, '-'),
    ),
  );
}

const files = markdownFiles(ROOT);

it('finds the documentation', () => {
  expect(files.length).toBeGreaterThan(15);
});

it.each(files.map((file) => file.slice(ROOT.length + 1)))('every relative link in %s leads somewhere', (name) => {
  const file = join(ROOT, name);
  const broken: string[] = [];
  for (const [, target] of withoutCode(readFileSync(file, 'utf8')).matchAll(/\]\(<?([^)\s>]+)>?(?: "[^"]*")?\)/g)) {
    if (/^[a-z]+:/i.test(target as string)) continue;
    const [path, anchor] = (target as string).split('#') as [string, string?];
    const found = path === '' ? file : join(dirname(file), decodeURIComponent(path));
    const isThere = existsSync(found);
    const isAnchored =
      anchor === undefined || (isThere && statSync(found).isFile() && anchors(readFileSync(found, 'utf8')).has(anchor));
    if (!isThere || !isAnchored) broken.push(target as string);
  }
  expect(broken).toEqual([]);
});

it('the README leads to each page of the guide', () => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const pages = readdirSync(join(ROOT, 'docs/guide')).filter((name) => name.endsWith('.md'));
  expect(pages.length).toBeGreaterThan(30);
  expect(pages.filter((name) => !readme.includes(`(docs/guide/${name})`))).toEqual([]);
});

/** `packages/x/src/y.ts`, from the root: how documents name files without linking to them. */
const PATH = /`((?:bench|docs|examples|packages|scripts|test)\/[\w./-]+\.(?:md|mjs|ts))`/g;

it('every file that the documents at the root and in docs name is there', () => {
  const named = files
    .filter((file) => dirname(file) === ROOT || file.startsWith(join(ROOT, 'docs')))
    .flatMap((file) => [...readFileSync(file, 'utf8').matchAll(PATH)].map(([, path]) => path as string))
    // ARCHITECTURE.md shortens the runtime's tests, and says so.
    .filter((path) => !existsSync(join(ROOT, path)) && !existsSync(join(ROOT, 'packages/runtime', path)));
  expect(named).toEqual([]);
});

it('every file of the runtime that how-it-works.md names is there', () => {
  const page = readFileSync(join(ROOT, 'docs/how-it-works.md'), 'utf8');
  const named = [...page.matchAll(/`((?:[a-z-]+\/)+[a-z-]+\.ts)`/g)].map(([, path]) => path as string);
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((path) => !existsSync(join(ROOT, 'packages/runtime/src', path)))).toEqual([]);
});
