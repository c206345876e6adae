// The side panel of a selected node in the plain page: weights, rounding, heat map, what a run did, links, attributes.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { accessibilityProblems } from '../ui/axe.mjs';
import { hostSide, openBrowser, openModel } from './view-page.mjs';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lathe-detail-'));
const float = path.join(folder, 'float.onnx');
const quantized = path.join(folder, 'run', 'models', 'quantized.onnx');
let browser, side;

/** Weights that grow from channel to channel, one of them no number, one far out. */
const channels = 8;
const weights = Float32Array.from({ length: channels * 4 * 9 }, (_, i) => Math.sin(i * 1.7) * (1 + Math.floor(i / 36)) * 0.1);
weights[5] = NaN;
weights[40] = 2;

before(async () => {
  [browser, side] = [await openBrowser(), await hostSide()];
  const { buildModel, Tensor, encodeModel } = side;
  const common = {
    inputs: [{ name: 'x', shape: [1, 4, 8, 8] }],
    outputs: ['y'],
  };
  const convolution = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] };
  const hostile = '<img src=x onerror=alert(1)>\u202e';
  fs.writeFileSync(
    float,
    encodeModel(
      buildModel({
        ...common,
        initializers: {
          w: Tensor.float32([channels, 4, 3, 3], weights),
          [hostile]: Tensor.float32([channels], new Array(channels).fill(0.5)),
        },
        nodes: [
          ['Conv', ['x', 'w', hostile], ['c'], convolution, { name: '/conv' }],
          ['Relu', ['c'], ['y'], {}, { name: '/relu' }],
        ],
      }),
    ),
  );
  const scale = Float32Array.from({ length: channels }, (_, i) => (1 + i) * 0.0008);
  const codes = Int8Array.from(weights, (value, i) => Math.max(-128, Math.min(127, Math.round((value || 0) / scale[Math.floor(i / 36)]))));
  fs.mkdirSync(path.dirname(quantized), { recursive: true });
  fs.writeFileSync(
    quantized,
    encodeModel(
      buildModel({
        ...common,
        initializers: { q: Tensor.of(3, [channels, 4, 3, 3], codes), s: Tensor.float32([channels], scale) },
        nodes: [
          ['DequantizeLinear', ['q', 's'], ['w'], { axis: 0 }, { name: 'w_dequantize' }],
          ['Conv', ['x', 'w'], ['c'], convolution, { name: '/conv' }],
          ['Relu', ['c'], ['y'], {}, { name: '/relu' }],
        ],
      }),
    ),
  );
  const run = path.join(folder, 'run');
  const recipe = {
    model: float,
    steps: [{ step: 'quantize', index: 0, settings: { calibrate: 'mse', 'weight-range': 'mse' }, layers: {} }],
  };
  fs.writeFileSync(
    path.join(run, 'run.json'),
    JSON.stringify({ state: 'finished', recipeKey: 'k', started: '2026-01-01T00:00:00Z', recipe }),
  );
  const output = { type: 'uint8', low: 0, high: 2, scale: 2 / 255, zeroPoint: 0, observed: { low: 0, high: 3 } };
  const row = {
    name: '/conv', op: 'Conv', input: null, output,
    weights: { bits: 8, type: 'int8', granularity: 'channel', scales: [0.0008, 0.0064], sqnr: 38 },
    histogram: { low: -1, high: 3, a: [1, 5, 9, 2], b: [1, 5, 11, 0] },
  }; // prettier-ignore
  fs.writeFileSync(path.join(run, 'layers.json'), JSON.stringify({ layers: [row] }));
});
after(async () => {
  await browser?.close();
  fs.rmSync(folder, { recursive: true });
});

/** The model view on a file, with one node selected as a click does it. */
async function select(file, node, theme) {
  const view = await openModel(browser, side, file, {
    theme,
    size: [1280, 1400],
    connect(channel, reader) {
      const run = side.originRun(file, path.join(folder, 'none'));
      channel.onQuestion(side.modelMessages.origin, async ({ node }) => {
        const found = await run;
        return (found && (await side.layerOrigin(found, reader.detail(node).name))) ?? null;
      });
      const original = async () => new side.ModelReader(await side.scanModel(float), { name: 'float.onnx', bytes: 1 });
      side.answerWeights(channel, { reader: async () => reader, original });
    },
  });
  await view.page.locator('lathe-graph').waitFor();
  await choose(view.page, node);
  return view;
}

