import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { checkModel } from '../../../src/engine/onnx/check.ts';
import { cloneModel } from '../../../src/engine/onnx/clone.ts';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { cutGraph } from '../../../src/engine/onnx/cut.ts';
import { attributes, type Model } from '../../../src/engine/onnx/graph.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { buildGraph, buildModel } from '../../support/model-builder.ts';

const net = (): Model =>
  buildModel({
    inputs: [
      { name: 'x', shape: [4] },
      { name: 'flag', type: 'bool', shape: [] },
    ],
    outputs: [{ name: 'y', shape: [2] }],
    nodes: [
      ['Mul', ['x', 'k'], ['a'], {}, { name: 'mul' }],
      ['Split', ['a'], ['b', 'c'], { axis: 0, num_outputs: 2 }, { name: 'split' }],
      ['Add', ['b', 'c'], ['d'], {}, { name: 'add' }],
      ['If', ['flag'], ['y'], {
        then_branch: buildGraph({ outputs: [{ name: 't' }], nodes: [['Neg', ['d'], ['t']]] }),
        else_branch: buildGraph({ outputs: [{ name: 'e' }], nodes: [['Mul', ['d', 'c'], ['e']]] }),
      }, { name: 'choice' }],
    ],
    initializers: { k: Tensor.float32([], [3]), unused: Tensor.float32([], [3]) },
    opset: 18,
  }); // prettier-ignore

async function run(model: Model, feeds: Record<string, number[] | boolean>): Promise<number[][]> {
  checkModel(model);
  const session = await InferenceSession.create(encodeModel(model));
  const inputs = Object.entries(feeds).map(([name, value]) =>
    typeof value === 'boolean' ? [name, new OrtTensor('bool', [value], [])] : [name, new OrtTensor('float32', value, [value.length])],
  );
  const results = await session.run(Object.fromEntries(inputs));
  return session.outputNames.map((name) => Array.from(results[name]!.data as Float32Array));
}

const vector = (name: string, length: number): { name: string; type: { kind: 'tensor'; elementType: 1; shape: number[] } } => ({
  name,
  type: { kind: 'tensor', elementType: 1, shape: [length] },
});

describe('a cut', () => {
  it('runs as the part it was cut from', async () => {
    const x = [1, 2, 3, 4];
    expect(await run(cutGraph(net(), ['x'], [vector('a', 4), vector('d', 2)]), { x })).toEqual([
      [3, 6, 9, 12],
      [12, 18],
    ]);
    const middle = cutGraph(net(), [vector('a', 4)], [vector('c', 2)]);
    expect(await run(middle, { a: x })).toEqual([[3, 4]]);
    expect([...middle.graph.initializers.keys()]).toEqual([]);
  });

  it('brings sub-graphs and what they capture', async () => {
    const tail = cutGraph(net(), [vector('d', 2), vector('c', 2), 'flag'], ['y']);
    expect(tail.graph.nodes.map((node) => node.name)).toEqual(['choice']);
    expect(await run(tail, { d: [1, 2], c: [5, 6], flag: false })).toEqual([[5, 12]]);
  });

  it('may begin at one of several outputs of a node', async () => {
    const part = cutGraph(net(), ['x', vector('b', 2)], [vector('d', 2)]);
    expect(await run(part, { x: [1, 2, 3, 4], b: [100, 200] })).toEqual([[109, 212]]);
  });

  it('is refused where it is open or a name is unknown', () => {
    expect(() => cutGraph(net(), ['a'], ['y'])).toThrow(/depends on "flag"/);
    expect(() => cutGraph(net(), ['x'], ['nothing'])).toThrow(expect.objectContaining({ code: 'graph.unknown-value' }));
  });

  it('leaves the whole as it was', () => {
    const whole = net();
    const before = encodeModel(whole);
    const part = cutGraph(whole, ['x'], ['d']);
    part.graph.rename('a', 'other');
    part.graph.remove(part.graph.nodes[0]!);
    expect(encodeModel(whole)).toEqual(before);
  });
});

describe('a clone', () => {
  it('is written as its original, shares its weights and changes apart from it', () => {
    const whole = net();
    const before = encodeModel(whole);
    const copy = cloneModel(whole);
    expect(encodeModel(copy)).toEqual(before);
    expect(copy.graph.initializers.get('k')).toBe(whole.graph.initializers.get('k'));
    copy.graph.rename('d', 'sum');
    copy.graph.nodes[1]!.attributes.set('axis', attributes({ axis: 1 }).get('axis')!);
    copy.graph.nodes[0]!.name = 'renamed';
    copy.metadata.set('key', 'value');
    expect(copy.graph.nodes[3]!.graphs()[0]!.nodes[0]!.inputs).toEqual(['sum']);
    expect(encodeModel(whole)).toEqual(before);
  });
});
