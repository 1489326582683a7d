import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { describeWithTools } from '../../tools/testing';
import { openBrowser } from './chromium';

const REPORT = resolve(__dirname, '../../docs/examples/ic-resnet8/report.html');
const AXE = readFileSync(createRequire(__filename).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string }[];
}

describeWithTools('chromium')('the report of a run, in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  }, 90_000);
  afterAll(() => browser?.close());

  /** The page, with whatever it asked the network for and whatever the browser complained of. */
  async function opened(
    width: number,
    colorScheme: 'light' | 'dark',
  ): Promise<{ page: Page; said: string[] }> {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    const said: string[] = [];
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith('file:')) said.push(request.url());
    });
    await page.goto(pathToFileURL(REPORT).href);
    return { page, said };
  }

  test.each([
    [360, 'light'],
    [360, 'dark'],
    [1280, 'light'],
    [1280, 'dark'],
  ] as const)(
    '%d pixels wide, %s: nothing sticks out, nothing is fetched, and axe finds nothing',
    async (width, scheme) => {
      const { page, said } = await opened(width, scheme);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      expect(said).toEqual([]);
      await page.evaluate(AXE);
      const { violations } = (await page.evaluate('axe.run()')) as {
        readonly violations: readonly Violation[];
      };
      expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
      await page.close();
    },
    60_000,
  );

  test('dark and light differ, and text stands out from the ground in both', async () => {
    const grounds: unknown[] = [];
    for (const scheme of ['light', 'dark'] as const) {
      const { page } = await opened(1280, scheme);
      grounds.push(await page.evaluate('getComputedStyle(document.body).backgroundColor'));
      await page.close();
    }
    expect(grounds[0]).not.toBe(grounds[1]);
  }, 60_000);

  test('the keyboard reaches the contents first, and then every link in order', async () => {
    const { page } = await opened(1280, 'light');
    await page.keyboard.press('Tab');
    const first = await page.evaluate('document.activeElement.getAttribute("href")');
    expect(first).toMatch(/^#/);
    await page.keyboard.press('Enter');
    expect(await page.evaluate(`document.querySelector(${JSON.stringify(first)}) !== null`)).toBe(true);
    expect(await page.evaluate('location.hash')).toBe(first);
    await page.close();
  }, 60_000);

  test('a screen reader finds one heading of the page, chapters below it, named tables, and words for every chart', async () => {
    const { page } = await opened(1280, 'light');
    expect(await page.getByRole('main').count()).toBe(1);
    expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
    expect(await page.getByRole('heading', { level: 2 }).count()).toBeGreaterThan(5);
    const tables = await page.getByRole('table').count();
    expect(tables).toBeGreaterThan(2);
    expect(await page.locator('table > caption').count()).toBe(tables);
    const charts = page.locator('svg:visible');
    for (let i = 0; i < (await charts.count()); i++) {
      const words = await charts.nth(i).evaluate((svg) => {
        const held = svg.closest('[role=img], [aria-hidden=true]');
        return (
          held?.getAttribute('aria-label') ??
          held?.getAttribute('aria-labelledby') ??
          held?.getAttribute('aria-hidden') ??
          ''
        );
      });
      expect(words).not.toBe('');
    }
    await page.close();
  }, 60_000);
});
