// The whole way without a mouse, in a workspace of two folders.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe } from 'node:test';
import { editorTab, notification, pickByKey, runCommand, runCommandByKey } from '../host/workbench.mjs';
import { inSequence, openLathe } from './window.mjs';

describe('by keyboard, in a workspace of two folders', { timeout: 300_000 }, () => {
  let lathe, page;
  before(async () => {
    lathe = await openLathe({ secondFolder: true });
    page = lathe.page;
  });
  after(() => lathe?.close());
  const it = inSequence(() => lathe);

  it('compresses weights only and puts the run into the folder of the model', async () => {
    await runCommandByKey(page, 'Lathe: Compress…');
    await page.locator('.quick-input-list .monaco-list-row.focused', { hasText: 'net.onnx' }).waitFor();
    await page.keyboard.press('Enter');
    await pickByKey(page, '(1/3)', 'Just smaller');
    await pickByKey(page, '(2/3)', 'Quantize weights only');
    await pickByKey(page, '(3/3)', 'None');
    const done = notification(page, '→');
    await done.waitFor().finally(() => lathe.shot('keyboard'));
    assert.match(await done.innerText(), /200 kB → \d.* kB/);
    const runs = path.join(lathe.workspace.folder, 'more/zweiter Ordner & öfter/lathe-runs');
    const recipe = fs.readFileSync(path.join(runs, 'net.compress.yaml'), 'utf8');
    assert.match(recipe, /model: \.\.\/net\.onnx/);
    assert.match(recipe, /method: weight-only/);
    await editorTab(page, 'net_quantize').first().waitFor();
  });

  it('never writes over an edited recipe', async () => {
    const runs = path.join(lathe.workspace.folder, 'more/zweiter Ordner & öfter/lathe-runs');
    fs.appendFileSync(path.join(runs, 'net.compress.yaml'), '# mine\n');
    await runCommand(page, 'View: Close All Editors');
    await runCommand(page, 'Lathe: Compress…');
    await page.locator('.quick-input-list .monaco-list-row.focused', { hasText: 'net' }).waitFor();
    await page.keyboard.type('more');
    await page.locator('.quick-input-list .monaco-list-row.focused', { hasText: 'more' }).waitFor();
    await page.keyboard.press('Enter');
    await pickByKey(page, '(1/3)', 'Just smaller');
    await pickByKey(page, '(2/3)', 'Edit a recipe');
    await pickByKey(page, '(3/3)', 'None');
    await editorTab(page, 'net-2.compress.yaml').waitFor();
    assert.match(fs.readFileSync(path.join(runs, 'net.compress.yaml'), 'utf8'), /# mine/);
  });
});
