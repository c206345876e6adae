// A model on its way to a board: what the board takes, a copy that it takes more of, and the file for its compiler, in the same view.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { after, before, describe } from 'node:test';
import { clickContextMenu, editorTab, explorerRow, notification, quickPick, quickPickRows, webview } from '../host/workbench.mjs';
import { loadModels } from '../host/workspace.mjs';
import { inSequence, openLathe } from './window.mjs';

const cli = path.join(import.meta.dirname, '../../bin/lathe.mjs');

describe('a model for a board', { timeout: 400_000 }, () => {
  let lathe, page;
  const it = inSequence(() => lathe);
  before(async () => {
    const { leakyModel } = await loadModels();
    lathe = await openLathe({ files: { 'leaky.onnx': leakyModel() } });
    page = lathe.page;
    const work = (...args) => {
      const { status, stderr } = spawnSync(process.execPath, [cli, ...args], { cwd: lathe.workspace.folder, encoding: 'utf8' });
      assert.equal(status, 0, stderr);
    };
    const input = ['--color', 'rgb', '--scale', '1/255', '--mean', '0.5', '--std', '0.25'];
    const pictures = ['--calibration', 'shapes/pictures/train', '--count', '20'];
    work('quantize', 'shapes/model.onnx', '--target', 'zcu104', ...pictures, ...input, '-o', 'board.onnx');
    work('export', 'board.onnx', '--format', 'xmodel', '-o', 'board_int.xmodel');
  });
  after(() => lathe?.close());

  const graph = (view) => view.locator('lathe-graph');

  it('is opened as the compiler gets it', async () => {
    await explorerRow(page, 'board_int.xmodel').dblclick();
    await editorTab(page, 'board_int.xmodel').waitFor();
    const view = webview(page);
    await graph(view).waitFor();
    await view.locator('aside', { hasText: 'board_int.xmodel' }).waitFor();
    await lathe.shot('xmodel');
    await view.getByLabel('Overlay').selectOption({ label: 'Fix position of results' });
    await view.locator('lathe-overlay-legend').waitFor();
    await lathe.shot('xmodel-positions');
  });

  it('is fixed in a copy: each rewriting is offered with what it does, the proof is told', async () => {
    await clickContextMenu(page, explorerRow(page, 'leaky.onnx'), 'Lathe: Fix for the Board…');
    await quickPick(page, 'ZCU104').click();
    await quickPickRows(page).filter({ hasText: 'Set the slope to 26/256' }).waitFor();
    await lathe.shot('fix-offers');
    await page.keyboard.press('Enter');
    await page.locator('.quick-input-title', { hasText: 'Write the fixed copy to' }).waitFor();
    await page.keyboard.press('Enter');
    const done = notification(page, 'leaky.zcu104.onnx');
    await done.waitFor();
    assert.match(await done.innerText(), /rewriting.*(dB|not a bit)/);
    await lathe.shot('fixed');
  });
});
