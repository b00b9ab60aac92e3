/**
 * The documentation site, built and looked at in a browser. What its tools need is installed into docs/site/node_modules.
 *
 * The screenshot of the first page is kept in build/screenshots.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, extname, join, resolve } from 'node:path';
import { ERROR_CATALOGUE } from '@nuthatch/model';
import { canOpenPages, TestBrowser } from './support/browser.js';

const ROOT = resolve(__dirname, '..');
const SITE = join(ROOT, 'docs', 'site');
const DIST = join(SITE, 'dist');
const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.md': 'text/markdown',
};

const read = (path: string): string => readFileSync(join(DIST, path), 'utf8');

function run(args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${args.join(' ')} failed:\n${stdout}\n${stderr}`);
  return stdout;
}

beforeAll(() => {
  run(['docs/site/build.mjs']);
});

it('has each page as HTML and as Markdown, and lists them in llms.txt', () => {
  const listed = [...read('llms.txt').matchAll(/\]\(([^)]+\.md)\)/g)].map(([, path]) => path!);
  expect(listed.length).toBeGreaterThan(30);
  for (const path of listed) {
    expect([path, existsSync(join(DIST, path))]).toEqual([path, true]);
    expect([path, existsSync(join(DIST, path.replace(/\.md$/, '.html')))]).toEqual([path, true]);
  }
});

it('shows every page of the guide', () => {
  const listed = read('llms.txt');
  const guide = readdirSync(join(ROOT, 'docs', 'guide')).filter((name) => name.endsWith('.md'));
  expect(guide.filter((name) => !listed.includes(`(guide/${name})`))).toEqual([]);
});

it('leads every link of a Markdown page to a page that is there', () => {
  const pages = readdirSync(DIST, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'));
  const broken = pages.flatMap((page) => {
    const prose = read(page)
      .replace(/^```[\s\S]*?^```/gm, '')
      .replace(/`[^`\n]*`/g, '');
    return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target]) => target!.split('#')[0]!)
      .filter((path) => path !== '' && !/^[a-z]+:/.test(path) && !existsSync(join(DIST, dirname(page), path)))
      .map((path) => `${page}: ${path}`);
  });
  expect(broken).toEqual([]);
});

it('has a page for each code of an error, with its cause and its cure', () => {
  for (const code of Object.keys(ERROR_CATALOGUE)) {
    const page = read(`errors/${code}.md`);
    expect(page).toContain(`# ${code}\n`);
    expect(page).toMatch(/## Cause\n\n\S[\s\S]*## Cure\n\n\S/);
  }
});

it('is written in words that a dictionary has, but for those of own-words.txt', () => {
  const output = run([
    'docs/site/node_modules/cspell/bin.mjs',
    ...['--config', 'docs/site/cspell.json', '--no-progress', '--no-color', '--no-must-find-files'],
  ]);
  expect(output).toBe('');
});

describe('in a browser', () => {
  let server: Server;
  let browser: TestBrowser;
  const hasBrowser = canOpenPages();

  beforeAll(async () => {
    server = createServer((request, response) => {
      const path = join(DIST, decodeURIComponent(new URL(request.url!, 'http://x').pathname));
      const file = [path, `${path}.html`, join(path, 'index.html')].find((each) => existsSync(each) && extname(each));
      if (file === undefined) return response.writeHead(404).end();
      const type = MEDIA_TYPES[extname(file)] ?? 'application/octet-stream';
      return response.writeHead(200, { 'content-type': type }).end(readFileSync(file));
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    if (hasBrowser) browser = await TestBrowser.launch();
  });

  afterAll(async () => {
    await browser?.close();
    server.closeAllConnections();
    server.close();
  });

  it('says on its first page what it is, thirty lines of it, three figures and one command', async () => {
    if (!hasBrowser) return;
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const page = await browser.open(url);
    await page.setViewportSize({ width: 1280, height: 1900 });
    expect(await page.textContent('h1')).toContain('Nuthatch');
    expect(await page.locator('main table tbody tr').count()).toBe(3);
    expect(await page.locator('main div.language-sh').first().textContent()).toContain('npm create nuthatch@latest');
    const lines = ((await page.locator('main div.language-ts code').last().textContent()) ?? '').split('\n');
    expect(lines.length).toBeLessThanOrEqual(30);
    // Code is read without moving it to the side.
    const isCut = await page
      .locator('main div.language-ts pre')
      .evaluateAll((blocks) => blocks.some((block) => block.scrollWidth > block.clientWidth));
    expect(isCut).toBe(false);
    await browser.screenshot(page, 'site');
    for (const path of ['guide/queries', 'errors/DUPLICATE_KEY', 'api/', 'reference/errors']) {
      await page.goto(url + path);
      expect((await page.textContent('h1'))?.length).toBeGreaterThan(3);
    }
    expect(browser.problems).toEqual([]);
  });
});
