// The model view on what nobody wants to open: names that are markup, endless or turned round, twelve thousand layers, a file that is none.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { loadModels, longModelLayers } from '../host/workspace.mjs';
import { accessibilityProblems } from '../ui/axe.mjs';
import { hostSide, openBrowser, openModel, openView } from './view-page.mjs';

let browser, side, models, folder;
before(async () => {
  [browser, side, models] = await Promise.all([openBrowser(), hostSide(), loadModels()]);
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lathe-models-'));
});
after(async () => {
  await browser?.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

async function open(name, contents, options) {
  const file = path.join(folder, name);
  fs.writeFileSync(file, contents);
  const view = await openModel(browser, side, file, options);
  await view.page.locator('lathe-toolbar').waitFor();
  return view;
}
const both = {
  version: 1, mode: 'both', query: '', order: { column: 'index', descending: false },
  selected: [], panel: true, panelSize: 340, tableSize: 500, top: 0,
}; // prettier-ignore

test('hostile names are text everywhere, and cut', async () => {
  const { page, problems, shot, close, kept } = await open('hostile.onnx', models.hostileModel(), { state: both });
  const rows = page.locator('lathe-layer-table .row');
  await rows.filter({ hasText: '<img src=x' }).first().waitFor();
  assert.equal(await rows.filter({ hasText: '\\u202eGnp.exe' }).count(), 1);
  assert.ok(await rows.filter({ hasText: 'line\\u000abreak' }).count());
  for (const at of [1, 3, 4, 5]) {
    await rows.nth(at).click();
    await page.locator('lathe-layer-detail h2').waitFor();
  }
  await page.keyboard.press('u');
  await page.keyboard.press('/');
  await page.keyboard.type('<img');
  await page
    .locator('lathe-search #count', { hasText: '1 of 1' })
    .or(page.locator('lathe-search #count', { hasText: '1 found' }))
    .waitFor();
  await page.keyboard.press('Enter');
  assert.equal(await page.locator('img, u, script:not([nonce])').count(), 0);
  assert.equal(await page.title(), 'Lathe');
  assert.ok(JSON.stringify(await kept()).length < 10_000);
  const longest = await page.evaluate(() => {
    const texts = (root) =>
      [...root.querySelectorAll('*')].flatMap((element) => [
        element.textContent.length,
        ...(element.shadowRoot ? texts(element.shadowRoot) : []),
      ]);
    return Math.max(...texts(document.querySelector('lathe-model').shadowRoot));
  });
  assert.ok(longest < 100_000, `a text of ${longest} signs is in the page`);
  assert.deepEqual(await accessibilityProblems(page), []);
  await shot('model-hostile');
  assert.deepEqual(problems, []);
  await close();
});

test('twelve thousand layers: only rows in sight are in the page, search and folding answer', async () => {
  const { page, problems, shot, close } = await open('long.onnx', models.longModel(longModelLayers), { state: both });
  await page.locator('footer', { hasText: '12,000 layers' }).waitFor();
  assert.ok((await page.locator('lathe-layer-table .row').count()) < 120);
  const search = page.locator('lathe-search input');
  const count = page.locator('lathe-search #count');
  await search.fill('block777/');
  await count.filter({ hasText: '10 found' }).waitFor();
  await search.press('Enter');
  await page.locator('lathe-layer-table .row.selected', { hasText: 'layer0' }).waitFor();
  await search.fill('op:conv');
  await count.filter({ hasText: '4,000' }).waitFor();
  await search.fill('/layer[0-4]$/ -conv');
  await count.filter({ hasText: 'found' }).waitFor();
  await search.fill('');
  const table = page.locator('lathe-layer-table .table');
  await table.focus();
  await page.keyboard.press('End');
  await page.locator('lathe-layer-table .row.selected').waitFor();
  await shot('model-long');
  assert.deepEqual(problems, []);
  await close();
});

test('states that show no model say why and what to do', async () => {
  const { modelMessages: messages } = side;
  const acted = [];
  let channel;
  const { page, problems, shot, close } = await openView(browser, side, {
    bundle: 'model-view',
    element: 'lathe-model',
    connect: (joined) => {
      channel = joined;
      channel.onNotice(messages.act, ({ id }) => acted.push(id));
    },
  });
  await page.getByText('Reading the model…').waitFor();
  assert.deepEqual(await accessibilityProblems(page), []);
  const action = { id: 'reload', label: 'Read again' };
  channel.tell(messages.problem, { message: '<b>x</b>.onnx cannot be shown: it is no model.', hint: 'Write it again.', action });
  await page.getByRole('alert').filter({ hasText: '<b>x</b>.onnx cannot be shown' }).waitFor();
  await page.getByText('Write it again.').waitFor();
  await page.locator('vscode-button', { hasText: 'Read again' }).click();
  assert.deepEqual(await accessibilityProblems(page), []);
  await shot('model-problem');
  const model = {
    name: 'empty.onnx', fileBytes: 10, format: 'ONNX, opset 13', producer: '', parameters: 0, weightBytes: 0, macs: 0, peakActivationBytes: 0,
    inputs: [], outputs: [], layers: [], metadata: [], findings: [],
  }; // prettier-ignore
  channel.tell(messages.show, { model, graph: { nodes: [], edges: [], values: [], groups: [], notes: [] } });
  await page.getByText('This model has no layers').waitFor();
  assert.deepEqual(acted, ['reload']);
  assert.deepEqual(problems, []);
  await close();
});
