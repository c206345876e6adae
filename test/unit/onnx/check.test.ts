import { InferenceSession } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { checkModel, checkRunnable, newestIrVersion, newestOpset, oldestOpset } from '../../../src/engine/onnx/check.ts';
import { decodeModel, encodeModel } from '../../../src/engine/onnx/codec.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import { Graph, type Model, Node } from '../../../src/engine/onnx/graph.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { WireWriter } from '../../../src/engine/onnx/wire-writer.ts';
import { type BuildModel, buildGraph, buildModel } from '../../support/model-builder.ts';

const base: BuildModel = {
  inputs: [{ name: 'x', shape: [1, 3, 8, 8] }],
  outputs: [{ name: 'y' }],
  nodes: [
    ['Conv', ['x', 'w'], ['c'], {}, { name: 'conv' }],
    ['Relu', ['c'], ['y'], {}, { name: 'relu' }],
  ],
  initializers: { w: Tensor.float32([4, 3, 3, 3], new Float32Array(108)) },
};
const model = (changes: Partial<BuildModel> = {}): Model => buildModel({ ...base, ...changes });
const joined = (writer: WireWriter): Uint8Array => Buffer.concat([...writer.chunks()].map((chunk) => chunk as Uint8Array));
const refusal = (of: Model): unknown => {
  try {
    return checkModel(of).map((finding) => finding.code);
  } catch (error) {
    const { code, place } = error as { code: string; place: { node?: string } };
    return place.node === undefined ? code : `${code} at ${place.node}`;
  }
};

describe('a valid model', () => {
  it('has nothing to be said of it', () => {
    expect(refusal(model())).toEqual([]);
  });

  it.each<[string, Partial<BuildModel>, string]>([
    ['an old operator set', { opset: 6 }, 'model.old-opset'],
    ['nodes out of order', { nodes: [base.nodes[1]!, base.nodes[0]!] }, 'graph.unsorted'],
    [
      'an operator of its own',
      { nodes: [['Mine', ['x'], ['y'], {}, { domain: 'acme' }]], domains: { acme: 1 }, initializers: {} },
      'model.custom-operator',
    ],
    ['a constant that nothing reads', { initializers: { ...base.initializers, u: Tensor.float32([], [1]) } }, 'graph.unused-initializer'],
    ['an input that nothing reads', { inputs: [...base.inputs!, { name: 'u', shape: [] }] }, 'graph.unused-input'],
  ])('with %s is accepted with a finding', (_, changes, code) => {
    expect(refusal(model(changes))).toEqual([code]);
  });

  it('that ONNX Runtime does not run is refused only by who wants to run it', () => {
    expect(() => checkRunnable(model({ opset: 6 }))).toThrow(expect.objectContaining({ code: 'model.old-opset' }));
    expect(() => checkRunnable(model())).not.toThrow();
  });
});

describe('the newest versions', () => {
  const loads = (changes: Partial<BuildModel>): Promise<boolean> =>
    InferenceSession.create(encodeModel(model(changes)), { logSeverityLevel: 4 }).then(
      () => true,
      () => false,
    );

  it('are those that ONNX Runtime loads', async () => {
    expect(await loads({ opset: newestOpset, irVersion: newestIrVersion })).toBe(true);
    expect(await loads({ opset: newestOpset + 1 })).toBe(false);
    expect(await loads({ irVersion: newestIrVersion + 1 })).toBe(false);
    expect(await loads({ opset: oldestOpset })).toBe(true);
  });
});

