// From a right-click on a model to a smaller one beside it.
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
  quickPickRows,
  runCommand,
  unfold,
  webview,
} from '../host/workbench.mjs';
import { accessibilityProblems } from './axe.mjs';
import { inSequence, openLathe } from './window.mjs';

describe('Lathe: Compress…', { timeout: 600_000 }, () => {
  let lathe, page, begun;
  before(async () => {
    lathe = await openLathe();
    page = lathe.page;
    await explorerRow(page, 'shapes').click();
    await explorerRow(page, 'model.onnx').waitFor();
  });
  after(() => lathe?.close());
  const it = inSequence(() => lathe);

  it('asks for what, how and with which pictures', async () => {
    await clickContextMenu(page, explorerRow(page, 'model.onnx'), 'Lathe: Compress…');
    await page.locator('.quick-input-title', { hasText: 'Compress model.onnx (1/3)' }).waitFor();
    const targets = await quickPickRows(page).allInnerTexts();
    assert.match(targets[0], /ZCU104/);
    await lathe.shot('compress-target');
    // From the first choice upwards is the last.
    await page.keyboard.press('ArrowUp');
    await page.locator('.quick-input-list .monaco-list-row.focused', { hasText: 'Just smaller' }).waitFor();
    await pick(page, 'model.onnx (1/3)', 'Just smaller');
    await page.locator('.quick-input-title', { hasText: '(2/3)' }).waitFor();
    await lathe.shot('compress-method');
    await pick(page, 'model.onnx (2/3)', 'Quantize (PTQ)');
    await page.locator('.quick-input-title', { hasText: '(3/3)' }).waitFor();
    await quickPickRows(page).filter({ hasText: 'None: weights only' }).waitFor();
    await lathe.shot('compress-pictures');
    await pick(page, 'model.onnx (3/3)', 'pictures');
  });

  it('shows pictures as the model will see them', async () => {
    const view = webview(page);
    await view.locator('canvas').nth(3).waitFor();
    assert.equal(await view.locator('#scale').inputValue(), '1/255');
    assert.match(await view.locator('strong').innerText(), /Stated in the model file/);
    await lathe.picture('compress-input');
    assert.deepEqual(await accessibilityProblems(view), []);
    await view.locator('#std').fill('0');
    await view.locator('.error', { hasText: 'Not 0' }).waitFor();
    await view.getByRole('button', { name: 'ImageNet' }).click();
    assert.equal(await view.locator('#mean').inputValue(), '0.485, 0.456, 0.406');
    await view.locator('#mean').fill('0.5, 0.5, 0.5');
    await view.locator('#std').fill('0.25, 0.25, 0.25');
    begun = performance.now();
    await view.getByRole('button', { name: 'Use these settings' }).click();
  });

  it('runs with progress and opens result and recipe beside the original', async () => {
    await page.locator('.notification-toast', { hasText: 'Compress model.onnx' }).waitFor();
    await lathe.shot('compress-progress');
    const done = notification(page, '→');
    await done.waitFor();
    console.log(`first result ${((performance.now() - begun) / 1000).toFixed(1)} s after the last click`);
    assert.match(await done.innerText(), /kB → .* kB · top-1 \d.* → \d.* % \(±\d/);
    await editorTab(page, 'model_quantize').first().waitFor();
    await editorTab(page, 'model.compress.yaml').waitFor();
    await page.waitForTimeout(1000); // both views draw
    await lathe.picture('compressed');
  });

  it('writes nothing beside the model', () => {
    assert.deepEqual(fs.readdirSync(path.join(lathe.workspace.folder, 'shapes')).sort(), [
      'learn.compress.yaml',
      'model.onnx',
      'pictures',
      'shapes.compress.yaml',
    ]);
    const runs = fs.readdirSync(path.join(lathe.workspace.folder, 'lathe-runs'));
    assert.ok(runs.includes('model.compress.yaml'));
  });

  it('compares result and original', async () => {
    await notification(page, '→').getByRole('button', { name: 'Compare' }).click();
    await editorTab(page, 'Compare model.onnx').waitFor();
    const view = page.frameLocator('iframe.webview.ready >> nth=-1').frameLocator('iframe#active-frame');
    await view.locator('lathe-compare lathe-graph').first().waitFor();
    await lathe.shot('compare');
  });

  it('shows the report of a run', async () => {
    await runCommand(page, 'Lathe: Open Report');
    await quickPickRows(page).filter({ hasText: '→' }).first().click();
    await editorTab(page, 'Report model').waitFor();
    await page.waitForTimeout(1000); // it draws
    await lathe.shot('report');
  });

  it('evaluates a model on labelled pictures', async () => {
    await runCommand(page, 'View: Close All Editors');
    await clickContextMenu(page, explorerRow(page, 'model.onnx'), 'Lathe: Evaluate…');
    await pick(page, 'Evaluate model.onnx', 'train 200');
    await webview(page).getByRole('button', { name: 'Use these settings' }).click();
    const done = notification(page, 'model.onnx: top-1');
    await done.waitFor().finally(() => lathe.shot('evaluate'));
    assert.match(await done.innerText(), /top-1 \d+\.\d % \(±\d+\.\d, 400 pictures\) · \d.* ms a picture \(median, \d+ thread/);
  });

  it('offers to continue what a closed window left unfinished', async () => {
    const runs = path.join(lathe.workspace.folder, 'lathe-runs');
    const record = path.join(
      runs,
      fs.readdirSync(runs).find((name) => name.startsWith('model-')),
      'run.json',
    );
    // As a killed window leaves it: said to be running, and no process holds the lock.
    fs.writeFileSync(record, JSON.stringify({ ...JSON.parse(fs.readFileSync(record, 'utf8')), state: 'running', result: undefined }));
    await page.reload();
    const question = notification(page, 'was interrupted');
    await question.waitFor();
    await lathe.shot('resume');
    await question.getByRole('button', { name: 'Resume' }).click();
    await notification(page, '→').waitFor();
    assert.equal(JSON.parse(fs.readFileSync(record, 'utf8')).state, 'finished');
  });

  it('runs the recipe again as it is edited, by keyboard', async () => {
    await runCommand(page, 'View: Close All Editors');
    await runCommand(page, 'Notifications: Clear All Notifications'); // the runs before this one end in the same words
    await notification(page, '→').waitFor({ state: 'hidden' });
    const row = explorerRow(page, 'model.compress.yaml');
    await unfold(page, 'lathe-runs', row);
    await row.dblclick();
    await page.locator('.monaco-editor .view-line', { hasText: 'steps' }).waitFor();
    await lathe.shot('recipe');
    await runCommand(page, 'Lathe: Run Recipe');
    await notification(page, '→').waitFor();
  });

  it('keeps to its content security policy', () => {
    assert.deepEqual(lathe.window.refused, []);
  });
});
