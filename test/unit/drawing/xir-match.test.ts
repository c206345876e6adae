import { describe, expect, it } from 'vitest';
import { drawXir } from '../../../src/engine/drawing/xir/draw.ts';
import { matchXir } from '../../../src/engine/drawing/xir/match.ts';
import { exportXmodel } from '../../../src/engine/targets/zcu104/xmodel/export.ts';
import type { XirGraph, XirOp } from '../../../src/engine/xir/graph.ts';
import { operatorCases } from '../../support/xir/operators.ts';
import { buildModel } from '../../support/model-builder.ts';
import { randomTensor } from '../../support/odd-networks.ts';

const op = (name: string, type: string, inputs: readonly string[], shape: readonly number[], position?: number): XirOp => ({
  name,
  type,
  attributes: new Map(),
  inputs: new Map(inputs.length ? [['input', inputs]] : []),
  tensor: {
    name,
    shape,
    dataType: 'XINT',
    bits: 8,
    attributes: new Map(position === undefined ? [] : [['fix_point', { kind: 'int32', value: position } as const]]),
  },
});

/** Two convolutions with their activations, and a shortcut around the second. */
const model = buildModel({
  inputs: [{ name: 'x', shape: [1, 4, 8, 8] }],
  outputs: ['y'],
  nodes: [
    ['Conv', ['x', 'w1'], ['a'], { pads: [1, 1, 1, 1] }, { name: '/one/Conv' }],
    ['Relu', ['a'], ['b'], {}, { name: '/one/Relu' }],
    ['Conv', ['b', 'w2'], ['c'], { pads: [1, 1, 1, 1] }, { name: '/two/Conv' }],
    ['Add', ['b', 'c'], ['d'], {}, { name: '/Add' }],
    ['Identity', ['d'], ['e'], {}, { name: '/same' }],
    ['Softmax', ['e'], ['y'], {}, { name: '/Softmax' }],
  ],
  initializers: { w1: randomTensor('w1', [4, 4, 3, 3]), w2: randomTensor('w2', [4, 4, 3, 3]) },
});

/** The same as a compiler leaves it, under names of its own: activations inside of convolutions, copies, no softmax. */
function compiled(): XirGraph {
  const map = [1, 8, 8, 4];
  const ops = [
    op('in', 'data-fix', [], map, 5),
    op('net_input_up', 'upload', ['in'], map, 5),
    op('net_17', 'conv2d-fix', ['net_input_up'], map, 4),
    op('net_18', 'conv2d-fix', ['net_17'], map, 6),
    op('net_19', 'eltwise-fix', ['net_17', 'net_18'], map, 3),
    op('net_down', 'download', ['net_19'], map, 3),
  ];
  const part = {
    name: 'dpu',
    ops: ops.slice(1).map(({ name }) => name),
    attributes: new Map([['device', { kind: 'string', value: 'DPU' } as const]]),
    children: [],
  };
  return {
    name: 'net',
    ops,
    root: { name: 'root', ops: [], attributes: new Map(), children: [part] },
    attributes: new Map(),
    definitions: [],
  };
}

describe('a model and the XIR file made from it', () => {
  it('are paired by order where names say nothing', () => {
    const { nodes, added, differing } = matchXir(model, drawXir(compiled()));
    expect(nodes.map(({ node, became, xir, device, by }) => [node, became, xir, device, by])).toEqual([
      ['/one/Conv', 'same', 'net_17', 'DPU', 'order'],
      ['/one/Relu', 'fused', 'net_17', 'DPU', undefined],
      ['/two/Conv', 'same', 'net_18', 'DPU', 'order'],
      ['/Add', 'same', 'net_19', 'DPU', 'order'],
      ['/same', 'folded', 'net_19', undefined, undefined],
      ['/Softmax', 'gone', undefined, undefined, undefined],
    ]);
    expect(nodes[3]!.result).toEqual({ xir: 3 });
    expect(added.map(({ name }) => name)).toEqual(['net_input_up', 'net_down']);
    expect(differing).toBe(0);
  });

  it.each(operatorCases.map((one) => [one.what, one] as const))(
    'of our own export by name, with equal positions: %s',
    (_, { model: make }) => {
      const quantized = make();
      const { graph, names } = exportXmodel(quantized, 'net');
      const { nodes, differing } = matchXir(quantized, drawXir(graph));
      expect(differing).toBe(0);
      for (const { node, op: type, became, xir, by } of nodes) {
        if (became !== 'same') continue;
        expect(by).toBe('name');
        // Of several results the last is named last.
        if (type !== 'Split') expect(xir).toBe(names.get(node));
      }
      expect(nodes.filter(({ became }) => became === 'same').length).toBeGreaterThan(
        quantized.graph.nodes.some(({ op: type }) => type === 'Identity' || type === 'Dropout') ? -1 : 0,
      );
    },
  );

  it('say where positions differ', () => {
    const quantized = operatorCases.find(({ op: type }) => type === 'Relu')!.model();
    const { graph } = exportXmodel(quantized, 'net');
    const last = graph.ops.length - 1;
    const other = graph.ops.map((one, at) =>
      at === last ? { ...one, attributes: new Map([...one.attributes, ['fix_point', { kind: 'int32', value: 1 } as const]]) } : one,
    );
    const { nodes, differing } = matchXir(quantized, drawXir({ ...graph, ops: other }));
    expect(differing).toBe(1);
    expect(nodes[0]).toMatchObject({ op: 'Relu', result: { onnx: 4, xir: 1 } });
  });
});
