// From a right-click on a model to a pruned one: the preview with its sliders, the rounds while they run, the report, what the comparison says of channels.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe } from 'node:test';
import { clickContextMenu, editorTab, explorerRow, notification, pick, setTheme, webview } from '../host/workbench.mjs'; // prettier-ignore
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

  it('looks right in light and in high contrast', async () => {
    for (const theme of ['Light Modern', 'Dark High Contrast']) {
      await setTheme(page, theme);
      await editorTab(page, 'Training model.onnx').click();
      await viewOf('lathe-training');
      await lathe.shot(`pruning-rounds-${theme.split(' ')[0].toLowerCase()}`);
    }
  });
});
