import { describe, expect, it } from 'vitest';
import { categoryOf } from '../../../src/engine/drawing/category.ts';
import { drawModel, type Drawing } from '../../../src/engine/drawing/draw.ts';
import { attributeMeaning } from '../../../src/engine/drawing/facts/attributes.ts';
import { describedOperators, operandWord, operatorFacts } from '../../../src/engine/drawing/facts/operators.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { Graph, Node } from '../../../src/engine/onnx/graph.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { gradientDomain } from '../../../src/engine/ops/gradient/rule.ts';
import { operators } from '../../../src/engine/ops/index.ts';
import { inferShapes } from '../../../src/engine/ops/infer.ts';
import { buildGraph, buildModel } from '../../support/model-builder.ts';

const draw = (model: Model): Drawing => drawModel(model, inferShapes(model));
const zeros = (dims: readonly number[]): Tensor => Tensor.float32(dims, new Float32Array(dims.reduce((a, b) => a * b, 1)));

/** Edges as "Conv > Relu". */
const edgesOf = ({ graph: { nodes, edges } }: Drawing): string[] =>
  edges.map(({ from, to }) => `${nodes[from]!.title} > ${nodes[to]!.title}`).sort();

describe('the drawing of a model', () => {
  it('has the layers first, in their order, then the ends', () => {
    const { graph, places } = draw(convModel());
    expect(graph.nodes.map(({ kind, title }) => `${kind} ${title}`)).toEqual(['operator Conv', 'operator Relu', 'input x', 'output y']);
    expect(places.map((place) => place?.node.op)).toEqual(['Conv', 'Relu', undefined, undefined]);
    expect(graph.nodes[0]!.lines).toEqual(['3×3, stride 2', 'groups 2', 'W 4×2×3×3']);
    expect(graph.values.map(({ name, shape }) => `${name} ${shape?.join('×')}`)).toEqual(['x 1×4×8×8', 'c 1×4×4×4', 'y 1×4×4×4']);
  });

  it('folds constants, and what dequantizes or reshapes them, into their reader', () => {
    const drawing = draw(
      buildModel({
        inputs: [{ name: 'x', shape: [1, 4] }],
        outputs: ['y'],
        initializers: { q: new Tensor(3, [4, 2], { kind: 'bytes', bytes: new Uint8Array(8) }), s: Tensor.float32([], [0.5]) },
        nodes: [
          ['DequantizeLinear', ['q', 's'], ['d']],
          ['Transpose', ['d'], ['t'], { perm: [1, 0] }],
          ['Constant', [], ['shape'], { value: Tensor.int64([2], [2, 4]) }],
          ['Reshape', ['t', 'shape'], ['r']],
          ['Transpose', ['r'], ['w'], { perm: [1, 0] }],
          ['MatMul', ['x', 'w'], ['y']],
        ],
      }),
    );
    const { graph } = drawing;
    expect(graph.nodes.map(({ into }) => into)).toEqual([5, 5, 5, 5, 5, undefined, undefined, undefined]);
    expect(edgesOf(drawing)).toEqual(['MatMul > y', 'x > MatMul']);
    expect(graph.nodes[5]!.lines).toEqual(['W 4×2 int8']);
  });

  it('draws a constant that nobody reads, or that is an output', () => {
    const { graph } = draw(
      buildModel({
        outputs: ['a'],
        nodes: [
          ['Constant', [], ['a'], { value: Tensor.float32([], [3]) }],
          ['Constant', [], ['b'], { value: Tensor.float32([], [4]) }],
        ],
      }),
    );
    expect(graph.nodes.map(({ into }) => into)).toEqual([undefined, undefined, undefined]);
    expect(graph.nodes[0]!.lines).toEqual(['3']);
  });

  it('opens both branches of If, with what they capture and what the condition is', () => {
    const branch = (op: string): Graph => buildGraph({ outputs: [`${op}_out`], nodes: [[op, ['x'], [`${op}_out`]]] });
    const drawing = draw(
      buildModel({
        inputs: [
          { name: 'c', type: 'bool', shape: [] },
          { name: 'x', shape: [2] },
        ],
        outputs: ['y'],
        nodes: [
          ['If', ['c'], ['i'], { then_branch: branch('Relu'), else_branch: branch('Neg') }],
          ['Abs', ['i'], ['y']],
        ],
      }),
    );
    const { graph, places } = drawing;
    expect(graph.groups.map(({ kind, title, owner, parent }) => [kind, title, owner, parent])).toEqual([
      ['node', 'If', 0, -1],
      ['body', 'then_branch', undefined, 0],
      ['body', 'else_branch', undefined, 0],
    ]);
    expect(edgesOf(drawing)).toEqual(
      [
        'c > If',
        'x > If', // captured
        'If > Abs',
        'Abs > y',
        // The same where it is open.
        'c > c',
        'x > Relu',
        'x > Neg',
        'Relu > Relu_out',
        'Neg > Neg_out',
        'Relu_out > Abs',
        'Neg_out > Abs',
      ].sort(),
    );
    expect(graph.nodes.filter(({ kind }) => kind === 'operator').length).toBe(places.filter(Boolean).length);
    // The condition comes in, though no branch reads it.
    expect(graph.nodes.filter(({ kind, title, group }) => kind === 'input' && title === 'c' && group === 0).length).toBe(1);
  });

  it('joins the insides of neighbours that are both open', () => {
    const model = withFunction((body) => {
      body.inputs = [{ name: 'a' }];
      body.outputs = [{ name: 'b' }];
      body.add(new Node('', 'Relu', ['a'], ['b']));
    });
    const drawing = draw(model);
    // x > F > F > y closed; x > a > Relu > b open; and all mixtures of open and closed.
    expect(edgesOf(drawing)).toEqual(
      ['x > F', 'F > F', 'F > y', 'x > a', 'a > Relu', 'Relu > b', 'b > F', 'F > a', 'b > a', 'a > Relu', 'Relu > b', 'b > y']
        .map((edge) => edge.replaceAll('F', 'my::F'))
        .sort(),
    );
  });

  it('keeps operators closed beyond its budget, and says so', () => {
    const model = withFunction((body) => {
      body.inputs = [{ name: 'a' }];
      body.outputs = [{ name: 'v29999' }];
      for (let i = 0; i < 30_000; i++) body.add(new Node('', 'Relu', [i === 0 ? 'a' : `v${i - 1}`], [`v${i}`]));
    });
    const { graph } = draw(model);
    expect(graph.nodes.length).toBeLessThan(100);
    expect(graph.notes).toEqual(['2 operators stay closed: what lies inside is more than can be drawn.']);
  });

  it('comes to an end for functions that call each other 2^n times, or in a circle', () => {
    const model = withFunction((body) => {
      body.inputs = [{ name: 'a' }];
      body.outputs = [{ name: 'c' }];
      body.add(new Node('', 'F', ['a'], ['b'], undefined, 'my'));
      body.add(new Node('', 'F', ['b'], ['c'], undefined, 'my'));
    });
    expect(draw(model).graph.nodes.length).toBeLessThan(30_000);
  });

  it('groups by the modules that PyTorch writes beside the names', () => {
    const field = (number: number, bytes: Uint8Array): Uint8Array => Uint8Array.from([(number << 3) | 2, bytes.length, ...bytes]);
    const entry = (modules: string): Uint8Array => {
      const [key, value] = ['pkg.torch.onnx.name_scopes', modules].map((text) => new TextEncoder().encode(text)) as [
        Uint8Array,
        Uint8Array,
      ];
      return field(9, Uint8Array.from([...field(1, key), ...field(2, value)]));
    };
    const model = buildModel({
      inputs: [{ name: 'x', shape: [1] }],
      outputs: ['d'],
      nodes: [
        ['Relu', ['x'], ['a'], {}, { name: 'node_relu' }],
        ['Neg', ['a'], ['b'], {}, { name: 'node_neg' }],
        ['Abs', ['b'], ['c'], {}, { name: 'node_abs' }],
        ['Exp', ['c'], ['d'], {}, { name: 'node_exp' }],
      ],
    });
    const modules = [
      "['', 'stem', 'relu']",
      "['', 'stem', 'neg']",
      "['', 'layer1', 'layer1.0', 'abs']",
      "['', 'layer1', 'layer1.0', 'exp']",
    ];
    model.graph.nodes.forEach((node, i) => (node.rest = [Uint8Array.from([50, 1, 120]), entry(modules[i]!)]));
    expect(draw(model).graph.groups.map(({ title }) => title)).toEqual(['stem', 'layer1/0']);
    model.graph.nodes.forEach((node) => (node.rest = [Uint8Array.from([74, 200])]));
    expect(draw(model).graph.groups).toEqual([]);
  });

  it('cuts names, and takes any characters in them', () => {
    const name = `<img src=x onerror=alert(1)>/${'\u202e'.repeat(1_000_000)}`;
    const { graph } = draw(buildModel({ inputs: [{ name, shape: [1] }], outputs: ['y'], nodes: [['Relu', [name], ['y'], {}, { name }]] }));
    expect(JSON.stringify(graph).length).toBeLessThan(5000);
    expect(graph.nodes[0]!.name.startsWith('<img')).toBe(true);
  });
});

