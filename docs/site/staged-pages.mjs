/**
 * The Markdown of the repository as pages of the site: links lead to pages, and where they lead to a file that the site
 * does not show, only their text stays.
 */
import { readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { GROUPS } from './site-map.mjs';

/** @returns {{ path: string, source: string, title: string, group: string, text: string }[]} */
export function stagedPages(root) {
  const pages = GROUPS.flatMap(({ title: group, pages: listed }) =>
    listed.map(([path, source, title]) => {
      const text = readFileSync(join(root, source), 'utf8');
      return { path, source, group, text, title: title ?? headingOf(text, source) };
    }),
  );
  const pathOf = new Map(pages.map(({ path, source }) => [source, path]));
  return pages.map((page) => ({ ...page, text: linked(withoutComments(page.text), page, pathOf) }));
}

/** @returns {{ source: string, path: string }[]} pictures of the pages: where they lie, and where the pages look for them */
export function imagesOf(pages) {
  return pages.flatMap(({ source, path, text }) =>
    [...text.matchAll(/!\[[^\]]*\]\((?![a-z]+:)([^)\s]+)\)/gi)].map(([, target]) => ({
      source: normalize(join(dirname(source), target)),
      path: normalize(join(dirname(path), target)),
    })),
  );
}

function headingOf(text, source) {
  const heading = /^# (.+)$/m.exec(text)?.[1];
  if (heading === undefined) throw new Error(`${source} has no heading`);
  return heading.replaceAll('`', '');
}

/** Comments say to tests what to do with a block, and hold code that the reader is spared. */
const withoutComments = (text) => outsideOfFences(text, (part) => part.replace(/<!--[\s\S]*?-->\n?/g, ''));

function linked(text, { path, source }, pathOf) {
  return outsideOfFences(text, (part) =>
    part.replace(/(!?)\[((?:[^\][]|\[[^\]]*\])*)\]\(([^)\s]+)\)/g, (link, isImage, label, target) => {
      if (isImage || /^(?:[a-z]+:|#)/i.test(target)) return link;
      const [file, anchor] = target.split('#');
      const found = pathOf.get(normalize(join(dirname(source), file)));
      if (found === undefined) return label;
      const from = relative(dirname(path), found).replaceAll('\\', '/');
      return `[${label}](${from.startsWith('.') ? from : `./${from}`}.md${anchor === undefined ? '' : `#${anchor}`})`;
    }),
  );
}

/** Changes the prose and leaves blocks of code as they are. */
function outsideOfFences(text, change) {
  return text
    .split(/^(```[\s\S]*?^```$)/m)
    .map((part, index) => (index % 2 === 1 ? part : change(part)))
    .join('');
}
