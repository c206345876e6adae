// From a right-click on a model to a training with its learning curve: live, cancelled, resumed, finished, there again after a reload.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe } from 'node:test';
import { clickContextMenu, editorTab, explorerRow, notification, pick, quickPickRows, runCommand, setTheme, untilStored, webview } from '../host/workbench.mjs'; // prettier-ignore
import { accessibilityProblems } from './axe.mjs';
import { inSequence, openLathe } from './window.mjs';

/** Long enough to be looked at and cancelled, short enough to be waited for. */
const epochs = 40;

describe('training', { timeout: 900_000 }, () => {
  let lathe, page;
  const it = inSequence(() => lathe);
  before(async () => {
    lathe = await openLathe();
    page = lathe.page;
    await explorerRow(page, 'shapes').click();
    await explorerRow(page, 'model.onnx').waitFor();
  });
  after(() => lathe?.close());

  /** The view with the curve: other views may be open beside it. */
  const curve = async () => {
    for (let tries = 0; tries < 600; tries++) {
      for (let index = 0; index < 4; index++) {
        const view = webview(page, index);
        if (await view.locator('lathe-training').count().catch(() => 0)) return view; // prettier-ignore
      }
      await page.waitForTimeout(200);
    }
    throw new Error('no view shows a learning curve');
  };
  const points = async (view, what) => {
    const text = await view.locator(`lathe-curve-picture polyline.line.${what}`).first().getAttribute('points');
    return text.split(' ').filter(Boolean).length;
  };
  const runFolder = () => {
    const runs = path.join(lathe.workspace.folder, 'lathe-runs');
    return path.join(runs, fs.readdirSync(runs).find((name) => fs.existsSync(path.join(runs, name, 'run.json')))); // prettier-ignore
  };
  const record = () => JSON.parse(fs.readFileSync(path.join(runFolder(), 'run.json'), 'utf8'));

  it('offers the ways to train, each with what it needs', async () => {
    await clickContextMenu(page, explorerRow(page, 'model.onnx'), 'Lathe: Compress…');
    await pick(page, 'model.onnx (1/3)', 'Just smaller');
    await page.locator('.quick-input-title', { hasText: '(2/3)' }).waitFor();
    await lathe.shot('training-methods');
    // The list is longer than what of it is in sight.
    for (const way of ['Distill', 'Train or fine-tune', 'Quantize with training (QAT)']) {
      await page.locator('.quick-input-box input').fill(way);
      await quickPickRows(page).filter({ hasText: way }).first().waitFor();
    }
    await page.locator('.quick-input-box input').fill('');
    await pick(page, 'model.onnx (2/3)', 'Quantize with training (QAT)');
    await pick(page, 'model.onnx (3/4)', 'train 200');
    await page.locator('.quick-input-title', { hasText: '(4/4)' }).waitFor();
    await page.keyboard.type(String(epochs));
    await page.locator('.quick-input-list .monaco-list-row', { hasText: 'as typed' }).waitFor();
    await lathe.shot('training-epochs');
    await pick(page, 'model.onnx (4/4)', `${epochs} epochs`);
    await webview(page).getByRole('button', { name: 'Use these settings' }).click();
  });

  it('shows the curve while it grows', async () => {
    const view = await curve();
    await view.getByText('Running', { exact: true }).waitFor();
    await view.locator('lathe-curve-picture svg').waitFor({ timeout: 180_000 });
    await view.locator('lathe-curve-picture circle.mark').nth(3).waitFor({ timeout: 180_000 });
    const before = await points(view, 'loss');
    for (let tries = 0; (await points(view, 'loss')) <= before; tries++) {
      assert.ok(tries < 300, 'the curve does not grow');
      await page.waitForTimeout(200);
    }
    assert.match(await view.locator('.standing').innerText(), /Running[\s\S]*%[\s\S]*left/);
    await lathe.picture('training');
    assert.deepEqual(await accessibilityProblems(view), []);
  });

  it('ends when it is cancelled, and keeps what was learned', async () => {
    const view = await curve();
    await view.getByRole('button', { name: 'Cancel' }).click();
    await view.getByText('Cancelled', { exact: true }).waitFor();
    assert.equal(record().state, 'cancelled');
    assert.ok((await points(view, 'loss')) > 0);
    await view.getByRole('button', { name: 'Resume' }).waitFor();
    await lathe.shot('training-cancelled');
  });

  it('is there again after a reload of the window', async () => {
    const before = await points(await curve(), 'loss');
    await untilStored(page, 'editorpart.state', 'lathe.training', path.basename(runFolder()));
    await page.reload();
    const view = await curve();
    await view.locator('lathe-curve-picture svg').waitFor();
    assert.equal(await points(view, 'loss'), before);
    await view.getByText('Figures as a table').click();
    await view.locator('lathe-curve-table tbody tr').nth(3).waitFor();
  });

  it('goes on from where it stopped, in the same run, to its end', async () => {
    const folder = runFolder();
    const before = await points(await curve(), 'loss');
    await (await curve()).getByRole('button', { name: 'Resume' }).click();
    const view = await curve();
    await view.getByText('Running', { exact: true }).waitFor();
    await notification(page, '→').waitFor({ timeout: 400_000 });
    assert.equal(runFolder(), folder);
    const { state, sessions, result } = record();
    assert.deepEqual([state, sessions, result.resumed], ['finished', 2, true]);
    const { trainings } = JSON.parse(fs.readFileSync(path.join(folder, 'training.json'), 'utf8'));
    assert.ok(trainings[0].points.length > before);
    // Long curves are thinned: a point then stands for the steps since the one before.
    const [first, second] = trainings[0].points;
    assert.ok(first.step <= second.step - first.step, 'the curve is whole');
    assert.match(await notification(page, '→').innerText(), /kB → .* kB · top-1/);
    await notification(page, '→').locator('.codicon-notifications-clear').click();
  });

  it('shows the curve of a finished run from the list of runs, in every theme', async () => {
    await runCommand(page, 'View: Close All Editors');
    await page.locator('.activitybar .action-item a[aria-label^="Lathe"]').click();
    const runs = page.locator('.pane', { has: page.locator('.pane-header', { hasText: 'Runs' }) }).locator('.monaco-list-row');
    await clickContextMenu(page, runs.filter({ hasText: 'top-1' }).first(), 'Show Learning Curve');
    await editorTab(page, 'Training').waitFor();
    const view = await curve();
    await view.getByText('Finished', { exact: true }).waitFor();
    await view.locator('lathe-curve-picture .best-text').waitFor();
    for (const [theme, name] of [
      ['Dark Modern', 'dark'],
      ['Light Modern', 'light'],
      ['Dark High Contrast', 'high-contrast'],
    ]) {
      await setTheme(page, theme);
      await lathe.shot(`training-window-${name}`);
      assert.deepEqual(await accessibilityProblems(view), []);
    }
    await setTheme(page, 'Light Modern');
    await view.getByRole('button', { name: 'Report' }).click();
    await editorTab(page, 'Report model').waitFor();
  });

  it('asks the same from the view of a model', async () => {
    await runCommand(page, 'View: Close All Editors');
    await runCommand(page, 'View: Show Explorer');
    await explorerRow(page, 'model.onnx').first().dblclick();
    const view = webview(page);
    await view.locator('lathe-model main').waitFor();
    await view.getByRole('button', { name: /^Run/ }).click();
    await view.getByRole('menuitem', { name: 'Compress' }).click();
    await view.getByRole('menuitem', { name: 'Distill' }).click();
    await page.locator('.quick-input-title', { hasText: 'Compress model.onnx (1/4)' }).waitFor();
    await pick(page, 'model.onnx (1/4)', 'Just smaller');
    await pick(page, 'model.onnx (2/4)', 'train 200');
    await page.locator('.quick-input-title', { hasText: '(3/4)' }).waitFor();
    await quickPickRows(page).filter({ hasText: 'Browse…' }).waitFor();
    await lathe.shot('training-teacher');
    await page.keyboard.press('Escape');
  });

  it('makes a new model to train', async () => {
    const file = path.join(lathe.workspace.folder, 'student.onnx');
    await runCommand(page, 'Lathe: New Model…');
    await pick(page, 'New model (1/4)', 'resnet20');
    await page.locator('.quick-input-title', { hasText: 'New model (2/4)' }).waitFor();
    await page.keyboard.type('10');
    await pick(page, 'New model (2/4)', 'as typed');
    await pick(page, 'New model (3/4)', '3×32×32');
    await lathe.shot('training-new-model');
    await pick(page, 'New model (4/4)', 'A quarter');
    const input = page.locator('.quick-input-widget input:not([type=checkbox])').first();
    await page.waitForFunction((field) => field.value.endsWith('resnet20.onnx'), await input.elementHandle());
    await input.fill(file);
    await page.waitForFunction(([field, name]) => field.value === name, [await input.elementHandle(), file]);
    await page.keyboard.press('Enter');
    await editorTab(page, 'student.onnx').waitFor();
    assert.ok(fs.statSync(file).size > 10_000);
  });
});
