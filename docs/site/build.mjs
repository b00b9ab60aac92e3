/**
 * Builds the documentation site: `npm run site`, into docs/site/dist. Installs what it needs into docs/site/node_modules.
 *
 *     npm run site                build
 *     npm run site -- --serve     build, then show it on a free port of 127.0.0.1
 *
 * Every page is beside its HTML as Markdown (`guide/queries.md`), `llms.txt` lists them, `llms-full.txt` has all of them.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { installPackage } from '../../scripts/install.mjs';
import { errorPages } from './error-pages.mjs';
import { imagesOf, stagedPages } from './staged-pages.mjs';

const SITE = import.meta.dirname;
const ROOT = resolve(SITE, '..', '..');
const STAGED = join(SITE, 'build', 'pages');
const DIST = join(SITE, 'dist');
/** The first page is wide: it has no outline beside it. */
const FRONT = { index: '---\naside: false\n---\n\n' };
const SUMMARY =
  'Nuthatch is an embedded, durable, typed, reactive in-memory document database for Node.js, written in TypeScript.';

process.chdir(ROOT);
installPackage(SITE);
rmSync(STAGED, { recursive: true, force: true });

const pages = stagedPages(ROOT);
const errors = errorPages(pages.find(({ path }) => path === 'reference/errors').text);
for (const { path, text } of [...pages, ...errors]) write(join(STAGED, `${path}.md`), `${FRONT[path] ?? ''}${text}`);
const images = imagesOf(pages);
for (const { source, path } of images) cpSync(join(ROOT, source), join(STAGED, path));
const { writeApiReference } = await import('./api-reference.mjs');
await writeApiReference(ROOT, join(STAGED, 'api'), existsSync);
write(join(STAGED, 'site-map.json'), JSON.stringify({ pages: pages.map(({ text: _, ...page }) => page), errors }));

const vitepress = join(SITE, 'node_modules', 'vitepress', 'bin', 'vitepress.js');
const { status } = spawnSync(process.execPath, [vitepress, 'build', SITE], { stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);

for (const path of markdownBelow(STAGED)) cpSync(path, join(DIST, relative(STAGED, path)));
for (const { source, path } of images) cpSync(join(ROOT, source), join(DIST, path));
for (const { path, text } of pages.filter(({ path }) => path in FRONT)) write(join(DIST, `${path}.md`), text);
write(join(DIST, 'llms.txt'), llms());
write(join(DIST, 'llms-full.txt'), pages.map(({ path, text }) => `<!-- ${path}.md -->\n\n${text}`).join('\n\n'));
console.log(`${pages.length + errors.length} pages and the API reference are in ${relative(ROOT, DIST)}`);
if (process.argv.includes('--serve'))
  spawnSync(process.execPath, [vitepress, 'preview', SITE, '--host', '127.0.0.1'], { stdio: 'inherit' });

/** https://llmstxt.org: a heading, what it is in one sentence, and a list of pages by section. */
function llms() {
  const sections = grouped(pages);
  const lists = [...sections].map(
    ([group, listed]) => `## ${group}\n\n${listed.map(({ path, title }) => `- [${title}](${path}.md)`).join('\n')}`,
  );
  const optional = `## Optional\n\n- [All exports](api/index.md)\n- [Everything in one file](llms-full.txt)`;
  return `# Nuthatch\n\n> ${SUMMARY}\n\n${lists.join('\n\n')}\n\n${optional}\n`;
}

function grouped(listed) {
  const groups = new Map();
  for (const page of listed) groups.set(page.group, [...(groups.get(page.group) ?? []), page]);
  return groups;
}

function write(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function markdownBelow(folder) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));
}
