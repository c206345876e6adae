import { describe, expect, it } from 'vitest';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { inferShapes } from '../../../src/engine/ops/infer.ts';
import { countOf, flatten, parametersOf } from '../../../src/engine/train/parameters.ts';
import { rebatch } from '../../../src/engine/train/rebatch.ts';
import { buildModel } from '../../support/model-builder.ts';
import { residualNetwork, transformer } from '../../support/trained-networks.ts';

describe('parameters', () => {
  it('are weights, biases, scales and shifts, one behind the other; statistics are none', () => {
    const model = residualNetwork(1, [4]);
    const parameters = parametersOf(model);
    const tensors = [...model.graph.initializers.values()].filter(({ size }) => size > 1);
    const norms = model.graph.nodes.filter(({ op }) => op === 'BatchNormalization').length;
    expect(parameters).toHaveLength(tensors.length - 2 * norms);
    expect(parameters.map(({ offset }) => offset)).toEqual(parameters.map((_, i) => countOf(parameters.slice(0, i))));
    expect(parameters.filter(({ decays }) => decays).map(({ dims }) => dims.length)).toEqual([4, 4, 4, 2]);
    const flat = flatten(model.graph, parameters);
    const last = parameters.at(-1)!;
    expect([...flat.subarray(last.offset)]).toEqual([...model.graph.initializers.get(last.name)!.typed()]);
  });

  it('leave out frozen layers, what prepares the picture and lone numbers in formulas; the bias of a score is one', () => {
    const model = buildModel({
      inputs: [{ name: 'x', shape: [1, 3, 4, 4] }],
      outputs: ['y'],
      nodes: [
        ['Sub', ['x', 'mean'], ['a'], {}, { name: 'prepare' }],
        ['Conv', ['a', 'w1'], ['b'], {}, { name: 'first' }],
        ['Add', ['b', 'shift'], ['c'], {}, { name: 'shifted' }],
        ['Conv', ['c', 'w2'], ['d'], {}, { name: 'second' }],
        ['Mul', ['d', 'half'], ['e'], {}, { name: 'halved' }],
        ['Conv', ['e', 'w3', 'bias'], ['y'], {}, { name: 'score' }],
      ],
      initializers: {
        mean: Tensor.float32([3, 1, 1], [1, 2, 3]),
        w1: Tensor.float32([2, 3, 1, 1], new Float32Array(6)),
        shift: Tensor.float32([2, 1, 1], [1, 2]),
        w2: Tensor.float32([2, 2, 1, 1], new Float32Array(4)),
        half: Tensor.float32([1], [0.5]),
        w3: Tensor.float32([1, 2, 1, 1], [1, 2]),
        bias: Tensor.float32([1], [0]),
      },
    });
    expect(parametersOf(model).map(({ name }) => name)).toEqual(['w1', 'shift', 'w2', 'w3', 'bias']);
    expect(parametersOf(model, (layer) => layer !== 'first').map(({ name }) => name)).toEqual(['shift', 'w2', 'w3', 'bias']);
  });
});

describe('another batch', () => {
  it('goes through shapes that were written for one picture', () => {
    const model = buildModel({
      inputs: [{ name: 'x', shape: [1, 2, 4, 4] }],
      outputs: [{ name: 'y', shape: [1, 8, 4] }],
      nodes: [['Reshape', ['x', 'shape'], ['y']]],
      initializers: { shape: Tensor.int64([3], [1, 8, -1]) },
    });
    rebatch(model, 6);
    expect(inferShapes(model).of('y')?.shape).toEqual([6, 8, 4]);
  });

  it('leaves networks of free batch as they are', () => {
    const model = transformer(1);
    rebatch(model, 3);
    expect(inferShapes(model).of('logits')?.shape).toEqual([3, 5]);
  });
});
