import fs from 'node:fs';
import { createRequire } from 'node:module';

const source = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds against WCAG 2.2 A and AA inside a webview: one line for each. */
export async function accessibilityProblems(webview) {
  const body = webview.locator('body');
  await body.evaluate((_, text) => globalThis.eval(text), source).catch(() => injectWithoutEval(webview, source));
  const { violations } = await body.evaluate(() =>
    globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }),
  );
  return violations.map(({ id, help, nodes }) => `${id}: ${help} (${nodes.map(({ target }) => target.join(' ')).join('; ')})`);
}

/** The page forbids eval, as it should: the debugger's own evaluation is not bound by the page's policy. */
async function injectWithoutEval(webview, text) {
  const element = await webview.locator('body').elementHandle();
  const frame = await element.ownerFrame();
  await frame.evaluate(text);
}