describe('an invalid model is refused', () => {
  const typed = (type: DataType): Tensor => new Tensor(type, [4, 3, 3, 3], { kind: 'bytes', bytes: new Uint8Array(108 * 8) });
  it.each<[string, Partial<BuildModel>, string]>([
    ['no outputs', { outputs: [] }, 'model.no-outputs'],
    ['an operator set of the future', { opset: 99 }, 'model.opset'],
    ['an IR version of the future', { irVersion: 99 }, 'model.ir-version'],
    ['a value nobody makes', { initializers: {} }, 'graph.unknown-value at conv'],
    ['an output nobody makes', { outputs: ['z'] }, 'graph.unknown-value'],
    ['a constant that is a result too', { initializers: { ...base.initializers, y: Tensor.float32([], [1]) } }, 'graph.duplicate-value at relu'],
    ['two inputs of one name', { inputs: [...base.inputs!, ...base.inputs!] }, 'graph.duplicate-value'],
    ['an input without a type', { inputs: [{ name: 'x', type: 'undefined' }] }, 'model.type'],
    ['integer weights of a Conv', { initializers: { w: typed(DataType.int64) } }, 'graph.type at conv'],
    ['half weights of a float Conv', { initializers: { w: new Tensor(DataType.float16, [4, 3, 3, 3], { kind: 'bytes', bytes: new Uint8Array(216) }) } }, 'graph.type at conv'],
    ['a tensor that does not fit its shape', { initializers: { w: Tensor.float32([4, 3, 3, 3], [1]) } }, 'model.tensor-size'],
    ['a tensor of a type nobody knows', { initializers: { w: typed(99 as DataType) } }, 'model.type'],
    ['an output of another type than declared', { outputs: [{ name: 'y', type: 'int32' }] }, 'graph.type at relu'],
    ['a circle', { nodes: [['Add', ['x', 'b'], ['a']], ['Relu', ['a'], ['b'], {}, { name: 'back' }], ['Relu', ['b'], ['y']]] }, 'graph.cycle at Add_0'],
  ])('with %s', (_, changes, expected) => {
    expect(refusal(model(changes))).toBe(expected);
  }); // prettier-ignore

  it('with no input type at all, no operator set, no operator', () => {
    const untyped = model();
    untyped.graph.inputs = [{ name: 'x' }];
    expect(refusal(untyped)).toBe('model.no-type');
    const unversioned = model();
    unversioned.opsets.clear();
    expect(refusal(unversioned)).toBe('model.no-opset at conv');
    expect(refusal(model({ nodes: [['', ['x'], ['y'], {}, { name: 'none' }]] }))).toBe('graph.no-operator at none');
  });

  it('inside a sub-graph too, where values of the graph around it count', () => {
    const choice = (inner: string): Model =>
      model({
        inputs: [...base.inputs!, { name: 'flag', type: 'bool', shape: [] }],
        nodes: [
          ['Conv', ['x', 'w'], ['c']],
          ['If', ['flag'], ['y'], {
            then_branch: buildGraph({ outputs: ['t'], nodes: [['Relu', [inner], ['t'], {}, { name: 'inside' }]] }),
            else_branch: buildGraph({ outputs: ['c'], nodes: [] }),
          }],
        ],
      }); // prettier-ignore
    expect(refusal(choice('c'))).toEqual([]);
    expect(refusal(choice('nothing'))).toBe('graph.unknown-value at inside');
  });

  it('with what a hostile file has too much of', () => {
    const graphs = new WireWriter();
    for (let i = 0; i < 2; i++) graphs.message(7, () => graphs.message(12, () => graphs.text(1, 'y')));
    expect(() => decodeModel(joined(graphs))).toThrow(/second graph/);
    const nodes = new WireWriter();
    nodes.message(7, () => {
      for (let i = 0; i < 800_000; i++) nodes.raw(Uint8Array.of(0x0a, 0));
    });
    expect(() => decodeModel(joined(nodes))).toThrow(expect.objectContaining({ code: 'model.too-many' }));
  });

  it('inside a function too', () => {
    const body = new Graph();
    body.inputs = [{ name: 'a' }];
    body.outputs = [{ name: 'b' }];
    body.add(new Node('f', 'Relu', ['missing'], ['b']));
    const whole = model();
    const parts = {
      name: 'F',
      domain: 'local',
      overload: '',
      body,
      attributeNames: [],
      attributeDefaults: new Map(),
      opsets: new Map(),
      rest: [],
    };
    whole.functions.push(parts);
    expect(refusal(whole)).toBe('graph.unknown-value at f');
  });

  it('with a tensor whose data does not fit, by its place in the file', () => {
    const cases: [Tensor, string][] = [
      [Tensor.float32([2], [1]), 'model.tensor-size'],
      [Tensor.float32([-1], [1]), 'model.tensor-dims'],
      [Tensor.float32([2 ** 40, 2 ** 40], [1]), 'model.tensor-dims'],
      [Tensor.float32([2 ** 30, 2 ** 10], [1]), 'model.tensor-size'],
      [new Tensor(DataType.string, [2], { kind: 'strings', strings: [new Uint8Array(1)] }), 'model.tensor-size'],
    ];
    for (const [tensor, code] of cases) {
      const bytes = encodeModel(model({ initializers: { ...base.initializers, t: tensor } }));
      expect(() => decodeModel(bytes)).toThrow(
        expect.objectContaining({ code, place: expect.objectContaining({ offset: expect.any(Number) }) }),
      );
    }
  });
});
