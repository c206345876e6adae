import path from 'node:path';
import { describe, expect } from 'vitest';
import { readModel } from '../../../src/engine/onnx/file.ts';
import type { Graph } from '../../../src/engine/onnx/graph.ts';
import { quantizeStatic } from '../../../src/engine/quantize/static.ts';
import { itWithZoo } from '../../support/zoo.ts';
import { dependencies, optimizedModel, request } from '../../unit/quantize/support.ts';

/** File, shape of a picture, and how many convolutions and matrix products with weights it has. */
const networks: readonly (readonly [file: string, picture: readonly number[], layers: number])[] = [
  ['cifar10-resnet8/resnet8_cifar10.onnx', [3, 32, 32], 10],
  ['cifar10-resnet/resnet20_cifar10.onnx', [3, 32, 32], 20],
  ['cifar10-resnet/resnet20_cifar10_bn.onnx', [3, 32, 32], 20],
  ['cifar10-resnet/resnet56_cifar10.onnx', [3, 32, 32], 56],
  ['cifar10-vgg-mobilenet/vgg16q_cifar10.onnx', [3, 32, 32], 14],
  ['cifar10-vgg-mobilenet/mbv2_050_cifar10.onnx', [3, 32, 32], 53],
  ['imagenet-mobilenetv1-025/mobilenetv1_0.25_224_imagenet.onnx', [3, 224, 224], 28],
  ['vww-mobilenetv1/mobilenetv1_025_vww96.onnx', [3, 96, 96], 28],
  ['face-yunet/yunet_n_320_320.onnx', [3, 320, 320], 59],
  ['denoise-dncnn25/dncnn25_gray.onnx', [1, 32, 32], 17],
  ['mnist/mnist-8.onnx', [1, 28, 28], 3],
];

/** Operators of ONNX Runtime that compute on integers. */
const isInteger = (op: string): boolean => /^(QLinear|QGemm|QConv)/.test(op);
const movesOnly = new Set([
  'MaxPool',
  'NhwcMaxPool',
  'Reshape',
  'Flatten',
  'Transpose',
  'Slice',
  'Pad',
  'Concat',
  'Resize',
  'Squeeze',
  'Unsqueeze',
  'Split',
  'Identity',
  'DepthToSpace',
]);

/** Q/DQ pairs that stand between two nodes of which either could have taken the integers: "DequantizeLinear between QLinearConv and Relu". */
function strayPairs(graph: Graph, float: ReadonlySet<string>): string[] {
  const stray: string[] = [];
  for (const node of graph.nodes) {
    if (node.op === 'DequantizeLinear' && !graph.constant(node.inputs[0]!)) {
      for (const use of graph.users(node.outputs[0]!)) {
        if (use.node && !float.has(use.node.op)) stray.push(`DequantizeLinear before ${use.node.op} ${use.node.label}`);
      }
    }
    if (node.op !== 'QuantizeLinear') continue;
    const maker = graph.producer(node.inputs[0]!);
    if (maker && !float.has(maker.op)) stray.push(`QuantizeLinear behind ${maker.op} ${maker.label}`);
  }
  return stray;
}

describe.each(['cpu', 'cpu-x64-vnni', 'cpu-arm64'])('int8 for %s', (target) => {
  itWithZoo(
    'runs on integer kernels alone, without stray Q/DQ pairs, on every network of the zoo',
    async (zoo) => {
      for (const [file, picture, layers] of networks) {
        const model = await readModel(path.join(zoo, 'models', file));
        const result = await quantizeStatic(model, request({}, {}, target), dependencies(picture, 2));
        const { graph } = await optimizedModel(result.model);
        const found = graph.nodes.map(({ op }) => op);
        expect(
          found.filter((op) => ['Conv', 'FusedConv', 'Gemm', 'MatMul', 'FusedMatMul', 'FusedGemm'].includes(op)),
          file,
        ).toEqual([]);
        expect(found.filter((op) => ['QLinearConv', 'QGemm', 'QLinearMatMul'].includes(op)).length, file).toBe(layers);
        // What is left in float by its nature (Softmax …) is named in the report; pairs may stand around it. Pad has
        // no rule in ONNX Runtime 1.30 that would take them away: it costs a copy either way.
        const float = new Set([...result.notQuantized.map(({ op }) => op), 'Pad']);
        expect(strayPairs(graph, float), file).toEqual([]);
        expect(
          found.filter(
            (op) => !isInteger(op) && !movesOnly.has(op) && !float.has(op) && op !== 'QuantizeLinear' && op !== 'DequantizeLinear',
          ),
          file,
        ).toEqual([]);
      }
    },
    120_000,
  );
});
