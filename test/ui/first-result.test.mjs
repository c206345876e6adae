// A real model and real pictures, where they lie beside the checkout: how long from the right-click to the finished int8 model.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { clickContextMenu, explorerRow, notification, pick, webview } from '../host/workbench.mjs';
import { openLathe } from './window.mjs';

const zoo = process.env.LATHE_ZOO ?? path.resolve(import.meta.dirname, '../../../shared/zoo');
const present = fs.existsSync(zoo);
if (!present) console.log(`zoo not found at ${zoo}: the first result on a real model is not measured`);

describe('the first result on ResNet-20', { timeout: 300_000, skip: !present }, () => {
  let lathe, page;
  before(async () => {
    lathe = await openLathe();
    page = lathe.page;
    const at = (...parts) => path.join(lathe.workspace.folder, ...parts);
    fs.copyFileSync(path.join(zoo, 'models/cifar10-resnet/resnet20_cifar10.onnx'), at('resnet20.onnx'));
    // 100 pictures to calibrate on, and the first 20 of each class to measure on.
    for (const [part, count] of [
      ['train', 10],
      ['test', 20],
    ])
      copySome(path.join(zoo, 'data/cifar10', part), at('cifar', part), count);
    await explorerRow(page, 'resnet20.onnx').waitFor();
  });
  after(() => lathe?.close());

  it('is there within a minute, also on a busy machine', async () => {
    const start = performance.now();
    await clickContextMenu(page, explorerRow(page, 'resnet20.onnx'), 'Lathe: Compress…');
    await pick(page, '(1/3)', 'Just smaller');
    await pick(page, '(2/3)', 'Quantize (PTQ)');
    await pick(page, '(3/3)', 'train 100');
    const view = webview(page);
    await view.locator('canvas').nth(3).waitFor();
    await view.getByRole('button', { name: 'ImageNet' }).click();
    await lathe.shot('resnet20-input');
    await view.getByRole('button', { name: 'Use these settings' }).click();
    const done = notification(page, '→');
    await done.waitFor();
    const seconds = (performance.now() - start) / 1000;
    console.log(`right-click to int8 ResNet-20 with 100 pictures: ${seconds.toFixed(1)} s: ${(await done.innerText()).split('\n').at(-1)}`);
    await page.waitForTimeout(1500); // both editors draw
    await lathe.shot('resnet20');
    assert.ok(seconds < 60);
  });
});

function copySome(from, to, count) {
  for (const name of fs.readdirSync(from)) {
    fs.mkdirSync(path.join(to, name), { recursive: true });
    const files = fs.readdirSync(path.join(from, name)).sort().slice(0, count);
    for (const file of files) fs.copyFileSync(path.join(from, name, file), path.join(to, name, file));
  }
}
