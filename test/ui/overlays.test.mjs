// What the layers can be coloured by: from the model, from its weights, measured on this machine, from files.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { after, before, describe } from 'node:test';
import { clickContextMenu, explorerRow, runCommand, setTheme, webview } from '../host/workbench.mjs';
import { accessibilityProblems } from './axe.mjs';
import { inSequence, openLathe } from './window.mjs';

describe('overlays', { timeout: 600_000 }, () => {
  let lathe, page, folder;
  before(async () => {
    lathe = await openLathe();
    page = lathe.page;
    folder = path.join(lathe.workspace.folder, 'shapes');
    await explorerRow(page, 'shapes').click();
    await explorerRow(page, 'model.onnx').dblclick();
    await webview(page).locator('lathe-overlay-chooser').waitFor();
  });
  after(() => lathe?.close());
  const it = inSequence(() => lathe);
  const chooser = () => webview(page).getByLabel('Overlay', { exact: true });
  const bar = () => webview(page).locator('lathe-overlay-bar');
  const shown = (label) => chooser().locator('option:checked', { hasText: label }).waitFor({ state: 'attached' });
  const convs = ['/block1/conv/Conv', '/block2/conv/Conv'];
  const overlay = (unit, values) => ({
    version: 1,
    models: ['0'.repeat(64)],
    overlays: [{ id: 'own', label: 'From a tool', unit, better: 'low', values, scale: { thresholds: [10] } }],
  });
  const write = (name, value) => fs.writeFileSync(path.join(folder, name), typeof value === 'string' ? value : JSON.stringify(value));

  it('of the model alone are there at once', async () => {
    for (const label of ['MACs', 'Parameters', 'Weight bytes', 'Activation memory', 'Bits of weights', 'Bits of activations', 'ZCU104']) {
      await chooser().locator('option', { hasText: label }).first().waitFor({ state: 'attached' });
    }
    await chooser().selectOption({ label: 'Activation memory' });
    await bar().getByText('Peak at').waitFor();
    await lathe.shot('overlays-memory');
  });

  it('from the weights come without pictures', async () => {
    await chooser().selectOption('\u0000offer:weight-error/4');
    await shown('Weight error (SQNR), 4 bits');
    await bar().locator('lathe-overlay-legend', { hasText: 'dB' }).waitFor();
    await chooser().locator('option', { hasText: 'Pruned channels' }).waitFor({ state: 'attached' });
    await lathe.shot('overlays-weight-error');
  });

  it('latency is measured on this machine and says how', async () => {
    await chooser().selectOption('\u0000offer:latency');
    await shown('Measured latency');
    await bar().getByText('ms for one run').waitFor();
    assert.match(await bar().locator('.about').getAttribute('title'), /median of \d+ runs after 5 · \d+ threads? · .*onnxruntime/);
    await bar().getByRole('button', { name: 'ranked list' }).click();
    await bar().locator('[role=option]').first().waitFor();
    await lathe.shot('overlays-latency');
    await page.keyboard.press('Escape');
  });

  it('of a file beside the model appear, and change with it', async () => {
    write('model.overlay.json', overlay('s', { [convs[0]]: 5, [convs[1]]: 50 }));
    await chooser().locator('option', { hasText: 'From a tool' }).waitFor({ state: 'attached' });
    await chooser().selectOption({ label: 'From a tool' });
    const counts = () => bar().locator('lathe-overlay-legend li .soft').allInnerTexts();
    assert.deepEqual(await counts(), ['1', '1']);
    await bar().getByText('names another version of the model').waitFor();
    write('model.overlay.json', overlay('s', { [convs[0]]: 50, [convs[1]]: 50 }));
    await bar().locator('lathe-overlay-legend li .soft').first().filter({ hasText: '2' }).waitFor();
    assert.deepEqual(await counts(), ['2', '0']);
    await lathe.shot('overlays-file');
  });

  it('that were written badly keep their last figures and say so', async () => {
    write('model.overlay.json', '{"version": 1, "overlays": [');
    await bar().getByText('cannot be read any more').waitFor();
    fs.rmSync(path.join(folder, 'model.overlay.json'));
    await chooser().locator('option', { hasText: 'From a tool' }).waitFor({ state: 'detached' });
  });

  const drop = (name, text) =>
    webview(page)
      .locator('lathe-model')
      .evaluate(
        (element, { name, text }) => {
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File([text], name));
          // They do not bubble: VS Code around the view would wait for the end of a drag that never began.
          for (const type of ['dragenter', 'dragover', 'drop']) {
            element.dispatchEvent(new DragEvent(type, { dataTransfer, cancelable: true }));
          }
        },
        { name, text },
      );

  it('are dropped on the view: a Netron attachment, node data of Model Explorer; others are refused with a reason', async () => {
    const metrics = convs.map((target, i) => ({ kind: 'node', target, name: 'Duration, ms', value: i + 1 }));
    await drop('n.json', JSON.stringify({ signature: 'netron:attachment', metrics }));
    await shown('Duration');
    const results = Object.fromEntries(convs.map((name, i) => [name, { value: i }]));
    await drop('m.json', JSON.stringify({ main: { results } }));
    await shown('main');
    await drop('other.json', JSON.stringify({ main: { results: { nothing: { value: 1 } } } }));
    await webview(page).getByText('other.json cannot be shown: none of its 1 figures is of a layer of this model').waitFor();
    await drop('broken.json', '{');
    await webview(page).getByText('broken.json cannot be shown: the file is no JSON').waitFor();
    await lathe.shot('overlays-refused');
    await bar().getByRole('button', { name: 'remove' }).click();
    await chooser().locator('option', { hasText: 'main' }).waitFor({ state: 'detached' });
  });

  it('are dropped as an address, which is all that the explorer gives', async () => {
    const results = Object.fromEntries(convs.map((name, i) => [name, { value: i }]));
    write('explorer.json', JSON.stringify({ 'From the explorer': { results } }));
    const drop = (uri) =>
      webview(page)
        .locator('lathe-model')
        .evaluate((element, uri) => {
          const dataTransfer = new DataTransfer();
          dataTransfer.setData('application/vnd.code.uri-list', uri);
          for (const type of ['dragenter', 'dragover', 'drop']) {
            element.dispatchEvent(new DragEvent(type, { dataTransfer, cancelable: true }));
          }
        }, uri);
    await drop(pathToFileURL(path.join(folder, 'gone.json')).href);
    await webview(page).getByText('gone.json cannot be shown: the file cannot be read').waitFor();
    await drop(pathToFileURL(path.join(folder, 'explorer.json')).href);
    await shown('From the explorer');
    await bar().getByRole('button', { name: 'remove' }).click();
    await chooser().locator('option', { hasText: 'From the explorer' }).waitFor({ state: 'detached' });
  });

  it('are opened by a command and stay after the editor was closed', async () => {
    write('figures.overlay.json', overlay('%', { [convs[0]]: 1 }));
    await clickContextMenu(page, explorerRow(page, 'figures.overlay.json'), 'Lathe: Open Overlay…');
    await shown('From a tool');
    await runCommand(page, 'View: Close All Editors');
    await explorerRow(page, 'model.onnx').dblclick();
    await chooser().locator('option', { hasText: 'From a tool' }).waitFor({ state: 'attached' });
    await chooser().locator('option', { hasText: 'Measured latency' }).first().waitFor({ state: 'attached' });
  });

  it('are readable in every theme', async () => {
    await chooser().selectOption({ label: 'MACs' });
    for (const theme of ['Light Modern', 'Dark High Contrast', 'Dark Modern']) {
      await setTheme(page, theme);
      assert.deepEqual(await accessibilityProblems(webview(page)), [], theme);
      await lathe.shot(`overlays-${theme.toLowerCase().replaceAll(' ', '-')}`);
    }
    assert.deepEqual(lathe.window.refused, []);
  });
});
