// A folder that the user does not trust: models can be looked at, nothing runs.
import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { explorerRow, quickPickRows, webview } from '../host/workbench.mjs';
import { inSequence, openLathe } from './window.mjs';

describe('an untrusted workspace', { timeout: 300_000 }, () => {
  let lathe, page;
  before(async () => {
    lathe = await openLathe({ trusted: false, settings: { 'security.workspace.trust.startupPrompt': 'never' } });
    page = lathe.page;
  });
  after(() => lathe?.close());
  const it = inSequence(() => lathe);

  it('shows models', async () => {
    await page.locator('.statusbar-item', { hasText: 'Restricted Mode' }).waitFor();
    await explorerRow(page, 'shapes').click();
    await explorerRow(page, 'model.onnx').dblclick();
    await webview(page).locator('h1', { hasText: 'model.onnx' }).waitFor();
    await lathe.shot('untrusted');
  });

  it('has no command that runs anything', async () => {
    await page.keyboard.press('F1');
    await page.keyboard.type('Lathe: ');
    await quickPickRows(page).filter({ hasText: 'Lathe: Show Output' }).waitFor();
    const offered = (await quickPickRows(page).allInnerTexts()).join('\n');
    for (const command of ['Compress', 'Quantize', 'Run Recipe', 'Evaluate', 'Compare', 'Resume'])
      assert.ok(!offered.includes(`Lathe: ${command}`), offered);
    await page.keyboard.press('Escape');
    await explorerRow(page, 'model.onnx').click({ button: 'right' });
    const entry = page.locator('.context-view .action-item', { hasText: 'Lathe: Compress…' });
    await entry.waitFor();
    assert.match((await entry.getAttribute('class')) ?? '', /disabled/);
  });
});