function convModel(): Model {
  return buildModel({
    inputs: [{ name: 'x', shape: [1, 4, 8, 8] }],
    outputs: ['y'],
    initializers: { w: zeros([4, 2, 3, 3]) },
    nodes: [
      ['Conv', ['x', 'w'], ['c'], { strides: [2, 2], pads: [1, 1, 1, 1], group: 2, kernel_shape: [3, 3] }],
      ['Relu', ['c'], ['y']],
    ],
  });
}

/** x > F > F > y with a model's own function F. */
function withFunction(fill: (body: Graph) => void): Model {
  const model = buildModel({
    inputs: [{ name: 'x', shape: [2] }],
    outputs: ['y'],
    domains: { my: 1 },
    nodes: [
      ['F', ['x'], ['f'], {}, { domain: 'my' }],
      ['F', ['f'], ['y'], {}, { domain: 'my' }],
    ],
  });
  const body = new Graph();
  fill(body);
  const opsets = new Map([
    ['', 17],
    ['my', 1],
  ]);
  model.functions.push({ name: 'F', domain: 'my', overload: '', body, attributeNames: [], attributeDefaults: new Map(), opsets, rest: [] });
  return model;
}

describe('operators', () => {
  it('all have a category', () => {
    const without = operators.filter(
      (record) => categoryOf(new Node('', record.op, [], [], undefined, record.domain), record, false) === 'other',
    );
    // Operators of training graphs stand in no file.
    expect(without.filter(({ domain }) => domain !== gradientDomain).map(({ op }) => op)).toEqual([]);
  });

  it('that are not known are judged by their names', () => {
    const category = (op: string): string => categoryOf(new Node('', op, [], []), undefined, false);
    expect([category('FancyConv'), category('SimplifiedLayerNorm'), category('Blur')]).toEqual(['compute', 'normalization', 'other']);
  });

  it('have explanations for all attributes that are listed', () => {
    for (const op of describedOperators) {
      expect(
        operators.some((record) => record.op === op),
        op,
      ).toBe(true);
      for (const name of operatorFacts(op, 25)!.attributes.keys()) expect(attributeMeaning(op, name), `${op}.${name}`).toBeDefined();
    }
  });

  it('have the defaults of their operator set', () => {
    expect(operatorFacts('Softmax', 12)!.attributes.get('axis')).toBe('1');
    expect(operatorFacts('Softmax', 13)!.attributes.get('axis')).toBe('-1');
    expect(operatorFacts('ReduceSum', 11)!.attributes.get('axes')).toBe('all');
    expect(operatorFacts('ReduceSum', 13)!.attributes.get('axes')).toBe('');
    expect(operatorFacts('constructor', 13)).toBeUndefined();
    expect(operandWord(operatorFacts('Concat', 13)!.inputs, 7)).toBe('parts');
    expect(operandWord(operatorFacts('Conv', 13)!.inputs, 3)).toBeUndefined();
  });
});
