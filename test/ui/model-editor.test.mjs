// The model editor, as a person uses it: open, search, select, recolour, fold, export, hide, reload.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe } from 'node:test';
import { explorerRow, quickPick, runCommand, setTheme, webview } from '../host/workbench.mjs';
import { longModelLayers } from '../host/workspace.mjs';
import { accessibilityProblems } from './axe.mjs';
import { inSequence, openLathe } from './window.mjs';

describe('the model editor', { timeout: 600_000 }, () => {
  let lathe, page;
  before(async () => {
    lathe = await openLathe();
    page = lathe.page;
  });
  after(() => lathe?.close());
  const it = inSequence(() => lathe);

  const open = async (name) => {
    await runCommand(page, 'View: Close All Editors');
    await explorerRow(page, name).dblclick();
    const view = webview(page);
    await view.locator('lathe-toolbar').or(view.getByRole('alert')).first().waitFor();
    return view;
  };
  const rows = (view) => view.locator('lathe-layer-table .row');
  const graph = (view) => view.locator('lathe-graph');
  /** The view has drawn its graph: from then on its keys work. */
  const drawn = async (view) => {
    for (let i = 0; i < 200; i++) {
      if (await graph(view).evaluate((element) => element.svg() !== '')) return;
      await page.waitForTimeout(100);
    }
    throw new Error('the graph was not drawn');
  };

  it('shows the graph of the sample, its facts, and what the file says of itself', async () => {
    await explorerRow(page, 'shapes').click();
    const view = await open('model.onnx');
    await drawn(view);
    assert.match(await view.locator('footer').innerText(), /14 layers[^]*params[^]*MACs[^]*opset/);
    assert.match(await view.locator('aside').innerText(), /model\.onnx[^]*Inputs[^]*image[^]*Outputs[^]*scores/);
    await lathe.shot('model-editor-first');
  });

  it('searches and goes from match to match', async () => {
    const view = webview(page);
    await graph(view).evaluate((element) => element.focus());
    await page.keyboard.press('/');
    await page.keyboard.type('conv with > 1 M MACs');
    await view.locator('lathe-search #count', { hasText: '2 found' }).waitFor();
    await page.keyboard.press('Enter');
    await view.locator('lathe-layer-detail h2', { hasText: '/block2/conv/Conv' }).waitFor();
    await page.keyboard.press('F3');
    await view.locator('lathe-layer-detail h2', { hasText: '/block3/conv/Conv' }).waitFor();
    await lathe.shot('model-editor-search');
    await page.keyboard.press('Escape');
  });

  it('is coloured by an overlay, in each kind of theme, without a problem that axe finds', async () => {
    const view = webview(page);
    await view.getByLabel('Overlay').selectOption({ label: 'MACs' });
    await view.locator('lathe-overlay-legend').waitFor();
    await page.keyboard.press('Escape');
    for (const theme of ['Dark Modern', 'Dark High Contrast', 'Light High Contrast', 'Light Modern']) {
      await setTheme(page, theme);
      assert.deepEqual(await accessibilityProblems(webview(page)), [], theme);
      await lathe.shot(`model-editor-${theme.toLowerCase().replaceAll(' ', '-')}`);
    }
    await runCommand(page, 'Lathe: Previous Worst Layer');
    await view.locator('lathe-layer-detail h2', { hasText: '/block2/conv/Conv' }).waitFor();
    await lathe.picture('model-editor');
  });

  it('has a tree beside the graph, folded and selected with it', async () => {
    const view = webview(page);
    await runCommand(page, 'Lathe: Switch Between Graph and Table');
    await rows(view).first().waitFor();
    const all = await rows(view).count();
    await rows(view).filter({ hasText: 'block1' }).first().locator('.twisty').click();
    assert.equal(await rows(view).count(), all - 4);
    await rows(view).filter({ hasText: 'block2' }).first().click();
    await view.locator('aside', { hasText: '4 layers selected' }).waitFor();
    assert.deepEqual(await graph(view).evaluate((element) => [...element.selected]), [4, 5, 6, 7]);
    await lathe.shot('model-editor-tree');
  });

  it('goes to a layer from the window', async () => {
    await runCommand(page, 'Lathe: Go to Layer…');
    await quickPick(page, '/classifier/Gemm').waitFor();
    await page.keyboard.type('gemm');
    await page.keyboard.press('Enter');
    await webview(page).locator('lathe-layer-detail h2', { hasText: '/classifier/Gemm' }).waitFor();
  });

  it('saves a picture of the graph where the person says', async () => {
    const file = path.join(lathe.workspace.folder, 'shapes/graph.svg');
    await runCommand(page, 'Lathe: Export Graph as SVG…');
    const input = page.locator('.quick-input-widget input:not([type=checkbox])').first();
    // The dialog fills in its own proposal a moment after it opens: only then does it keep another name.
    await page.waitForFunction((field) => field.value.endsWith('model.svg'), await input.elementHandle());
    await input.fill(file);
    await page.waitForFunction(([field, name]) => field.value === name, [await input.elementHandle(), file]);
    await page.keyboard.press('Enter');
    await page.locator('.notification-toast', { hasText: 'Saved graph.svg' }).waitFor();
    assert.match(fs.readFileSync(file, 'utf8'), /<svg[^]*\/block2\/conv\/Conv/);
    await runCommand(page, 'Notifications: Clear All Notifications');
  });

  it('is as it was after its tab was hidden, closed and opened, and the window reloaded', async () => {
    let view = webview(page);
    await view.locator('lathe-search input').fill('block2');
    const check = async () => {
      view = webview(page);
      await view.locator('lathe-search #count', { hasText: 'found' }).waitFor();
      assert.equal(await view.locator('lathe-search input').inputValue(), 'block2');
      assert.equal(await view.getByLabel('Overlay').inputValue(), 'macs');
      await rows(view).first().waitFor();
    };
    await explorerRow(page, 'broken.onnx').dblclick();
    await page.locator('.tab', { hasText: 'model.onnx' }).click();
    await check();
    await page.waitForTimeout(2000); // the extension keeps it once it has come to rest
    await open('model.onnx');
    await check();
    await runCommand(page, 'Developer: Reload Window');
    await page.locator('.tab', { hasText: 'model.onnx' }).waitFor({ state: 'detached' });
    await page.locator('.tab', { hasText: 'model.onnx' }).waitFor();
    await check();
    await lathe.shot('model-editor-reloaded');
  });

  it('opens twelve thousand layers at once and draws only those in sight', async () => {
    const start = performance.now();
    const view = await open('long.onnx');
    await view.locator('footer', { hasText: `${longModelLayers.toLocaleString('en')} layers` }).waitFor();
    await drawn(view);
    console.log(`12,000 layers in sight after ${Math.round(performance.now() - start)} ms`);
    await runCommand(page, 'Lathe: Switch Between Graph and Table');
    await rows(view).first().waitFor();
    assert.ok((await rows(view).count()) < 120);
    await view.locator('lathe-search input').fill('block777/');
    await view.locator('lathe-search #count', { hasText: '10 found' }).waitFor();
    await page.keyboard.press('Enter');
    await view.locator('.row.selected', { hasText: 'layer0' }).waitFor();
    await lathe.shot('model-editor-long');
  });

  it('shows hostile names as text', async () => {
    const view = await open('hostile.onnx');
    await drawn(view);
    await runCommand(page, 'Lathe: Switch Between Graph and Table');
    await rows(view).filter({ hasText: '<img src=x' }).first().click();
    await view.locator('aside h3', { hasText: 'Inputs' }).waitFor();
    await lathe.shot('model-editor-hostile');
    assert.equal(await view.locator('img').count(), 0);
    assert.equal(await view.locator('body').evaluate(() => document.title), 'Lathe model');
  });

  it('says of a broken file what is wrong and offers to read it again', async () => {
    const view = await open('broken.onnx');
    await view.locator('[role=alert]', { hasText: 'broken.onnx cannot be shown' }).waitFor();
    await view.locator('vscode-button', { hasText: 'Read again' }).click();
    await view.locator('[role=alert]').waitFor();
    await lathe.shot('model-editor-broken');
    assert.deepEqual(await accessibilityProblems(view), []);
  });

  it('keeps to its content security policy', () => {
    assert.deepEqual(lathe.window.refused, []);
  });
});
