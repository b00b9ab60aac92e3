/**
 * A real browser for the pages of examples: Chromium of the system, without a window. With `CI` set it must be there;
 * elsewhere a missing one is said and skipped.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';

const SCREENSHOTS = resolve(__dirname, '../../build/screenshots');
const PLACES = [
  process.env['CHROMIUM'] ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];

/** Whether pages can be opened; prints one line when they cannot. */
export function canOpenPages(): boolean {
  if (process.env['CI'] || PLACES.some((place) => existsSync(place))) return true;
  process.stderr.write('skipped: the tests of web pages, since there is no Chromium (set CHROMIUM to its path)\n');
  return false;
}

export class TestBrowser {
  readonly #browser: Browser;
  /** What a page said on its console, failed at or asked another server for: to be empty at the end. */
  readonly problems: string[] = [];

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async launch(): Promise<TestBrowser> {
    const executablePath = PLACES.find((place) => existsSync(place));
    if (executablePath === undefined) throw new TypeError(`there is no Chromium at ${PLACES.join(', ')}`);
    // Tests often run as root in a container, where Chromium's sandbox does not start.
    return new TestBrowser(await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] }));
  }

  async open(url: string): Promise<Page> {
    const page = await this.#browser.newPage({ viewport: { width: 1000, height: 700 } });
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') this.problems.push(message.text());
    });
    page.on('pageerror', (error) => this.problems.push(String(error)));
    page.on('request', (request) => {
      if (!request.url().startsWith(url)) this.problems.push(`asks another server: ${request.url()}`);
    });
    await page.goto(url);
    return page;
  }

  /** Kept in build/screenshots, for people to look at. */
  async screenshot(page: Page, name: string): Promise<void> {
    mkdirSync(SCREENSHOTS, { recursive: true });
    await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
  }

  close(): Promise<void> {
    return this.#browser.close();
  }
}
