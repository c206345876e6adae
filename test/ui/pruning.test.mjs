// From a right-click on a model to a pruned one: the preview with its sliders, the rounds while they run, the report, what the comparison says of channels.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe } from 'node:test';
import { clickContextMenu, editorTab, explorerRow, notification, pick, runCommand, setTheme, webview } from '../host/workbench.mjs'; // prettier-ignore
import { accessibilityProblems } from './axe.mjs';
import { inSequence, openLathe } from './window.mjs';

describe('pruning', { timeout: 900_000 }, () => {
  let lathe, page;
  const it = inSequence(() => lathe);
  before(async () => {
    lathe = await openLathe();
    page = lathe.page;
    await explorerRow(page, 'shapes').click();
    await explorerRow(page, 'model.onnx').waitFor();
  });
  after(() => lathe?.close());

  /** The view with this element: others may be open beside it. */
  const viewOf = async (element) => {
    for (let tries = 0; tries < 150; tries++) {
      for (let index = 0; index < 4; index++) {
        const view = webview(page, index);
        if (await view.locator(element).count().catch(() => 0)) return view; // prettier-ignore
      }
      await page.waitForTimeout(200);
    }
    throw new Error(`no view shows ${element}`);
  };
  const set = (slider, value) =>
    slider.evaluate((input, to) => {
      input.value = String(to);
      input.dispatchEvent(new Event('input', { bubbles: true }));
    }, value);

  it('shows what is left before anything runs, as the sliders move', async () => {
    await clickContextMenu(page, explorerRow(page, 'model.onnx'), 'Lathe: Prune…');
    await pick(page, 'model.onnx (1/', 'Just smaller');
    await pick(page, 'model.onnx (2/', 'train 200');
    await lathe.shot('pruning-epochs');
    await pick(page, 'model.onnx (3/3)', '1 epoch');
    await webview(page).getByRole('button', { name: 'Use these settings' }).click();
    const view = await viewOf('lathe-pruning');
    const rows = view.locator('lathe-pruning-groups tbody tr');
    await rows.nth(2).waitFor();
    const kept = view.locator('.channels', { hasText: '24 → 12' });
    await kept.waitFor();
    await set(view.locator('#amount'), 40);
    await view.locator('.channels', { hasText: '24 → 14' }).waitFor();
    await set(rows.nth(1).getByRole('slider'), 60);
    await view.locator('.channels', { hasText: '48 → 19' }).waitFor();
    await lathe.picture('pruning');
    assert.deepEqual(await accessibilityProblems(view), []);
    await view.getByRole('button', { name: 'Prune' }).click();
  });

  it('draws the rounds while they run, and the report draws them again', async () => {
    // The models that come of it open in front of it when it is done.
    await notification(page, 'kB →').waitFor({ timeout: 240_000 });
    await lathe.shot('pruning-done');
    await editorTab(page, /Training|Pruning/).click();
    const view = await viewOf('lathe-training');
    await view.locator('lathe-rounds-picture svg').waitFor();
    await view.getByText('Finished', { exact: true }).waitFor();
    await view.getByText('after training').first().waitFor();
    await lathe.shot('pruning-rounds');
    assert.deepEqual(await accessibilityProblems(view), []);
    const runs = path.join(lathe.workspace.folder, 'lathe-runs');
    const folder = path.join(runs, fs.readdirSync(runs).find((name) => fs.existsSync(path.join(runs, name, 'run.json')))); // prettier-ignore
    const recipe = fs.readFileSync(path.join(folder, 'recipe.resolved.yaml'), 'utf8');
    assert.match(recipe, /channels: 0\.4/);
    assert.match(recipe, /"?\/block2\/conv\/Conv"?:\s*\{?\s*channels: 0\.6/);
    assert.match(fs.readFileSync(path.join(folder, 'report.html'), 'utf8'), /Rounds: prune/);
  });

  it('says what changed of the channels', async () => {
    await notification(page, 'kB →').getByRole('button', { name: 'Compare' }).click();
    const view = await viewOf('lathe-compare');
    await view.getByText('24 → 14', { exact: true }).first().waitFor();
    await lathe.shot('pruning-compare');
  });

  it('measures what each group can spare, and the preview shows it', async () => {
    await runCommand(page, 'View: Close All Editors');
    await clickContextMenu(page, explorerRow(page, 'model.onnx').first(), 'Lathe: Analyze…');
    await pick(page, 'model.onnx (1/4)', 'Remove channels of one group at a time');
    await pick(page, 'to pruning', 'train 200');
    await webview(page).getByRole('button', { name: 'Use these settings' }).click();
    await notification(page, 'suggested widths leave').waitFor({ timeout: 240_000 });
    const model = await viewOf('lathe-model');
    await model.locator('lathe-overlay-bar').getByText('one group at a time', { exact: false }).first().waitFor();
    await lathe.shot('pruning-sensitivity');
    await clickContextMenu(page, explorerRow(page, 'model.onnx').first(), 'Lathe: Prune…');
    await pick(page, 'model.onnx (1/', 'Just smaller');
    await pick(page, 'model.onnx (2/', 'None');
    const view = await viewOf('lathe-pruning');
    await view.getByRole('columnheader', { name: 'SQNR, 64 pictures' }).waitFor();
    await view.getByRole('button', { name: 'Take the widths that the measured sensitivity suggests' }).click();
    await lathe.shot('pruning-suggested');
    assert.deepEqual(await accessibilityProblems(view), []);
    await view.getByRole('button', { name: 'Cancel' }).click();
  });

  it('shows the rounds of a finished run from the list of runs, in every theme', async () => {
    await runCommand(page, 'View: Close All Editors');
    await page.locator('.activitybar .action-item a[aria-label^="Lathe"]').click();
    const runs = page.locator('.pane', { has: page.locator('.pane-header', { hasText: 'Runs' }) }).locator('.monaco-list-row');
    await clickContextMenu(page, runs.filter({ hasText: 'top-1' }).first(), 'Show Learning Curve');
    const view = await viewOf('lathe-training');
    await view.locator('lathe-rounds-picture svg').waitFor();
    for (const [theme, name] of [
      ['Dark Modern', 'dark'],
      ['Light Modern', 'light'],
      ['Dark High Contrast', 'high-contrast'],
    ]) {
      await setTheme(page, theme);
      await lathe.shot(`pruning-rounds-${name}`);
      assert.deepEqual(await accessibilityProblems(view), []);
    }
  });
});
