// A folder that the user does not trust: models can be looked at, nothing runs.
import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { explorerRow, offeredCommands, webview } from '../host/workbench.mjs';
import { inSequence, openLathe } from './window.mjs';

describe('an untrusted workspace', { timeout: 300_000 }, () => {
  let lathe, page;
  before(async () => {
    lathe = await openLathe({ trusted: false, settings: { 'security.workspace.trust.startupPrompt': 'never' } });
    page = lathe.page;
  });
  after(() => lathe?.close());
  const it = inSequence(() => lathe);

  it('shows models, says that nothing is run and what can be done', async () => {
    await page.locator('.statusbar-item', { hasText: 'Restricted Mode' }).waitFor();
    await explorerRow(page, 'shapes').click();
    await explorerRow(page, 'model.onnx').dblclick();
    await webview(page).locator('h1', { hasText: 'model.onnx' }).waitFor();
    assert.equal(await webview(page).locator('vscode-button', { hasText: 'Analyze…' }).count(), 0);
    await webview(page).getByText('Restricted Mode: models are shown here').waitFor();
    await webview(page).locator('vscode-button', { hasText: 'Manage trust' }).waitFor();
    await lathe.shot('untrusted');
  });

  it('has no command that runs anything', async () => {
    const size = page.viewportSize();
    await page.setViewportSize({ width: size.width, height: 3000 }); // the palette holds rows in sight only
    const offered = (await offeredCommands(page, 'Lathe: ', 'Lathe: Show Output')).join('\n');
    await page.setViewportSize(size);
    for (const command of [
      'Compress',
      'Quantize',
      'Analyze',
      'Search Mixed Precision',
      'Run Recipe',
      'Evaluate',
      'Resume',
      'Deploy',
      'Compile',
      'Check for',
    ])
      assert.ok(!offered.includes(`Lathe: ${command}`), offered);
    await explorerRow(page, 'model.onnx').click({ button: 'right' });
    const entry = page.locator('.context-view .action-item', { hasText: 'Lathe: Compress…' });
    await entry.waitFor();
    assert.match((await entry.getAttribute('class')) ?? '', /disabled/);
  });
});
