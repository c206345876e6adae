// Two models compared, as a person does it: from the explorer, measured on pictures, down to one layer and its fix, over a reload.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { after, before, describe } from 'node:test';
import { clickContextMenu, editorTab, explorerRow, pick, runCommand, setTheme, unfold, webview } from '../host/workbench.mjs';
import { accessibilityProblems } from './axe.mjs';
import { inSequence, openLathe } from './window.mjs';

const root = path.join(import.meta.dirname, '../..');

describe('the comparison of two models', { timeout: 400_000 }, () => {
  let lathe, page;
  before(async () => {
    lathe = await openLathe();
    page = lathe.page;
    const shapes = path.join(lathe.workspace.folder, 'shapes');
    const data = [
      '--calibration',
      path.join(shapes, 'pictures/train'),
      '--count',
      '16',
      '--color',
      'rgb',
      '--scale',
      '1/255',
      '--mean',
      '0.5',
      '--std',
      '0.25',
    ];
    const quantize = [path.join(root, 'bin/lathe.mjs'), 'quantize', path.join(shapes, 'model.onnx'), '--weights', '4', ...data];
    execFileSync(process.execPath, [...quantize, '-o', path.join(shapes, 'small.onnx'), '--quiet'], { cwd: lathe.workspace.folder });
  });
  after(() => lathe?.close());
  const it = inSequence(() => lathe);
  const view = () => webview(page);
  const rows = () => view().locator('lathe-change-table [role=row]:not(.head)');

  it('is asked for in the explorer: select one, compare with another', async () => {
    const row = (name) => explorerRow(page, name);
    await unfold(page, 'shapes', row('small.onnx'));
    await clickContextMenu(page, row('model.onnx'), 'Select for Compare (Lathe)');
    await clickContextMenu(page, row('small.onnx'), 'Compare with Selected (Lathe)');
    await editorTab(page, 'Compare model.onnx ↔ small.onnx').waitFor();
    await rows().first().waitFor();
    assert.match(await view().locator('header').innerText(), /model\.onnx[^]*small\.onnx[^]*Weights[^]*→/);
    await lathe.shot('compare-window');
  });

  it('measures on chosen pictures and colours the layers', async () => {
    await view().locator('#measure').click();
    await pick(page, 'Measure the difference', 'pictures');
    await page
      .frameLocator('iframe.webview.ready >> nth=-1')
      .frameLocator('iframe#active-frame')
      .getByRole('button', { name: 'Use these settings' })
      .click();
    await view()
      .getByRole('slider', { name: /Error of the output/ })
      .waitFor({ timeout: 60_000 });
    await view().getByRole('button', { name: 'Worst first' }).click();
    await rows().first().click();
    await view().locator('lathe-pair-panel').getByText('What range estimators choose here').waitFor();
    assert.deepEqual(await accessibilityProblems(view()), []);
    await lathe.shot('compare-window-measured');
    await setTheme(page, 'Light Modern');
    await lathe.shot('compare-window-light');
  });

  it('comes back after a reload of the window', async () => {
    await view().getByRole('button', { name: 'Side by side' }).click();
    await runCommand(page, 'Developer: Reload Window');
    await editorTab(page, 'Compare model').waitFor({ state: 'detached' });
    await rows().first().waitFor({ timeout: 60_000 });
    assert.equal(await view().getByRole('button', { name: 'Side by side' }).getAttribute('aria-pressed'), 'true');
    await lathe.shot('compare-window-reloaded');
  });
});
