import path from 'node:path';
import { plainContext } from '../../../src/engine/base/context.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { readModel } from '../../../src/engine/onnx/file.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import { simplify } from '../../../src/engine/simplify/index.ts';
import { upgradeOpset } from '../../../src/engine/simplify/upgrade-opset.ts';
import { NetworkWriter } from '../../support/trained-networks.ts';

/** A network whose training step is measured. */
export interface TrainedNetwork {
  readonly name: string;
  readonly batch: number;
  /** File in the folder of real models, with batch normalization kept; or written here, with random weights. */
  readonly model: string | (() => Model);
  /** Steps in one turn. */
  readonly steps: number;
  readonly mostMiB?: number;
  /** What is measured beside the float step. */
  readonly also: readonly ('portable' | 'qat' | 'scaling' | 'avx2')[];
}

const zooResNet20 = 'models/cifar10-resnet/resnet20_cifar10_bn.onnx';

export const trainedNetworks: readonly TrainedNetwork[] = [
  { name: 'ResNet-20', batch: 128, steps: 4, model: zooResNet20, mostMiB: 600, also: ['portable', 'qat', 'scaling', 'avx2'] },
  { name: 'ResNet-8', batch: 128, steps: 6, model: 'models/cifar10-resnet8/resnet8_cifar10.onnx', also: ['portable', 'qat', 'avx2'] },
  { name: 'VGG16q', batch: 128, steps: 6, model: 'models/cifar10-vgg-mobilenet/vgg16q_cifar10_bn.onnx', also: ['portable', 'avx2'] },
  { name: 'MobileNetV2 x0.5', batch: 128, steps: 4, model: 'models/cifar10-vgg-mobilenet/mbv2_050_cifar10_bn.onnx', mostMiB: 800, also: ['portable', 'qat', 'scaling', 'avx2'] },
  { name: 'ResNet-18 at 224', batch: 16, steps: 2, model: () => imageNetResNet([2, 2, 2, 2], false), also: ['portable'] },
  { name: 'ResNet-50 at 224', batch: 8, steps: 2, model: () => imageNetResNet([3, 4, 6, 3], true), mostMiB: 6144, also: [] },
]; // prettier-ignore

/** As training gets it: opset 21, clean, layers kept apart. */
export async function openNetwork(zoo: string, { model }: TrainedNetwork): Promise<Model> {
  if (typeof model !== 'string') return model();
  const opened = await readModel(path.join(zoo, model));
  upgradeOpset(opened, 21);
  await simplify(opened, { runtime: await createOrtRuntime(), context: plainContext() }, { keepLayers: true });
  return opened;
}

/** ResNet-18 (plain blocks of two) or ResNet-50 (bottlenecks, the stride on the 3×3) of He et al. 2016, table 1. */
function imageNetResNet(depths: readonly number[], bottleneck: boolean): Model {
  const net = new NetworkWriter(1);
  const normed = (x: string, from: number, to: number, kernel: number, stride = 1): string =>
    net.norm(net.conv(x, from, to, kernel, { stride }), to);
  const relu = (x: string): string => net.op('Relu', [x]);
  let channels = 64;
  let x = net.op('MaxPool', [relu(normed('x', 3, channels, 7, 2))], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] });
  depths.forEach((depth, stage) => {
    const width = 64 * 2 ** stage;
    const out = bottleneck ? 4 * width : width;
    for (let block = 0; block < depth; block++) {
      const stride = stage > 0 && block === 0 ? 2 : 1;
      const first = relu(bottleneck ? normed(x, channels, width, 1) : normed(x, channels, width, 3, stride));
      const inner = bottleneck ? normed(relu(normed(first, width, width, 3, stride)), width, out, 1) : normed(first, width, width, 3);
      const skip = channels === out && stride === 1 ? x : normed(x, channels, out, 1, stride);
      x = relu(net.op('Add', [inner, skip]));
      channels = out;
    }
  });
  const mean = net.op('Flatten', [net.op('GlobalAveragePool', [x])]);
  const logits = net.op('Gemm', [mean, net.weight([1000, channels], 0.01), net.weight([1000], 0.01)], { transB: 1 });
  return net.build(logits, 1000, 224);
}
