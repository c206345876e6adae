// The overlay chooser, its legend and its ranked list in a plain page, without the rest of the model view.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { build } from 'esbuild';
import { accessibilityProblems } from '../ui/axe.mjs';
import { hostSide, openBrowser, openView } from './view-page.mjs';

const root = path.join(import.meta.dirname, '../..');
const bundle = `overlays-${process.pid}`;
const outfile = path.join(root, 'out', `${bundle}.js`);

/** An element around the bar that does what the model view does: shows what is chosen, and remembers what was fired. */
const page = `
import './webview/overlays/index.ts';
import { shownOverlay } from './webview/overlays/overlay.ts';
import { overlayPaint } from './webview/overlays/paint.ts';
class Around extends HTMLElement {
  events = [];
  connectedCallback() {
    [this.chooser, this.bar] = ['lathe-overlay-chooser', 'lathe-overlay-bar'].map((name) => document.createElement(name));
    // The list opens above the bar, which lies at the foot of the view.
    const room = document.createElement('div');
    room.style.height = '260px';
    this.append(this.chooser, room, this.bar);
    for (const name of ['overlay', 'measure', 'scale', 'worst', 'choose', 'forget'])
      for (const element of [this.chooser, this.bar]) element.addEventListener(name, (event) => this.events.push([name, event.detail]));
    this.chooser.addEventListener('overlay', ({ detail }) => this.show(detail));
    this.bar.addEventListener('scale', ({ detail }) => this.show(this.bar.shown.view.id, detail));
    this.bar.addEventListener('choose', ({ detail }) => (this.bar.selected = detail));
  }
  show(id, scale) {
    const view = this.bar.overlays.find((overlay) => overlay.id === id);
    this.chooser.shown = this.bar.shown = view && shownOverlay(view, scale);
  }
  recolour(size) {
    const values = Array.from({ length: size }, (_, index) => [index, (index * 7919) % size + 1]);
    const view = { id: 'x', label: 'x', unit: 'MACs', better: 'low', thresholds: [], gradient: { worst: size, best: 1, log: true }, fold: 'sum', values, origin: '' };
    const paint = overlayPaint(shownOverlay(view), size);
    return [0, 1, size - 1].map((node) => [paint.level(node), paint.text(node)]);
  }
}
customElements.define('lathe-around', Around);
`;

const rows = (figures) => figures.map((value, index) => [index, value]);
const common = { thresholds: [], better: 'low', fold: 'sum', origin: 'from the shapes' };
const overlays = [
  { ...common, id: 'sqnr', label: 'SQNR, w8a8', unit: 'dB', better: 'high', thresholds: [10, 20, 30, 40], values: rows([35, 8, null, 8.5, 22, 41]) },
  { ...common, id: 'macs', label: 'MACs', unit: 'MACs', gradient: { worst: 1e7, best: 1e3, log: true }, group: 'model', values: rows([1e7, 1e3, 2e5, 3e4, 1e6, 4e6]), summary: 'Peak at /conv' },
  {
    ...common, id: 'verdict', label: 'Runs on ZCU104', unit: '', group: 'model', better: 'high', fold: 'worst',
    classes: [{ value: 0, label: 'CPU', level: 0 }, { value: 1, label: 'DPU', level: 4 }],
    values: rows([1, 1, 0, 1, 1, 0]), notes: [[2, 'CPU: the DPU has no Sub'], [5, 'CPU: <b>bold</b> \u202e reason']],
  },
  { ...common, id: 'file/own', label: '<img src=x onerror=alert(1)>', unit: '%', group: 'file', removable: true, thresholds: [1, 2], values: rows([0.5, 1.5, 99]) },
]; // prettier-ignore
const offers = [{ id: 'latency', label: 'Latency', needs: 'runs the model', action: 'Measure' }];
const names = ['/conv', '/relu', '/layer1/0/Conv', 'x'.repeat(100_000), '\u202eevil\nname', '<i>html</i>'];

let browser;
let side;
before(async () => {
  await build({
    stdin: { contents: page, resolveDir: root, loader: 'js' },
    outfile,
    bundle: true,
    format: 'iife',
    target: 'es2022',
    legalComments: 'none',
  });
  [browser, side] = await Promise.all([openBrowser(), hostSide()]);
});
after(async () => {
  fs.rmSync(outfile, { force: true });
  await browser?.close();
});

