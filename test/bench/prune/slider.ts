import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { type BenchContext, measured, median } from '../measure.ts';

/** What of `test/browser` is used here; found at run time, since it bundles the host's half itself. */
interface Views {
  openBrowser(): Promise<Browser>;
  hostSide(): Promise<unknown>;
}
interface PruningPage {
  chain(channels: readonly number[]): unknown;
  openPruning(browser: Browser, side: unknown, options: object): Promise<{ page: Page }>;
}

const groups = 1000;

/** Moves the slider of the preview through 40 values; milliseconds until the totals and the groups in sight are drawn anew. */
export async function slider(bench: BenchContext): Promise<void> {
  if (!existsSync('dist/pruning-view.js')) return bench.skip('slider', 'dist/ is not built: npm run build');
  await measured(bench, `a step of the slider, ${groups} groups`, async () => {
    const load = async <T>(file: string): Promise<T> => (await import(pathToFileURL(path.resolve('test/browser', file)).href)) as T;
    const [views, page] = [await load<Views>('view-page.mjs'), await load<PruningPage>('pruning-page.mjs')];
    const browser = await views.openBrowser();
    try {
      const profile = page.chain(Array.from({ length: groups }, (_, i) => 16 + (i % 5) * 16));
      const choice = { goal: 'macs', amount: 0.3, roundTo: 8, groups: [] };
      const opened = await page.openPruning(browser, await views.hostSide(), { profile, state: { choice, sort: 'macs' } });
      await opened.page.locator('lathe-pruning-groups tbody tr').nth(149).waitFor();
      const times = await opened.page.evaluate<number[]>(drag);
      const value = median(times);
      const greatest = Math.max(...times);
      bench.report({
        name: `a step of the slider, ${groups} groups`,
        value,
        unit: 'ms',
        goal: '<= 30 ms',
        ok: value <= 30,
        note: `median of ${times.length}, greatest ${greatest.toFixed(1)}`,
      });
    } finally {
      await browser.close();
    }
  });
}

/** In the page. */
const drag = `(async () => {
  const app = document.querySelector('lathe-pruning');
  const input = app.shadowRoot.querySelector('#amount');
  const times = [];
  for (let value = 20; value < 60; value++) {
    const began = performance.now();
    input.value = String(value);
    input.dispatchEvent(new Event('input', { bubbles: true }));
    await app.updateComplete;
    await app.shadowRoot.querySelector('lathe-pruning-groups').updateComplete;
    times.push(performance.now() - began);
  }
  return times;
})()`;
