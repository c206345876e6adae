import { seededRandom } from '../../src/engine/base/random.ts';
import { constant, kaimingNormal, linearUniform, type Initialization } from '../../src/engine/architectures/initialization.ts';
import { DataType } from '../../src/engine/onnx/data-type.ts';
import { Graph, Model, Node, attributes, floatAttribute } from '../../src/engine/onnx/graph.ts';
import { Tensor } from '../../src/engine/onnx/tensor.ts';
import { classes, side } from './draw.ts';

/** Channels of the three convolutions. */
const channels = [24, 48, 64];

/** Three blocks of convolution, batch normalization, rectifier and pooling, and one linear layer; untrained, first weights from the seed. */
export function shapesNetwork(seed: number): Model {
  const graph = new Graph();
  graph.name = 'shapes';
  graph.inputs = [{ name: 'image', type: { kind: 'tensor', elementType: DataType.float32, shape: ['N', 3, side, side] } }];
  let value = 'image';
  const add = (name: string, op: string, inputs: string[], output: string, attrs: Parameters<typeof attributes>[0] = {}): void => {
    graph.add(new Node(name, op, [value, ...inputs], [output], attributes(attrs)));
    value = output;
  };
  const weight = (name: string, dims: readonly number[], first: Initialization): string => {
    const [out = 1, inner = 1, ...kernel] = dims;
    const area = kernel.reduce((product, size) => product * size, 1);
    const next = first(seededRandom(seed, name), { in: inner * area, out: out * area });
    const size = dims.reduce((product, dim) => product * dim, 1);
    graph.initializers.set(name, Tensor.float32(dims, Float32Array.from({ length: size }, next)));
    return name;
  };
  let before = 3;
  channels.forEach((count, i) => {
    const [block, name] = [`block${i + 1}`, `/block${i + 1}`];
    const kernel = weight(`${block}.conv.weight`, [count, before, 3, 3], kaimingNormal);
    add(`${name}/conv/Conv`, 'Conv', [kernel], `${name}/conv`, { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });
    const statistics = Object.entries({ scale: 1, bias: 0, mean: 0, variance: 1 });
    const inputs = statistics.map(([key, first]) => weight(`${block}.bn.${key}`, [count], constant(first)));
    add(`${name}/bn/BatchNormalization`, 'BatchNormalization', inputs, `${name}/bn`, { epsilon: floatAttribute(1e-5) });
    add(`${name}/relu/Relu`, 'Relu', [], `${name}/relu`);
    add(`${name}/pool/MaxPool`, 'MaxPool', [], `${name}/pool`, { kernel_shape: [2, 2], strides: [2, 2] });
    before = count;
  });
  add('/flatten/Flatten', 'Flatten', [], 'features', { axis: 1 });
  const features = before * (side / 2 ** channels.length) ** 2;
  const classifier = [
    weight('classifier.weight', [classes.length, features], linearUniform),
    weight('classifier.bias', [classes.length], constant(0)),
  ];
  add('/classifier/Gemm', 'Gemm', classifier, 'scores', { transB: 1 });
  graph.outputs = [{ name: value, type: { kind: 'tensor', elementType: DataType.float32, shape: ['N', classes.length] } }];
  const model = new Model(graph);
  model.opsets.set('', 13);
  model.producerName = 'lathe samples/shapes/make.ts';
  return model;
}
