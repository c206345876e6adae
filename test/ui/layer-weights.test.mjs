// Looking into a layer inside VS Code: its weights come through the extension's own process.
import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { explorerRow, webview } from '../host/workbench.mjs';
import { inSequence, openLathe } from './window.mjs';

describe('looking into a layer', { timeout: 300_000 }, () => {
  let lathe, page;
  before(async () => {
    lathe = await openLathe();
    page = lathe.page;
  });
  after(() => lathe?.close());
  const it = inSequence(() => lathe);

  it('shows histograms, ranges by channel, fewer bits and kernels', async () => {
    await explorerRow(page, 'shapes').click();
    await explorerRow(page, 'model.onnx').dblclick();
    const view = webview(page);
    await view.locator('lathe-graph').waitFor();
    await view.locator('lathe-graph').evaluate((graph) => graph.dispatchEvent(new CustomEvent('select', { detail: [0] })));
    const panel = view.locator('lathe-weights');
    await panel.getByRole('slider', { name: 'Range by channel' }).waitFor();
    assert.match(await panel.locator('section').innerText(), /float32 [\d×]+ · [\d,]+ elements/);
    await panel.getByLabel('Beside').selectOption('3');
    await panel.getByText('Signal over noise by channel').waitFor();
    await panel.getByText('Heat map').click();
    await panel.getByRole('img', { name: /Heat map of/ }).waitFor();
    await lathe.shot('layer-weights');
  });
});
