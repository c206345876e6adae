import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, it } from 'node:test';
import { accessibilityProblems } from '../ui/axe.mjs';
import { openComparison } from './compare-page.mjs';
import { comparedModels } from './compare-models.mjs';
import { hostSide, openBrowser } from './view-page.mjs';

let browser;
let side;
let models;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lathe-compare-'));

before(async () => {
  [browser, side] = await Promise.all([openBrowser(), hostSide()]);
  models = comparedModels(side, folder);
});

after(async () => {
  await browser?.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

const open = (options = {}) => openComparison(browser, side, models.a, models.b, { document: models.document, ...options });
const rows = (page) => page.locator('lathe-change-table [role=row]:not(.head)');

it('shows both models in one graph, with what changed, in numbers, in a table, and in words', async () => {
  const { page, problems, shot, close } = await open();
  await page.locator('lathe-graph canvas').first().waitFor();
  const text = await page.locator('header').innerText();
  assert.match(text, /a\.onnx ↔ b\.onnx/);
  assert.match(text, /Weights\s+3\.23 kB → 2\.38 kB −26 %/);
  assert.equal(await rows(page).count(), 5);
  const first = await rows(page).first().innerText();
  assert.match(first, /conv1/);
  assert.match(first, /8 → 6/);
  await page.getByRole('button', { name: /^Added/ }).click();
  assert.match(await rows(page).first().innerText(), /added[\s\S]*extra/);
  await page.getByRole('button', { name: /^Removed/ }).click();
  assert.match(await rows(page).first().innerText(), /removed[\s\S]*norm/);
  await page.getByRole('button', { name: /^All/ }).click();
  await shot('compare-merged');
  assert.deepEqual(problems, []);
  await close();
});

it('goes from the table to the pair, and offers the fix', async () => {
  const { page, problems, told, shot, close } = await open();
  await rows(page).first().click();
  const panel = page.locator('lathe-pair-panel');
  await panel.getByText('Weights').first().waitFor();
  await panel.getByRole('table').first().waitFor();
  const text = await panel.evaluate((element) => element.shadowRoot.textContent.replace(/\s+/g, ' '));
  assert.match(text, /~ Changed/);
  assert.match(text, /8×3×3×3 → 6×3×3×3/);
  await panel.getByText('Keep in float').click();
  assert.deepEqual(told.at(-1).name, 'fix');
  assert.equal(told.at(-1).action, 'keep-float');
  await panel.getByRole('button', { name: 'Show in the second model' }).click();
  assert.deepEqual([told.at(-1).name, told.at(-1).side], ['open', 'b']);
  await shot('compare-pair');
  assert.deepEqual(problems, []);
  await close();
});

it('measures on pictures, draws the error along the network, and goes where it breaks, by keyboard too', async () => {
  const { page, problems, shot, close } = await open({ theme: 'light' });
  await page.locator('#measure').click();
  await page.getByRole('progressbar').waitFor();
  await page.getByText('picture 3 of 8').waitFor();
  const strip = page.getByRole('slider', { name: /Error of the output/ });
  await strip.waitFor();
  assert.equal(await strip.getAttribute('aria-valuemax'), '4');
  await page.keyboard.press('w');
  await page.waitForFunction(() =>
    /7 dB/.test(document.querySelector('lathe-compare').shadowRoot.querySelector('lathe-pair-panel').shadowRoot.textContent),
  );
  assert.match(await strip.getAttribute('aria-valuetext'), /conv2.*7 dB/);
  await strip.focus();
  await page.keyboard.press('Home');
  assert.match(await strip.getAttribute('aria-valuetext'), /conv1/);
  const box = await strip.boundingBox();
  await page.mouse.click(box.x + box.width - 20, box.y + 40);
  assert.match(await strip.getAttribute('aria-valuetext'), /4 of 4/);
  await page.getByRole('button', { name: 'Worst first' }).click();
  assert.match(await rows(page).first().innerText(), /conv2/);
  await shot('compare-measured');
  assert.deepEqual(problems, []);
  await close();
});

it('puts the models side by side, looking at the same place', async () => {
  const { page, problems, shot, kept, close } = await open();
  await page.getByRole('button', { name: 'Side by side' }).click();
  await page.locator('lathe-panes lathe-graph').nth(1).waitFor();
  await page.evaluate(() => {
    const panes = document.querySelector('lathe-compare').shadowRoot.querySelector('lathe-panes');
    globalThis.panes = () => [...panes.shadowRoot.querySelectorAll('lathe-graph')];
  });
  await page.waitForFunction(() => globalThis.panes().every((graph) => graph.lookingAt !== undefined));
  const row = rows(page).filter({ hasText: 'conv2' });
  await row.click();
  const looks = () =>
    page.evaluate(() => {
      const [a, b] = globalThis.panes();
      const centre = (graph) => {
        const place = graph.placeOf(graph.selected.at(-1));
        const { x, y, zoom } = graph.lookingAt;
        return [(place.x + place.width / 2 - x) * zoom, (place.y + place.height / 2 - y) * zoom];
      };
      return { a: centre(a), b: centre(b), zooms: [a.lookingAt.zoom, b.lookingAt.zoom] };
    });
  const before = await looks();
  for (const axis of [0, 1]) assert.ok(Math.abs(before.a[axis] - before.b[axis]) < 1, JSON.stringify(before));
  assert.equal(before.zooms[0], before.zooms[1]);
  const box = await page.locator('lathe-panes lathe-graph').first().boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.wheel(0, 120);
  const after = await looks();
  assert.equal(after.zooms[0], after.zooms[1]);
  await shot('compare-panes');
  assert.equal((await kept()).mode, 'panes');
  assert.deepEqual(problems, []);
  await close();
});

it('says how far it is, and asks for the drawing with quantizers only when they are to be seen', async () => {
  const { page, channel, comparison, problems, asked, close } = await open({ waits: true });
  const bar = page.getByRole('progressbar', { name: 'Comparing' });
  await bar.waitFor();
  channel.tell(side.compareMessages.reading, { done: 0.6 });
  await page.waitForFunction(() => document.querySelector('lathe-compare').shadowRoot.querySelector('progress')?.value === 0.6);
  assert.deepEqual(await accessibilityProblems(page), []);
  channel.tell(side.compareMessages.show, { diff: comparison.view });
  await rows(page).first().waitFor();
  const drawn = () =>
    page.evaluate(() => document.querySelector('lathe-compare').shadowRoot.querySelector('lathe-graph').graph.nodes.length);
  assert.ok((await drawn()) > 0);
  assert.equal(asked.quantizers, 0);
  const button = page.getByRole('button', { name: 'Quantizers' });
  await button.click();
  await page.waitForFunction(() => document.querySelector('lathe-compare').withQuantizers !== undefined);
  for (let click = 0; click < 2; click++) await button.click();
  assert.equal(asked.quantizers, 1);
  assert.deepEqual(problems, []);
  await close();
});

it('remembers files, mode and selection when it is made anew', async () => {
  const first = await open();
  await rows(first.page).nth(1).click();
  await first.page.getByRole('button', { name: 'Quantizers' }).click();
  const state = await first.kept();
  await first.close();
  assert.equal(state.a, `file://${models.a}`);
  const { page, problems, close } = await open({ state });
  await rows(page).first().waitFor();
  assert.equal(await page.getByRole('button', { name: 'Quantizers' }).getAttribute('aria-pressed'), 'true');
  assert.equal(await rows(page).nth(1).getAttribute('aria-selected'), 'true');
  assert.deepEqual(problems, []);
  await close();
});

for (const theme of ['dark', 'light', 'high-contrast', 'high-contrast-light']) {
  it(`can be used by everybody: ${theme}`, async () => {
    const { page, problems, shot, close } = await open({ theme });
    await rows(page).first().click();
    await page.locator('#measure').click();
    await page.getByRole('slider').waitFor();
    assert.deepEqual(await accessibilityProblems(page), []);
    await shot(`compare-${theme}`);
    assert.deepEqual(problems, []);
    await close();
  });
}

it('says what is wrong with a file, and reads again', async () => {
  const { page, channel, told, close } = await open();
  await rows(page).first().waitFor();
  channel.tell(side.compareMessages.problem, { message: 'b.onnx cannot be read: <b>broken</b>.', hint: 'Save it again.' });
  const alert = page.getByRole('alert');
  assert.match(await alert.innerText(), /<b>broken<\/b>/);
  await alert.getByText('Read again').click();
  assert.equal(told.at(-1).name, 'reload');
  await close();
});
