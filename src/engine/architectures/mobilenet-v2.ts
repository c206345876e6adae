import type { Architecture } from './architecture.ts';
import { divisibleBy8, Halvings } from './channels.ts';
import { convolution } from './convolution.ts';
import { constant, kaimingNormal, normal } from './initialization.ts';
import type { Network, Value } from './network.ts';

/** Expansion, output channels, blocks, and whether the first of them halves: table 2 of the paper. */
const stages: readonly [number, number, number, boolean][] = [
  [1, 16, 1, false], [6, 24, 2, true], [6, 32, 3, true], [6, 64, 4, true], [6, 96, 3, false], [6, 160, 3, true], [6, 320, 1, false],
]; // prettier-ignore

function invertedResidual(network: Network, module: string, input: Value, expansion: number, out: number, stride: 1 | 2): Value {
  let [value, index] = [input, 0];
  const inner = input.channels * expansion;
  if (expansion !== 1) value = convolution(network, `${module}.conv.${index++}`, value, { out: inner, kernel: 1 }, 'Relu6');
  value = convolution(network, `${module}.conv.${index++}`, value, { out: inner, kernel: 3, stride, groups: inner }, 'Relu6');
  value = network.conv(`${module}.conv.${index}`, value, { out, kernel: 1, weight: kaimingNormal });
  value = network.batchNorm(`${module}.conv.${index + 1}`, value);
  return stride === 1 && input.channels === out ? network.combine(module, 'Add', input, value) : value;
}

export const mobilenetV2: Architecture = {
  name: 'mobilenetv2',
  summary: 'MobileNet of inverted residuals with linear bottlenecks.',
  source: 'Sandler et al., MobileNetV2, arXiv:1801.04381, table 2; as torchvision has it',
  usual: { input: [3, 224, 224], classes: 1000, stride: 32 },
  strides: [1, 2, 4, 8, 16, 32],
  build(network, input, { classes, width, stride }) {
    const halvings = new Halvings(32, stride);
    let value = convolution(network, 'features.0', input, { out: divisibleBy8(32 * width), kernel: 3, stride: halvings.next() }, 'Relu6');
    let index = 1;
    for (const [expansion, channels, count, halves] of stages) {
      for (let i = 0; i < count; i++) {
        const step = halves && i === 0 ? halvings.next() : 1;
        value = invertedResidual(network, `features.${index++}`, value, expansion, divisibleBy8(channels * width), step);
      }
    }
    value = convolution(network, `features.${index}`, value, { out: divisibleBy8(1280 * Math.max(1, width)), kernel: 1 }, 'Relu6');
    const features = network.flatten(network.globalPool('avgpool', value));
    return network.linear('classifier.1', features, { out: classes, weight: normal(0.01), bias: constant(0) });
  },
};
