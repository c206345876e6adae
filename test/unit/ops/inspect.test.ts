import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { inspectModel } from '../../../src/engine/ops/inspect.ts';
import { buildModel } from '../../support/model-builder.ts';

it.each([
  ['one zero point for all', [], [128], {}, 3 / 8],
  ['one for each output channel', [4], [128, 1, 2, 3], { axis: 0 }, 4 / 8],
  ['one for each block', [4, 1, 1, 1], [128, 128, 1, 3], { axis: 1, block_size: 2 }, 5 / 8],
])('sparsity counts the codes that stand for zero: %s', async (_, dims, points, settings, sparsity) => {
  const model = buildModel({
    inputs: [{ name: 'x', shape: [1, 2, 4, 4] }],
    outputs: [{ name: 'y', shape: [1, 4, 4, 4] }],
    nodes: [
      ['DequantizeLinear', ['codes', 'scale', 'zero'], ['w'], settings],
      ['Conv', ['x', 'w'], ['y'], {}],
    ],
    initializers: {
      codes: Tensor.of(DataType.uint8, [4, 2, 1, 1], Uint8Array.of(128, 128, 128, 0, 1, 2, 3, 255)),
      scale: Tensor.float32(dims, points.map(() => 0.01)), // prettier-ignore
      zero: Tensor.of(DataType.uint8, dims, Uint8Array.from(points)),
    },
  });
  const folder = mkdtempSync(path.join(os.tmpdir(), 'lathe-inspect-'));
  try {
    const file = path.join(folder, 'model.onnx');
    writeFileSync(file, encodeModel(model));
    const { layers } = await inspectModel({ path: file, weights: true });
    expect(layers.map((layer) => layer.sparsity).filter((value) => value !== undefined)).toEqual([sparsity]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
