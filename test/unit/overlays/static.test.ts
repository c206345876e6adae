import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { layerCosts } from '../../../src/engine/ops/cost.ts';
import { inferShapes } from '../../../src/engine/ops/infer.ts';
import { overlaySource, staticOverlays } from '../../../src/engine/overlays/index.ts';
import { acceleratorVerdicts } from '../../../src/engine/targets/verdicts.ts';
import { buildModel } from '../../support/model-builder.ts';
import { root } from '../../support/lathe.ts';

const zeros = (...dims: number[]): Tensor =>
  Tensor.float32(dims, dims.reduce((a, b) => a * b, 1) === 0 ? [] : new Array<number>(dims.reduce((a, b) => a * b, 1)).fill(0.5));

/** Conv 3→8, 3×3, on 4×4; Relu; Sigmoid; a product of 128 numbers with 10 columns. */
const float = buildModel({
  inputs: [{ name: 'x', shape: ['n', 3, 4, 4] }],
  outputs: ['y'],
  initializers: { w: zeros(8, 3, 3, 3), b: zeros(8), m: zeros(128, 10) },
  nodes: [
    ['Conv', ['x', 'w', 'b'], ['c'], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }],
    ['Relu', ['c'], ['r']],
    ['Sigmoid', ['r'], ['s']],
    ['Flatten', ['s'], ['f']],
    ['MatMul', ['f', 'm'], ['y']],
  ],
});

const int8 = (dims: number[]): Tensor => Tensor.of(DataType.int8, dims, new Int8Array(dims.reduce((a, b) => a * b, 1)));
const scalar = (value: number): Tensor => Tensor.float32([], [value]);

/** The same convolution between Q and DQ, its weights in 8 bits with 4-bit storage for the product behind it. */
const quantized = buildModel({
  opset: 21,
  irVersion: 10,
  inputs: [{ name: 'x', shape: [1, 3, 4, 4] }],
  outputs: ['y'],
  initializers: {
    s: scalar(0.1),
    z: int8([]),
    w8: int8([8, 3, 3, 3]),
    w4: Tensor.of(DataType.int4, [128, 10], new Uint8Array(640)),
  },
  nodes: [
    ['QuantizeLinear', ['x', 's', 'z'], ['xq']],
    ['DequantizeLinear', ['xq', 's', 'z'], ['xd']],
    ['DequantizeLinear', ['w8', 's'], ['wd']],
    ['Conv', ['xd', 'wd'], ['c'], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }],
    ['Relu', ['c'], ['r']],
    ['QuantizeLinear', ['r', 's', 'z'], ['rq']],
    ['DequantizeLinear', ['rq', 's', 'z'], ['rd']],
    ['Flatten', ['rd'], ['f']],
    ['DequantizeLinear', ['w4', 's'], ['md']],
    ['MatMul', ['f', 'md'], ['y']],
  ],
});

function overlaysOf(model: Model) {
  const shapes = inferShapes(model);
  const source = overlaySource(model, shapes, layerCosts(model, shapes));
  return new Map(staticOverlays.flatMap((overlay) => overlay.of(source) ?? []).map((view) => [view.id, view]));
}