const choose = (page, node) =>
  page.locator('lathe-graph').evaluate((graph, id) => graph.dispatchEvent(new CustomEvent('select', { detail: [id] })), node);

test('float weights: figures, what is no number, ranges by channel, fewer bits, heat map', async () => {
  const { page, problems, shot, close } = await select(float, 0, 'dark');
  const panel = page.locator('lathe-weights');
  await panel.getByText('−0.8 to 2').first().waitFor();
  assert.match(await panel.locator('section').innerText(), /float32 8×4×3×3 · 288 elements/);
  assert.match(await panel.locator('section').innerText(), /1 not a number: left out/);

  const ranges = panel.getByRole('slider', { name: 'Range by channel' });
  await ranges.focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  assert.match(await ranges.getAttribute('aria-valuetext'), /^Channel 1: .* to 2$/);

  await panel.getByLabel('Beside').selectOption('4');
  await panel.getByText('Signal over noise by channel').waitFor();
  await panel.getByText('Heat map').click();
  const map = panel.getByRole('img', { name: 'Heat map of 8 filters by 4 inputs, kernels of 3 by 3' });
  await map.focus();
  for (let i = 0; i < 2; i++) await page.keyboard.press('ArrowRight');
  assert.match(await panel.locator('#said').innerText(), /^Filter 0, input 0, kernel row 0 column 1: 0.099$/);
  const painted = await map.evaluate(
    (canvas) => new Set(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data).size,
  );
  assert.ok(painted > 10, 'the heat map has colours');

  await panel.getByLabel('Tensor').selectOption('2');
  await panel.getByText('<img src=x onerror=alert(1)>\\u202e').waitFor();
  await panel.getByRole('slider', { name: 'Value by channel' }).waitFor();
  await shot('detail-dark');
  assert.deepEqual(problems, []);
  await close();
});

test('figures of overlays are in their own words: the class of a board, not its number', async () => {
  const { page, problems, close } = await select(float, 0, 'dark');
  const detail = page.locator('lathe-layer-detail');
  await detail.locator('h3', { hasText: 'Figures' }).waitFor();
  const verdict = detail.locator('dt', { hasText: 'Runs on AMD ZCU104' });
  assert.match(await verdict.locator('xpath=following-sibling::dd[1]').innerText(), /^\s*(DPU|CPU)\b/);
  assert.deepEqual(problems, []);
  await close();
});

test('attributes with their meaning, defaults apart; links lead to producers and readers', async () => {
  const { page, problems, close } = await select(float, 0, 'light');
  const detail = page.locator('lathe-layer-detail');
  await detail.getByText('Size of the kernel or window along each axis.').waitFor();
  await detail.getByText('not in the file: by default').click();
  await detail.getByText('Into how many groups the channels are divided').waitFor();
  await detail.getByRole('button', { name: 'Relu /relu' }).click();
  await detail.getByRole('heading', { name: '/relu' }).waitFor();
  await detail.getByRole('button', { name: 'Conv /conv' }).waitFor();
  assert.deepEqual(problems, []);
  await close();
});

test('quantized weights: scales, integers, the floats they were, what the run chose', async () => {
  const { page, problems, shot, close } = await select(quantized, 1, 'high-contrast-light');
  const detail = page.locator('lathe-layer-detail');
  await detail.getByText('range chosen by mse').first().waitFor();
  await detail.getByText('so some is cut off').waitFor();
  const panel = page.locator('lathe-weights');
  await panel.getByText('int8, one scale a channel along axis 0').waitFor();
  await panel.getByText('Stored integers').waitFor();
  await panel.getByLabel('Beside').selectOption('original');
  await panel.getByText('one element').waitFor(); // the one far out is beyond the integers
  assert.deepEqual(await accessibilityProblems(page), []);
  await shot('detail-high-contrast-light');
  assert.deepEqual(problems, []);
  await close();
});
