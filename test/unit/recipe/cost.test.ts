import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { planCosts } from '../../../src/engine/recipe/cost.ts';
import { modelFacts } from '../../../src/engine/recipe/facts/model.ts';
import { loadRecipe } from '../../../src/engine/recipe/load.ts';
import { resolveRecipe } from '../../../src/engine/recipe/resolve.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { worldOf } from '../../support/recipe-world.ts';
import { buildModel } from '../../support/model-builder.ts';

const zeros = (...dims: number[]): Tensor => Tensor.float32(dims, new Float32Array(dims.reduce((a, b) => a * b, 1)));

/** Two products of 10 × 20 and 20 × 5 weights, the second with a bias of 5. */
const model = buildModel({
  inputs: [{ name: 'x', shape: [1, 10] }],
  outputs: ['z'],
  nodes: [
    ['MatMul', ['x', 'w'], ['y'], {}, { name: '/a/MatMul' }],
    ['Gemm', ['y', 'v', 'b'], ['z'], {}, { name: '/b/Gemm' }],
  ],
  initializers: { w: zeros(10, 20), v: zeros(20, 5), b: zeros(5) },
});

function costs(steps: string) {
  const { recipe, problems } = loadRecipe(`version: 1\nmodel: m.onnx\ndata: { calibration: { path: a.npy } }\n${steps}`, 'r.yaml');
  expect(problems).toEqual([]);
  const { resolved } = resolveRecipe(recipe!, {
    folder: path.resolve('/w'),
    runs: path.resolve('/r'),
    for: 'run',
    world: worldOf({ [path.resolve('/w/m.onnx')]: model }),
  });
  return planCosts(resolved!.steps, modelFacts(model, { file: '', bytes: 0 }, { pruning: true })).map(
    ({ step, weightBytes, packedBytes }) => [step, weightBytes, packedBytes],
  );
}

describe('planCosts', () => {
  const bias = 5 * 4;
  it.each([
    ['nothing', 'steps: []\n', [['input', 1220, 1220]]],
    ['8 bits', 'steps: [{ quantize: {} }]\n', [['input', 1220, 1220], ['quantize', 300 + bias, 300 + bias]]],
    ['4 bits are stored in 8', 'steps: [{ quantize: { weights: 4 } }]\n', [['input', 1220, 1220], ['quantize', 300 + bias, 150 + bias]]],
    ['a layer at another width', 'steps: [{ quantize: { weights: 4 } }]\nlayers: { "/a/*": { weights: 8 } }\n', [['input', 1220, 1220], ['quantize', 300 + bias, 250 + bias]]],
    ['a layer left out', 'steps: [{ quantize: {} }]\nlayers: { "/a/*": { quantize: false } }\n', [['input', 1220, 1220], ['quantize', 900 + bias, 900 + bias]]],
    ['an operator excluded', 'steps: [{ quantize: { exclude: [Gemm] } }]\n', [['input', 1220, 1220], ['quantize', 600 + bias, 600 + bias]]],
    ['one layer included', 'steps: [{ quantize: { include: ["*/Gemm"] } }]\n', [['input', 1220, 1220], ['quantize', 900 + bias, 900 + bias]]],
    ['float weights', 'steps: [{ quantize: { weights: float } }]\n', [['input', 1220, 1220], ['quantize', 1220, 1220]]],
  ])('%s', (_, steps, expected) => {
    expect(costs(steps)).toEqual(expected);
  }); // prettier-ignore
});
