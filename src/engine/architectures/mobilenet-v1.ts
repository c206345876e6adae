import type { Architecture } from './architecture.ts';
import { divisibleBy8, Halvings } from './channels.ts';
import { constant, kaimingNormal, normal } from './initialization.ts';
import type { Network, Value } from './network.ts';

/** Output channels of the depthwise separable convolutions, and where they halve: table 1 of the paper. */
const blocks: readonly [number, 1 | 2][] = [
  [64, 1], [128, 2], [128, 1], [256, 2], [256, 1], [512, 2], [512, 1], [512, 1], [512, 1], [512, 1], [512, 1], [1024, 2], [1024, 1],
]; // prettier-ignore

/** Convolution, batch normalization and rectifier: modules `first`, `first + 1`, `first + 2` of their list. */
function convolution(network: Network, list: string, first: number, input: Value, options: { out: number; kernel: number; stride: 1 | 2; groups?: number }): Value {
  const value = network.conv(`${list}.${first}`, input, { ...options, weight: kaimingNormal });
  return network.activate(`${list}.${first + 2}`, 'Relu', network.batchNorm(`${list}.${first + 1}`, value));
} // prettier-ignore

export const mobilenetV1: Architecture = {
  name: 'mobilenetv1',
  summary: 'MobileNet of depthwise separable convolutions: small, plain, hard to quantize by tensor.',
  source: 'Howard et al., MobileNets, arXiv:1704.04861, table 1; first weights as torchvision begins its MobileNets',
  usual: { input: [3, 224, 224], classes: 1000, stride: 32 },
  strides: [1, 2, 4, 8, 16, 32],
  build(network, input, { classes, width, stride }) {
    const halvings = new Halvings(32, stride);
    const channels = (count: number): number => divisibleBy8(count * width);
    let value = convolution(network, 'features.0', 0, input, { out: channels(32), kernel: 3, stride: halvings.next() });
    blocks.forEach(([out, halve], i) => {
      const list = `features.${i + 1}`;
      const step = halve === 2 ? halvings.next() : 1;
      value = convolution(network, list, 0, value, { out: value.channels, kernel: 3, stride: step, groups: value.channels });
      value = convolution(network, list, 3, value, { out: channels(out), kernel: 1, stride: 1 });
    });
    const features = network.flatten(network.globalPool('avgpool', value));
    return network.linear('classifier', features, { out: classes, weight: normal(0.01), bias: constant(0) });
  },
};
