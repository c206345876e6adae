// Which layers bear compression, the automatic way, and a width for each layer.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe } from 'node:test';
import {
  clickContextMenu,
  editorTab,
  explorerRow,
  notification,
  pick,
  pickByKey,
  quickPickRows,
  runCommand,
  runCommandByKey,
  setTheme,
  webview,
} from '../host/workbench.mjs';
import { accessibilityProblems } from './axe.mjs';
import { inSequence, openLathe } from './window.mjs';

describe('measuring and choosing', { timeout: 900_000 }, () => {
  let lathe, page;
  before(async () => {
    lathe = await openLathe();
    page = lathe.page;
    await explorerRow(page, 'shapes').click();
    await explorerRow(page, 'model.onnx').dblclick();
    await webview(page).locator('h1', { hasText: 'model.onnx' }).waitFor();
  });
  after(() => lathe?.close());
  const it = inSequence(() => lathe);
  const rows = (view) => view.locator('lathe-layer-table .row');
  const selected = (view) => view.locator('lathe-layer-table .row.selected .name').innerText();

  it('analyzes by keyboard: method, widths, pictures, and how many with what that takes', async () => {
    await runCommandByKey(page, 'Lathe: Analyze…');
    await page.locator('.quick-input-title', { hasText: 'Analyze model.onnx (1/4)' }).waitFor();
    await lathe.shot('analyze-method');
    await pickByKey(page, '(1/4)', 'One layer at a time');
    await pickByKey(page, '(2/4)', '8 and 4 bits');
    await pickByKey(page, '(3/4)', 'train 200');
    const view = page.frameLocator('iframe.webview.ready >> nth=-1').frameLocator('iframe#active-frame');
    await view.getByRole('button', { name: 'Use these settings' }).press('Enter');
    await page.locator('.quick-input-title', { hasText: '(4/4)' }).waitFor();
    await quickPickRows(page).filter({ hasText: 'layers × 64 pictures' }).waitFor();
    await lathe.shot('analyze-cost');
    await page.keyboard.press('Enter');
  });

  it('shows the worst layers in the graph and first in the table, with unit and legend', async () => {
    await notification(page, 'worst').waitFor();
    const view = webview(page);
    await view.locator('lathe-overlay-legend').waitFor();
    await view.locator(`lathe-overlay-bar [title*="one layer quantized, effect at the network's output · 64 pictures"]`).waitFor();
    await lathe.picture('analyzed');
    await runCommand(page, 'Lathe: Switch Between Graph and Table');
    await view.getByRole('button', { name: 'Figure' }).click();
    assert.equal(await view.locator('[role=columnheader].measured').getAttribute('aria-sort'), 'ascending');
    const figures = await view.locator('.row span.measured').allInnerTexts();
    const measured = figures.filter((text) => text.trim()).map((text) => parseFloat(text.replace('−', '-')));
    assert.ok(measured.length >= 4, figures.join(', '));
    assert.deepEqual(
      measured,
      [...measured].sort((a, b) => a - b),
    );
    await lathe.shot('analyze-table');
    assert.deepEqual(await accessibilityProblems(view), []);
  });

  it('goes through the worst by key, changes the width, and shows a layer’s channels', async () => {
    const view = webview(page);
    await rows(view).nth(3).click();
    await view.locator('lathe-overlay-bar button', { hasText: 'worst' }).click();
    const worst = await selected(view);
    await page.keyboard.press('w');
    assert.notEqual(await selected(view), worst);
    await page.keyboard.press('Shift+W');
    assert.equal(await selected(view), worst);
    await view.locator('#overlay').selectOption({ label: 'SQNR, w4a8 (one layer quantized)' });
    await view.locator('lathe-layer-detail h3', { hasText: 'Figures' }).waitFor();
    await view.locator('lathe-layer-detail vscode-button', { hasText: 'Show channels' }).click();
    await view.locator('lathe-layer-detail h3', { hasText: 'Output, w4a8' }).waitFor();
    assert.ok((await view.locator('lathe-layer-detail svg').count()) >= 2);
    await lathe.shot('analyze-channels');
    assert.deepEqual(await accessibilityProblems(view), []);
  });

  it('is readable in dark and in high contrast', async () => {
    for (const theme of ['Dark Modern', 'Dark High Contrast', 'Light Modern']) {
      await setTheme(page, theme);
      assert.deepEqual(await accessibilityProblems(webview(page)), [], theme);
      await lathe.shot(`analyze-${theme.toLowerCase().replaceAll(' ', '-')}`);
    }
  });

  it('keeps the figures, and says when the model has changed since', async () => {
    await runCommand(page, 'View: Close All Editors');
    const model = path.join(lathe.workspace.folder, 'shapes/model.onnx');
    const bytes = fs.readFileSync(model);
    // One more byte of metadata (field 14, metadata_props, empty): another file of the same layers.
    fs.writeFileSync(model, Buffer.concat([bytes, Buffer.from([0x72, 0x00])]));
    await explorerRow(page, 'model.onnx').dblclick();
    const view = webview(page);
    await view.locator('lathe-overlay-bar strong', { hasText: 'has changed since' }).waitFor();
    await lathe.shot('analyze-stale');
    fs.writeFileSync(model, bytes);
    await view.locator('lathe-overlay-bar strong').waitFor({ state: 'detached' });
  });

  it('compresses automatically: the first way that is offered', async () => {
    await runCommand(page, 'Notifications: Clear All Notifications');
    await clickContextMenu(page, explorerRow(page, 'model.onnx'), 'Lathe: Compress…');
    await pick(page, '(1/3)', 'Just smaller');
    await page.locator('.quick-input-title', { hasText: '(2/3)' }).waitFor();
    // The title is there a moment before the rows of its question.
    await quickPickRows(page).nth(1).waitFor();
    assert.match((await quickPickRows(page).allInnerTexts())[0], /^Automatic/);
    await lathe.shot('automatic-method');
    await pick(page, '(2/3)', 'Automatic');
    await pick(page, '(3/3)', 'pictures');
    const view = page.frameLocator('iframe.webview.ready >> nth=-1').frameLocator('iframe#active-frame');
    await view.getByRole('button', { name: 'Use these settings' }).click();
    const done = notification(page, '→');
    await done.waitFor().finally(() => lathe.shot('automatic'));
    assert.match(await done.innerText(), /kB → .* kB · top-1 \d/);
    const recipe = fs.readFileSync(path.join(lathe.workspace.folder, 'lathe-runs/model.compress.yaml'), 'utf8');
    assert.match(recipe, /auto:/);
    await done.getByRole('button', { name: 'Report' }).click();
    const report = page.frameLocator('iframe.webview.ready >> nth=-1').frameLocator('iframe#active-frame');
    await report.locator('h2', { hasText: 'What auto tried' }).waitFor();
    await lathe.shot('automatic-report');
  });

  it('searches a width for each layer of a recipe and opens what it found', async () => {
    await runCommand(page, 'View: Close All Editors');
    await runCommand(page, 'Notifications: Clear All Notifications');
    await clickContextMenu(page, explorerRow(page, 'shapes.compress.yaml'), 'Lathe: Search Mixed Precision…');
    await page.locator('.quick-input-title', { hasText: 'Search mixed precision' }).waitFor();
    await lathe.shot('search-budget');
    await pick(page, 'Search mixed precision', 'Half of the bytes');
    const done = notification(page, 'layers at');
    await done.waitFor({ timeout: 240_000 }).finally(() => lathe.shot('search'));
    await editorTab(page, 'compress.yaml').first().waitFor();
    await page.locator('.monaco-editor .view-line', { hasText: 'weights' }).first().waitFor();
    await done.getByRole('button', { name: 'Report' }).click();
    const report = page.frameLocator('iframe.webview.ready >> nth=-1').frameLocator('iframe#active-frame');
    await report.locator('h2', { hasText: 'Mixed precision' }).waitFor();
    await lathe.shot('search-report');
  });

  it('keeps to its content security policy', () => {
    assert.deepEqual(lathe.window.refused, []);
  });
});
