// Views of the extension in a plain page of a real browser: no VS Code around them, so a test needs a second instead of twenty. The page has
// the same policy, the same bundle (from dist/, build first) and the same messages.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { textFiles } from '../../scripts/text-files.mjs';
import { chromium } from 'playwright-core';
import { installHost } from '../host/install.mjs';
import { themes, themeStyle } from './themes.mjs';

const root = path.join(import.meta.dirname, '../..');
const origin = 'http://lathe.test';
export const shots = path.join(root, 'out/shots');

/** The host's half (host-side.ts), bundled. */
export async function hostSide() {
  const outfile = path.join(root, `out/browser-host-${process.pid}.mjs`);
  await build({
    entryPoints: [path.join(root, 'test/browser/host-side.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    // Packages in CommonJS call require for Node's own modules.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    loader: textFiles,
    logLevel: 'warning',
  });
  try {
    return await import(pathToFileURL(outfile).href);
  } finally {
    fs.rmSync(outfile, { force: true });
  }
}

export async function openBrowser() {
  const { chromium: executablePath, browserEnv } = await installHost();
  return chromium.launch({ executablePath, args: ['--no-sandbox'], env: { ...process.env, ...browserEnv } });
}

/** Hands a message to a page. As text: Playwright takes objects apart one by one, which for a graph of ten thousand nodes lasts many seconds. */
function post(page, message) {
  let plain = true;
  const text = JSON.stringify(message, (_, value) => {
    plain &&= !ArrayBuffer.isView(value);
    return value;
  });
  return plain
    ? page.evaluate((data) => window.postMessage(JSON.parse(data), '*'), text)
    : page.evaluate((data) => window.postMessage(data, '*'), message);
}

/**
 * A page with one view. `connect(channel)` plays the host: it gets the host's end of the channel before the page loads. `state` is what the view
 * kept when it was last shown; what it keeps is in `page.kept()`. Problems of the page (errors, refused by the policy) are in `problems`.
 */
export async function openView(browser, side, { bundle, element, connect, theme = 'dark', size = [1280, 800], scale = 1, state = null }) {
  const context = await browser.newContext({ viewport: { width: size[0], height: size[1] }, deviceScaleFactor: scale });
  const page = await context.newPage();
  const problems = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  const channel = new side.Channel((message) => void post(page, message).catch(() => {}));
  connect(channel);
  await page.exposeFunction('latheToHost', (message) => channel.receive(message));
  const { kind } = themes[theme];
  await page.addInitScript(
    ({ state, kind }) => {
      let kept = state;
      window.latheKept = () => kept;
      window.acquireVsCodeApi = () => ({
        postMessage: (message) => void window.latheToHost(message),
        getState: () => kept,
        setState: (next) => (kept = structuredClone(next)),
      });
      document.addEventListener('DOMContentLoaded', () => document.body.classList.add(...kind.split(' ')));
    },
    { state, kind },
  );
  const html = side.pageHtml({
    title: 'Lathe',
    element,
    script: `${origin}/dist/${bundle}.js`,
    style: `${origin}/style.css`,
    source: origin,
    nonce: 'bm9uY2U=',
  });
  const style = `${themeStyle(themes[theme])}\n${fs.readFileSync(path.join(root, 'media/webview.css'), 'utf8')}`;
  await page.route(`${origin}/**`, (route) => {
    const { pathname } = new URL(route.request().url());
    if (pathname === '/') return route.fulfill({ contentType: 'text/html', body: html });
    if (pathname === '/style.css') return route.fulfill({ contentType: 'text/css', body: style });
    const file = path.join(root, pathname);
    return fs.existsSync(file) ? route.fulfill({ path: file }) : route.fulfill({ status: 404 });
  });
  await page.goto(`${origin}/`);
  const shot = (name) => {
    fs.mkdirSync(shots, { recursive: true });
    return page.screenshot({ path: path.join(shots, `${name}.png`) });
  };
  return { page, channel, problems, shot, kept: () => page.evaluate(() => window.latheKept()), close: () => context.close() };
}

/** The model view on a file. */
export async function openModel(browser, side, file, options = {}) {
  const reader = new side.ModelReader(await side.scanModel(file), { name: path.basename(file), bytes: fs.statSync(file).size });
  return openView(browser, side, {
    bundle: 'model-view',
    element: 'lathe-model',
    ...options,
    connect(channel) {
      const { modelMessages: messages } = side;
      channel.onNotice(messages.ready, async () => {
        channel.tell(messages.show, { model: reader.view(), graph: reader.drawable() });
        channel.tell(messages.overlays, { overlays: await reader.overlays(), offers: [], canAnalyze: false });
      });
      channel.onQuestion(messages.detail, ({ index }) => reader.detail(index));
      channel.onQuestion(messages.origin, () => null);
      side.answerWeights(channel, { reader: async () => reader, original: async () => undefined });
      options.connect?.(channel, reader);
    },
  });
}