async function open(theme, id) {
  const view = await openView(browser, side, {
    bundle: `../out/${bundle}`,
    element: 'lathe-around',
    theme,
    size: [1000, 420],
    connect() {},
  });
  const around = view.page.locator('lathe-around');
  await around.evaluate(
    async (element, { overlays, offers, names, id }) => {
      Object.assign(element.chooser, { overlays, offers });
      Object.assign(element.bar, { overlays, names: (index) => names[index] });
      element.show(id);
      await element.bar.updateComplete;
    },
    { overlays, offers, names, id },
  );
  return { ...view, around, events: () => around.evaluate((element) => element.events) };
}

test('what is chosen is said, with its scale, spread and unit', async () => {
  const view = await open('dark', 'sqnr');
  const { page } = view;
  const steps = page.locator('lathe-overlay-legend li');
  assert.deepEqual(
    (await steps.allInnerTexts()).map((text) => text.replace(/\s+/g, ' ').trim()),
    ['below 10 2', '10 to 20 0', '20 to 30 1', '30 to 40 1', '40 and above 2', 'dB'],
  );
  await view.shot('overlay-bar-steps');
  await page.getByLabel('Overlay').selectOption('macs');
  assert.match(await page.locator('lathe-overlay-legend .ticks').innerText(), /10 M\s+1 M\s+100 k\s+10 k\s+1000/);
  await page.getByText('Peak at /conv').waitFor();
  await page.getByLabel('Scale').selectOption('steps');
  assert.equal(await steps.count(), 6); // and the unit
  await page.getByLabel('Scale').selectOption('linear');
  assert.match(await page.locator('lathe-overlay-legend .ticks').innerText(), /10 M\s+7.5 M\s+5 M\s+2.5 M\s+1000/);
  await page.getByLabel('Overlay').selectOption('');
  assert.equal(await page.locator('lathe-overlay-legend').count(), 0);
  assert.deepEqual(view.problems, []);
  await view.close();
});

test('an offer is asked for and leaves what is shown', async () => {
  const view = await open('dark', 'macs');
  await view.page.getByLabel('Overlay').selectOption({ label: 'Latency: runs the model. Measure' });
  assert.deepEqual((await view.events()).at(-1), ['measure', 'latency']);
  assert.equal(await view.page.getByLabel('Overlay').inputValue(), 'macs');
  await view.page.getByRole('button', { name: 'worst: 1' }).click();
  assert.equal((await view.events()).at(-1)[0], 'worst');
  await view.close();
});

test('the ranked list has the worst first, by keyboard too, and shows names as they are', async () => {
  const view = await open('dark', 'verdict');
  const { page } = view;
  await page.getByRole('button', { name: 'ranked list' }).press('Enter');
  const list = page.getByRole('listbox');
  await list.waitFor();
  assert.equal(await page.locator('lathe-overlay-ranking [role=option]').count(), 6);
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowDown');
  assert.deepEqual(
    (await view.events()).filter(([name]) => name === 'choose'),
    [
      ['choose', 2],
      ['choose', 5],
    ],
  );
  assert.match(await page.locator('[role=option][aria-selected=true]').innerText(), /<i>html<\/i>/);
  assert.match(await page.locator('[role=option][aria-selected=true]').innerText(), /<b>bold<\/b> \\u202e reason/);
  await view.shot('overlay-ranking');
  assert.deepEqual(await accessibilityProblems(page), []);
  await page.keyboard.press('Escape');
  assert.equal(await list.count(), 0);
  assert.deepEqual(view.problems, []);
  await view.close();
});

test('overlays of files are shown harmlessly and can be taken away', async () => {
  const view = await open('dark', 'file/own');
  assert.equal(await view.page.locator('img').count(), 0);
  await view.page.getByRole('button', { name: 'remove' }).click();
  assert.deepEqual((await view.events()).at(-1), ['forget', 'file/own']);
  assert.deepEqual(view.problems, []);
  await view.close();
});

for (const theme of ['dark', 'light', 'high-contrast', 'high-contrast-light']) {
  test(`a gradient is readable in ${theme}`, async () => {
    const view = await open(theme, 'macs');
    await view.page.getByRole('button', { name: 'ranked list' }).click();
    assert.deepEqual(await accessibilityProblems(view.page), []);
    await view.shot(`overlay-bar-${theme}`);
    assert.deepEqual(view.problems, []);
    await view.close();
  });
}

test('ten thousand layers are coloured from arrays', async () => {
  const view = await open('dark', 'macs');
  const [first, second, last] = await view.around.evaluate((element) => element.recolour(10_000));
  assert.deepEqual(first, [4, '1 MACs']);
  assert.equal(second[1], '7920 MACs');
  assert.equal(last[1], '2082 MACs');
  await view.close();
});
