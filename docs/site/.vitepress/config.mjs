/** How the site looks. Its pages are staged by build.mjs; nothing is loaded from other servers. */
import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitepress';

const { pages, errors } = JSON.parse(readFileSync(new URL('../build/pages/site-map.json', import.meta.url), 'utf8'));
const groups = [...new Set(pages.map(({ group }) => group))];
const sidebar = groups.map((group) => ({
  text: group,
  collapsed: group !== 'Start' && group !== 'Guide',
  items: pages.filter((page) => page.group === group).map(({ title, path }) => ({ text: title, link: `/${path}` })),
}));

/** A nut, as no request for an icon is to go out of a page. */
const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="9" r="6" fill="#a0662c"/><path d="M2 8a6 6 0 0 1 12 0z" fill="#5b3a1a"/></svg>';

export default defineConfig({
  title: 'Nuthatch',
  description: 'An embedded, durable, typed, reactive in-memory document database for Node.js, written in TypeScript.',
  lang: 'en',
  head: [['link', { rel: 'icon', href: `data:image/svg+xml,${encodeURIComponent(ICON)}` }]],
  srcDir: 'build/pages',
  outDir: 'dist',
  cacheDir: 'build/cache',
  base: process.env.NUTHATCH_SITE_BASE ?? '/',
  // Every link has to lead somewhere: a dead one fails the build.
  ignoreDeadLinks: false,
  markdown: {
    // Types such as Promise<void> in prose are no elements, and braces are no expressions.
    html: false,
    config: (markdown) => {
      markdown.renderer.rules.text = (tokens, index) => neutral(markdown.utils.escapeHtml(tokens[index].content));
    },
  },
  themeConfig: {
    nav: [
      { text: 'Start', link: '/guide/getting-started' },
      { text: 'Guide', link: '/guide/modelling' },
      { text: 'Errors', link: '/reference/errors' },
      { text: 'API', link: '/api/' },
    ],
    sidebar: {
      '/errors/': [{ text: 'Errors', items: errors.map(({ title, path }) => ({ text: title, link: `/${path}` })) }],
      '/': sidebar,
    },
    outline: [2, 3],
    search: { provider: 'local' },
  },
});

/** Braces of prose as entities, so that the page's framework takes them for text. */
function neutral(html) {
  return html.replaceAll('{', '&#123;').replaceAll('}', '&#125;');
}