describe('overlays of the model alone', () => {
  const found = overlaysOf(float);

  it('have the figures that follow from the shapes', () => {
    expect(found.get('macs')!.values).toEqual([
      [0, 8 * 4 * 4 * 27],
      [4, 1280],
    ]);
    expect(found.get('parameters')!.values).toEqual([
      [0, 8 * 27 + 8],
      [4, 1280],
    ]);
    expect(found.get('weight-bytes')!.values).toEqual([
      [0, 4 * (8 * 27 + 8)],
      [4, 4 * 1280],
    ]);
    expect(found.get('macs')).toMatchObject({ better: 'low', fold: 'sum', gradient: { worst: 3456, best: 1280, log: true } });
  });

  it('know what is alive at each layer, and where the peak is', () => {
    const [picture, features, answer] = [4 * 3 * 16, 4 * 8 * 16, 4 * 10];
    expect(found.get('activation-memory')).toMatchObject({
      values: [
        [0, picture + features],
        [1, 2 * features],
        [2, 2 * features],
        [3, features],
        [4, features + answer],
      ],
      summary: 'Peak at Relu_1',
      notes: [[1, 'The peak: here most activations are alive at once.']],
      fold: 'worst',
    });
  });

  it('know widths of floats, and what the board takes', () => {
    expect(found.get('weight-bits')!.values).toEqual([
      [0, 32],
      [4, 32],
    ]);
    expect(found.get('activation-bits')!.values).toEqual([0, 1, 2, 3, 4].map((index) => [index, 32]));
    const verdict = found.get('verdict/zcu104')!;
    // A Flatten goes where its input is.
    expect(verdict.values).toEqual([
      [0, 2],
      [1, 2],
      [2, 0],
      [3, 0],
      [4, 2],
    ]);
    expect(verdict.notes!.slice(0, 2)).toEqual([
      [1, 'DPU: in the same pass as the Conv before it (dpu.relu)'],
      [2, 'CPU: the DPU has no Sigmoid (dpu.sigmoid). Fixes that may help: sigmoid-to-hard-sigmoid, cut-end'],
    ]);
    expect(verdict).toMatchObject({ summary: '2 of 5 on the CPU', classes: [{ label: 'CPU' }, { label: 'DPU, if' }, { label: 'DPU' }] });
  });

  it('know the widths of quantized layers, but not of Q and DQ themselves', () => {
    const views = overlaysOf(quantized);
    expect(views.get('weight-bits')).toMatchObject({
      values: [
        [3, 8],
        [9, 4],
      ],
      classes: [
        { value: 8, label: '8 bits', level: 2 },
        { value: 4, label: '4 bits', level: 3 },
      ],
    });
    // The convolution's result only goes into a QuantizeLinear: it is made in 8 bits.
    expect(views.get('activation-bits')!.values).toEqual([
      [3, 8],
      [4, 8],
      [7, 8],
      [9, 8],
    ]);
    expect(views.get('verdict/zcu104')!.values.every(([, value]) => value === 2)).toBe(true);
  });

  it('follow a chain of operators that move elements once, however long it is', () => {
    const length = 20_000;
    const chain = buildModel({
      inputs: [{ name: 'x', shape: [1, 8] }],
      outputs: [`v${length - 1}`],
      nodes: Array.from({ length }, (_, i) => ['Identity', [i === 0 ? 'x' : `v${i - 1}`], [`v${i}`]] as const),
    });
    expect(overlaysOf(chain).get('activation-bits')!.values).toHaveLength(length);
  });

  it('of a model with a free size leave out what is not known, and have no figures of nothing', () => {
    const free = buildModel({
      inputs: [{ name: 'x', shape: [1, 3, 'h', 'w'] }],
      outputs: ['c'],
      initializers: { w: zeros(8, 3, 3, 3) },
      nodes: [['Conv', ['x', 'w'], ['c'], { kernel_shape: [3, 3] }]],
    });
    const boards = acceleratorVerdicts.map(({ target }) => `verdict/${target.name}`);
    expect([...overlaysOf(free).keys()]).toEqual(['parameters', 'weight-bytes', 'weight-bits', 'activation-bits', ...boards]);
    const empty = buildModel({ inputs: [{ name: 'x', shape: [1] }], outputs: ['x'], nodes: [] });
    expect(overlaysOf(empty).size).toBe(0);
  });
});

it.each([
  ['src/engine/overlays', /^(index|overlay|figures)\.ts$/],
  ['src/engine/overlays/weights', /^(index|weight-overlay|layer-weight|measure)\.ts$/],
])('every overlay in %s is in its list', async (folder, others) => {
  const { readFile } = await import('node:fs/promises');
  const index = await readFile(path.join(root, folder, 'index.ts'), 'utf8');
  const files = readdirSync(path.join(root, folder)).filter((file) => file.endsWith('.ts') && !others.test(file));
  expect(files.filter((file) => !index.includes(`'./${file}'`))).toEqual([]);
});
