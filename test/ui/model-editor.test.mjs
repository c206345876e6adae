// The model editor, as a person sees it.
import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { explorerRow, runCommand, setTheme, webview } from '../host/workbench.mjs';
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
    await view.locator('lathe-model').waitFor();
    return view;
  };
  const rows = (view) => view.locator('lathe-layer-table .row');

  it('shows header, inputs, outputs and layers of the sample', async () => {
    await explorerRow(page, 'shapes').click();
    const view = await open('model.onnx');
    await view.locator('h1', { hasText: 'model.onnx' }).waitFor();
    assert.match(await view.locator('.facts').innerText(), /Parameters/);
    await rows(view).first().click();
    await view.locator('aside h3', { hasText: 'Inputs' }).waitFor();
    await lathe.picture('model-editor');
  });

  it('has no accessibility problem that axe finds', async () => {
    assert.deepEqual(await accessibilityProblems(webview(page)), []);
  });

  it('searches, sorts and moves by keyboard', async () => {
    const view = webview(page);
    await rows(view).first().click();
    await page.keyboard.press('/');
    await page.keyboard.type('op:conv');
    const found = await rows(view).count();
    assert.ok(found > 0);
    for (const op of await view.locator('lathe-layer-table .row .op').allInnerTexts()) assert.equal(op, 'Conv');
    await page.keyboard.press('Enter');
    await page.keyboard.press('ArrowDown');
    assert.equal(await rows(view).nth(1).getAttribute('aria-selected'), 'true');
    await view.getByRole('button', { name: 'MACs' }).click();
    await lathe.shot('model-editor-search');
    await page.keyboard.press('/');
    await page.keyboard.press('Escape');
    assert.ok((await rows(view).count()) > found);
  });

  it('is readable in dark and in high contrast', async () => {
    for (const theme of ['Dark Modern', 'Dark High Contrast', 'Light Modern']) {
      await setTheme(page, theme);
      assert.deepEqual(await accessibilityProblems(webview(page)), [], theme);
      await lathe.shot(`model-editor-${theme.toLowerCase().replaceAll(' ', '-')}`);
    }
  });

  it('opens twelve thousand layers at once and draws only those in sight', async () => {
    const start = performance.now();
    const view = await open('long.onnx');
    await view.locator('.bar', { hasText: `${longModelLayers.toLocaleString('en')} layers` }).waitFor();
    console.log(`12,000 layers in sight after ${Math.round(performance.now() - start)} ms`);
    assert.ok((await rows(view).count()) < 120);
    await rows(view).first().click();
    await page.keyboard.press('End');
    await view.locator('.row.selected', { hasText: String(longModelLayers) }).waitFor();
    await lathe.shot('model-editor-long');
  });

  it('keeps search and selection while its tab is hidden', async () => {
    let view = await open('long.onnx');
    await page.keyboard.press('/');
    await view.locator('#search').fill('block777/');
    await view.locator('.bar', { hasText: '10 of' }).waitFor();
    await rows(view).nth(2).click();
    await explorerRow(page, 'broken.onnx').dblclick();
    await page.locator('.tab', { hasText: 'long.onnx' }).click();
    view = webview(page);
    await view.locator('.bar', { hasText: '10 of' }).waitFor();
    await view.locator('.row.selected', { hasText: '/block777/layer2' }).waitFor();
  });

  it('shows hostile names as text', async () => {
    const view = await open('hostile.onnx');
    await view.locator('.row', { hasText: '<img src=x' }).first().waitFor();
    await rows(view).nth(1).click();
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
