import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { codedModel } from '../../../src/engine/pipeline/coded-size.ts';
import { summarizeModel } from '../../../src/engine/pipeline/model-summary.ts';
import { buildModel } from '../../support/model-builder.ts';

it('counts as zero the code that stands for zero, not code 0', async () => {
  const codes = Uint8Array.of(128, 128, 128, 0, 1, 2, 3, 255);
  const model = buildModel({
    inputs: [{ name: 'x', shape: [1, 2, 4, 4] }],
    outputs: [{ name: 'y', shape: [1, 4, 4, 4] }],
    nodes: [
      ['DequantizeLinear', ['codes', 'scale', 'zero'], ['w'], {}],
      ['Conv', ['x', 'w'], ['y'], {}],
    ],
    initializers: {
      codes: Tensor.of(DataType.uint8, [4, 2, 1, 1], codes),
      scale: Tensor.float32([], [0.01]),
      zero: Tensor.of(DataType.uint8, [], Uint8Array.of(128)),
    },
  });
  const folder = mkdtempSync(path.join(os.tmpdir(), 'lathe-summary-'));
  try {
    const file = path.join(folder, 'model.onnx');
    const encoded = encodeModel(model);
    writeFileSync(file, encoded);
    const hashed = { bytes: encoded.length, sha256: '' };
    const coded = (await codedModel(file, hashed))!;
    expect(coded.zeros).toBe(3 / 8);
    expect((await summarizeModel(file, 'output', hashed, {})).sparsity).toBe(3 / 8);
    expect((await summarizeModel(file, 'output', hashed, {}, coded)).sparsity).toBe(3 / 8);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
