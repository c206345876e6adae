import { constant, kaimingNormal, normal, type Initialization } from '../../src/engine/architectures/initialization.ts';
import { seededRandom } from '../../src/engine/base/random.ts';
import { DataType } from '../../src/engine/onnx/data-type.ts';
import { Graph, Model, Node, attributes, floatAttribute } from '../../src/engine/onnx/graph.ts';
import { Tensor } from '../../src/engine/onnx/tensor.ts';
import { side } from './draw.ts';

/** Channels of the 3 x 3 convolutions; every second pixel is left after those with a stride of 2. */
const layers = [
  { out: 16, stride: 2 },
  { out: 24, stride: 2 },
  { out: 32, stride: 2 },
  { out: 32, stride: 1, head: 8 },
  { out: 48, stride: 2 },
  { out: 48, stride: 1, head: 16 },
];

/** What a cell says, as YuNet's do: that there is something, how well its box fits, and the box. Nothing is found at first (Lin et al., Focal Loss, 3.3). */
const kinds = [
  { kind: 'cls', values: 1, bias: constant(-Math.log(99)), isChance: true },
  { kind: 'obj', values: 1, bias: constant(-Math.log(99)), isChance: true },
  { kind: 'bbox', values: 4, bias: constant(0), isChance: false },
] as const;

/** Nodes and weights as they are added; one value runs through. */
class Layers {
  readonly graph = new Graph();

  constructor(
    private readonly seed: number,
    public value: string,
  ) {}

  add(name: string, op: string, inputs: readonly string[] = [], attrs: Parameters<typeof attributes>[0] = {}, output = name): void {
    this.graph.add(new Node(name, op, [this.value, ...inputs], [output], attributes(attrs)));
    this.value = output;
  }

  weight(name: string, dims: readonly number[], first: Initialization): string {
    const [out = 1, inner = 1, ...kernel] = dims;
    const area = kernel.reduce((product, size) => product * size, 1);
    const next = first(seededRandom(this.seed, name), { in: inner * area, out: out * area });
    const values = Float32Array.from({ length: out * inner * area }, next);
    this.graph.initializers.set(name, Tensor.float32(dims, values));
    return name;
  }
}

/**
 * A detector that is read as YuNet is (cls_s, obj_s and bbox_s for the strides 8 and 16): six convolutions with batch normalization and
 * rectifier, and heads of 1 x 1. Untrained, first weights from the seed.
 */
export function detector(seed: number): Model {
  const network = new Layers(seed, 'image');
  const { graph } = network;
  graph.name = 'detect';
  graph.inputs = [{ name: 'image', type: { kind: 'tensor', elementType: DataType.float32, shape: ['N', 3, side, side] } }];
  let channels = 3;
  let size = side;
  layers.forEach(({ out, stride, head }, i) => {
    const [module, scope] = [`body.${i}`, `/body/body.${i}`];
    const kernel = network.weight(`${module}.conv.weight`, [out, channels, 3, 3], kaimingNormal);
    network.add(`${scope}/Conv`, 'Conv', [kernel], { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [stride, stride] });
    const statistics = Object.entries({ weight: 1, bias: 0, running_mean: 0, running_var: 1 });
    const inputs = statistics.map(([key, first]) => network.weight(`${module}.bn.${key}`, [out], constant(first)));
    network.add(`${scope}/BatchNormalization`, 'BatchNormalization', inputs, { epsilon: floatAttribute(1e-5) });
    network.add(`${scope}/Relu`, 'Relu');
    channels = out;
    size /= stride;
    if (head) addHeads(network, head, channels, size);
  });
  const model = new Model(graph);
  model.opsets.set('', 13);
  model.producerName = 'lathe samples/chain/make.ts';
  return model;
}

function addHeads(network: Layers, stride: number, channels: number, size: number): void {
  const { graph, value: features } = network;
  for (const { kind, values, bias, isChance } of kinds) {
    const [module, scope, output] = [`${kind}.${stride}`, `/${kind}/${kind}.${stride}`, `${kind}_${stride}`];
    const weights = [
      network.weight(`${module}.weight`, [values, channels, 1, 1], normal(0.01)),
      network.weight(`${module}.bias`, [values], bias),
    ];
    network.value = features;
    network.add(`${scope}/Conv`, 'Conv', weights, { kernel_shape: [1, 1] });
    network.add(`${scope}/Transpose`, 'Transpose', [], { perm: [0, 2, 3, 1] });
    const shape = `${module}.shape`;
    graph.initializers.set(shape, Tensor.int64([3], [0, -1, values]));
    network.add(`${scope}/Reshape`, 'Reshape', [shape], {}, isChance ? `${scope}/Reshape` : output);
    if (isChance) network.add(`${scope}/Sigmoid`, 'Sigmoid', [], {}, output);
    graph.outputs = [
      ...graph.outputs,
      { name: output, type: { kind: 'tensor', elementType: DataType.float32, shape: ['N', size ** 2, values] } },
    ];
  }
  network.value = features;
}
